/** Each script in scripts/interaction is read as a test. UPDATE_SCRIPTS=1 writes what came out into the files, to be read in review. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rewriteScript } from '../../../src/consensus/raft/scripts/run-script.ts';

const folder = new URL('scripts/interaction/', import.meta.url);

test.each(readdirSync(folder))('%s', (file) => {
  const path = new URL(file, folder);
  const text = readFileSync(path, 'utf8');
  const actual = rewriteScript('interaction', text);
  if (process.env.UPDATE_SCRIPTS === '1') writeFileSync(path, actual);
  else expect(actual).toBe(text);
});
