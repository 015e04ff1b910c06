/** Each script in scripts/ is read as a test. UPDATE_SCRIPTS=1 writes what came out into the files, to be read in review. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { weightedVariant } from '../../../src/consensus/weighted/electorate.ts';
import { Interaction, parseScript } from '../hotstuff/interaction.ts';

const folder = new URL('scripts/', import.meta.url);

test.each(readdirSync(folder))('%s', (file) => {
  const path = new URL(file, folder);
  const { preface, commands } = parseScript(readFileSync(path, 'utf8'));
  const interaction = new Interaction(weightedVariant());
  const actual = commands.map(({ text }) => `${text}\n----\n${interaction.run(text)}\n`).join('\n');
  const expected = commands.map(({ text, expected }) => `${text}\n----\n${expected}\n`).join('\n');
  if (process.env.UPDATE_SCRIPTS === '1') writeFileSync(path, `${preface}\n${actual}`);
  else expect(actual).toBe(expected);
});
