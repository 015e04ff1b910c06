/**
 * The vectors of etcd's raft (etcd-io/raft cdfbeed3), read from where the recorded data lies. All that its nodes write down must come out
 * equal here, lines of its log aside.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseCases } from '../../../src/consensus/raft/scripts/datadriven.ts';
import { beyond, runScript, type ScriptKind } from '../../../src/consensus/raft/scripts/run-script.ts';

const folder = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))}/etcd-raft`;
const isThere = existsSync(folder);
if (!isThere)
  console.info(`left out: etcd's vectors, not found in ${folder}; set AURA_DATA to the folder that holds etcd-raft/`);

/** Those that need asynchronous storage. */
const NOT_COVERED = ['async_storage_writes.txt'];

function filesOf(kind: ScriptKind): readonly string[] {
  return isThere ? readdirSync(`${folder}/${kind}`).filter((file) => !NOT_COVERED.includes(file)) : [];
}

function read(kind: ScriptKind, file: string): string {
  return readFileSync(`${folder}/${kind}/${file}`, 'utf8');
}

describe.runIf(isThere).each(['quorum', 'confchange', 'interaction'] as const)('%s', (kind) => {
  test.each(filesOf(kind))('%s', (file) => {
    expect(runScript(kind, read(kind, file)).difference).toBeNull();
  });
});

test.runIf(isThere)('a changed line of any output is noticed', () => {
  for (const kind of ['quorum', 'confchange', 'interaction'] as const)
    for (const file of filesOf(kind)) {
      const lines = read(kind, file).split('\n');
      const cases = parseCases(lines.join('\n'));
      for (const { output, expected } of cases) {
        // The last line of an output, where it is one of the node's own and not of its log.
        const at = output[1] - 1;
        if (expected.length === 0 || /^\s*(?:DEBUG|INFO|WARN|ERROR|FATAL) /.test(lines[at]) || lines[at] === 'ok')
          continue;
        const changed = lines.with(at, `${lines[at]}!`).join('\n');
        expect(runScript(kind, changed).difference?.expected.at(-1), `${file}: ${lines[at]}`).toBe(`${lines[at]}!`);
        break;
      }
    }
});

test.runIf(isThere)('what is beyond this Raft is named', () => {
  expect(beyond('interaction', read('interaction', 'async_storage_writes.txt'))).toBe('asynchronous storage');
  expect(beyond('interaction', read('interaction', 'campaign.txt'))).toBeNull();
});
