import { expect, test } from 'vitest';
import type { Snapshot } from '../../schemas/records.ts';
import { BinaryReader, BinaryWriter } from '../../src/fleet/binary.ts';
import {
  callersOf,
  readWindow,
  rowAt,
  summarize,
  type WindowSummary,
  writeWindow,
} from '../../src/interventions/window-summary.ts';
import { snapshotOf, startMs, windowMs } from './world.ts';

const edge = (caller: string, callee: string): Snapshot['edges'][number] => ({
  caller,
  callee,
  count: 3,
  errors: 0,
  latencyMs: 10,
  boundary: callee === 'elsewhere',
});

test('silence counts in windows of the snapshot: what is long in one of a second is short in one of a minute', () => {
  const silent = snapshotOf(0, [{ agent: 'a', silentMs: 3_000 }]);
  expect(rowAt(summarize(silent), 0)).toMatchObject({ silentMs: 3_000, trouble: 10, troubleButTraffic: 10 });
  const inAMinute = { ...silent, windowEndMs: startMs + 60_000 };
  expect(rowAt(summarize(inAMinute), 0)).toMatchObject({ trouble: 0, troubleButTraffic: 0 });
});

test('trouble counts traffic in one of its two forms alone', () => {
  const summary = summarize(snapshotOf(0, [{ agent: 'a', deviation: { latency: 6, traffic: -8, errors: -2 } }]));
  expect(rowAt(summary, 0)).toMatchObject({ trouble: (6 + 8) / 4, troubleButTraffic: 6 / 3 });
});

test('calls are those between two agents of the cell', () => {
  const edges = [edge('a', 'b'), edge('b', 'b'), edge('c', 'b'), edge('b', 'elsewhere'), edge('elsewhere', 'b')];
  const summary = summarize(snapshotOf(2, [{ agent: 'a' }, { agent: 'b' }, { agent: 'c' }], edges));
  expect([summary.startMs, summary.endMs]).toEqual([startMs + 2 * windowMs, startMs + 3 * windowMs]);
  expect(callersOf(summary, new Set(['b']))).toEqual(new Set(['a', 'c']));
  expect(callersOf(summary, new Set(['a', 'b']))).toEqual(new Set(['c']));
  expect(callersOf(summary, new Set(['c', 'elsewhere']))).toEqual(new Set());
});

test('a window is the same after its bytes, with what is not known still unknown', () => {
  const snapshot = snapshotOf(0, [{ agent: 'a' }, { agent: 'b', silentMs: 2_500 }], [edge('a', 'b')]);
  const [first, second] = snapshot.agents;
  const summary = summarize({ ...snapshot, agents: [{ ...first, latencyMs: null, errorRate: null }, second] });
  const read = readAgain(summary);
  expect(read).toEqual(summary);
  expect(rowAt(read, 0)).toMatchObject({ latencyMs: null, errorRate: null, saturation: 0.3 });
});

function readAgain(summary: WindowSummary): WindowSummary {
  const writer = new BinaryWriter(64);
  writeWindow(writer, summary);
  const reader = new BinaryReader(writer.finish());
  const read = readWindow(reader);
  reader.end();
  return read;
}
