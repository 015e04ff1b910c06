/** Runs the scripts of a folder as tests. UPDATE_SCRIPTS=1 writes what came out into the files, to be read in review. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScript } from './hotstuff/interaction.ts';

export function testScripts(folder: URL, begin: () => { run(command: string): string }): void {
  test.each(readdirSync(folder))('%s', (file) => {
    const path = new URL(file, folder);
    const { preface, commands } = parseScript(readFileSync(path, 'utf8'));
    const script = begin();
    const actual = commands.map(({ text }) => `${text}\n----\n${script.run(text)}\n`).join('\n');
    const expected = commands.map(({ text, expected }) => `${text}\n----\n${expected}\n`).join('\n');
    if (process.env.UPDATE_SCRIPTS === '1') writeFileSync(path, `${preface}\n${actual}`);
    else expect(actual).toBe(expected);
  });
}
