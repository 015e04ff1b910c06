import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/cli/shell-word.ts';

test.each(['/home/my checkout/ca.pem', "it's", 'a$HOME`id`;b&c|d', '"', '', '*', '~', 'bolt://127.0.0.1:7687', 'ünï'])(
  'a shell reads one word: %s',
  (text) => {
    const told = execFileSync('sh', ['-c', `export X=${shellWord(text)}; printf %s "$X"`], { encoding: 'utf8' });
    expect(told).toBe(text);
  },
);

test('what needs no quotes has none', () => {
  expect(shellWord('postgres://aura:aura-local@127.0.0.1:5432/aura')).not.toContain("'");
});
