/** Records that a broken or hostile producer may send, each of which must end in the dead letters or be late, and good ones beside them. */

import { openTopics, type Topics } from '../../pipelines/topics.ts';
import type { Heartbeat } from '../../schemas/records.ts';
import type { RunningPipelines } from '../../src/cli/assembly.ts';
import { startPipelines } from '../../src/cli/assembly.ts';
import type { Log, OutRecord } from '../../src/streams/log.ts';
import { readAll } from '../../src/streams/read-all.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { until } from '../streams/wire.ts';

const tenant = 'acme';
const fleet = 'checkout';
const goodAgents = 20;
const crowd = 256;
const windows = 30;
const windowMs = 1_000;

export interface HostileResult {
  readonly hostile: number;
  readonly deadLetters: number;
  readonly late: number;
  readonly codes: ReadonlyMap<string, number>;
  readonly goodSent: number;
  readonly goodSeen: number;
}

type Make = (
  topics: Topics,
  random: () => number,
  startMs: number,
  sent: number,
) => { readonly value: Uint8Array | null; readonly topic?: 'interactions' };

/** By the code under which it is expected; `late` for what must be on aura.late. */
const kinds: readonly { readonly expected: string; readonly make: Make }[] = [
  {
    expected: 'avro-invalid',
    make: (topics, random, startMs) => ({ value: cut(encode(topics, good('a1', startMs)), random) }),
  },
  { expected: 'avro-truncated', make: () => ({ value: Buffer.from([0, 0, 0]) }) },
  {
    expected: 'avro-magic',
    make: (topics, random, startMs) => ({
      value: patch(encode(topics, good('a1', startMs)), 0, 1 + Math.floor(random() * 0x50)),
    }),
  },
  {
    expected: 'schema-unknown',
    make: (topics, random, startMs) => ({
      value: patch(encode(topics, good('a1', startMs)), 3, 1 + Math.floor(random() * 40)),
    }),
  },
  {
    expected: 'number-not-finite',
    make: (topics, _random, startMs) => ({
      value: encode(topics, {
        ...good('a1', startMs),
        signals: { latencyMs: Number.NaN, trafficPerS: 1, errorRate: 0, saturation: 0 },
      }),
    }),
  },
  { expected: 'time-negative', make: (topics) => ({ value: encode(topics, good('a1', -5)) }) },
  {
    expected: 'time-too-far-ahead',
    make: (topics, random) => ({
      value: encode(topics, good('a1', Date.now() + 3_600_000 + Math.floor(random() * 1e12))),
    }),
  },
  {
    expected: 'string-too-long',
    make: (topics, random, startMs) => ({
      value: encode(topics, good('x'.repeat(200 + Math.floor(random() * 2_000)), startMs)),
    }),
  },
  { expected: 'id-invalid', make: (topics, _random, startMs) => ({ value: encode(topics, good('a/../b', startMs)) }) },
  { expected: 'json-invalid', make: () => ({ value: Buffer.from('{"tenant": "acme", ') }) },
  {
    expected: 'type-invalid',
    make: (_topics, _random, startMs) => ({
      value: Buffer.from(JSON.stringify({ tenant, fleet, agent: 'a1', timeMs: String(startMs) })),
    }),
  },
  { expected: 'field-missing', make: () => ({ value: Buffer.from(JSON.stringify({ tenant, fleet, agent: 'a1' })) }) },
  { expected: 'value-missing', make: () => ({ value: null }) },
  {
    expected: 'cell-too-large',
    // Their time goes on, as a cell whose time stands still is woken, and what comes then is late.
    make: (topics, random, startMs, sent) => ({
      value: encode(topics, {
        ...good(`stranger-${Math.floor(random() * 1e9)}`, startMs + 100 + Math.floor(sent / 100)),
        fleet: 'crowded',
      }),
    }),
  },
  {
    expected: 'late',
    make: (topics, random, startMs) => ({
      value: encode(topics, good('a1', startMs - 60_000 - Math.floor(random() * 1e6))),
    }),
  },
  {
    expected: 'schema-incompatible',
    make: (topics, _random, startMs) => ({ value: encode(topics, good('a1', startMs)), topic: 'interactions' }),
  },
];

/** Sends `count` hostile records among good ones and waits until all are accounted for. */
export async function runHostile(log: Log, count: number, random: () => number): Promise<HostileResult> {
  const registry = new MemoryRegistry();
  const problems: string[] = [];
  const running: RunningPipelines = await startPipelines({
    log,
    registry,
    partitions: 2,
    pipelines: new Set(['intake', 'snapshots']),
    engine: null,
    validators: null,
    history: null,
    graph: null,
    observer: {
      taskState: (processor, partition, state, error) =>
        state === 'failed' && problems.push(`${processor}-${partition}: ${String(error)}`),
    },
    failed: (error) => problems.push(String(error)),
  });
  try {
    const topics = await openTopics(registry);
    const writer = await log.writer();
    const endMs = Math.floor(Date.now() / windowMs) * windowMs - 120_000;
    const startMs = endMs - windows * windowMs;
    const record = (value: Uint8Array | null, topic: 'heartbeats' | 'interactions' = 'heartbeats'): OutRecord => ({
      topic: topics[topic].name,
      partition: 0,
      key: null,
      value,
    });
    // The crowded cell is full, and the good cell has closed a window, before the first stranger and the first late record come.
    const crowded = Array.from({ length: crowd }, (_, i) =>
      record(encode(topics, { ...good(`member-${i}`, startMs + 50), fleet: 'crowded' })),
    );
    await writer.write([
      ...crowded,
      record(encode(topics, good('a0', startMs - 30_000))),
      record(encode(topics, good('a0', startMs - 20_000))),
    ]);
    await until('the first window is closed', async () => (await high(log, 'aura.snapshots')) > 0);
    let sent = 0;
    let goodSent = 0;
    for (let window = 0; window < windows; window++) {
      const records: OutRecord[] = [];
      const until = Math.round((count * (window + 1)) / windows);
      for (; sent < until; sent++) {
        const { value, topic } = kinds[sent % kinds.length].make(topics, random, startMs, sent);
        records.push(record(value, topic));
      }
      for (let agent = 0; agent < goodAgents; agent++, goodSent++) {
        const timeMs = startMs + window * windowMs + agent * 10;
        records.splice(Math.floor(random() * records.length), 0, record(encode(topics, good(`a${agent}`, timeMs))));
      }
      for (let i = 0; i < records.length; i += 1_000) await writer.write(records.slice(i, i + 1_000));
    }
    await writer.write([record(encode(topics, good('a0', endMs + 5 * windowMs)))]);
    await until(
      'every hostile record is accounted for',
      async () => (await high(log, 'aura.dead-letters')) + (await high(log, 'aura.late')) >= count,
      240_000,
    );
    const codes = new Map<string, number>();
    let deadLetters = 0;
    await eachRecord(log, 'aura.dead-letters', (value) => {
      const { code } = topics['dead-letters'].codec.decode(value);
      deadLetters++;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    });
    let late = 0;
    await eachRecord(log, 'aura.late', () => late++);
    const goodInWindows = async (): Promise<number> => {
      let seen = 0;
      await eachRecord(log, 'aura.snapshots', (value) => {
        const snapshot = topics.snapshots.codec.decode(value);
        if (snapshot.fleet !== fleet || snapshot.windowStartMs < startMs) return;
        for (const { heartbeats } of snapshot.agents) seen += heartbeats;
      });
      return seen;
    };
    let goodSeen = 0;
    await until(
      'the good windows are closed',
      async () => {
        goodSeen = await goodInWindows();
        return goodSeen >= goodSent;
      },
      60_000,
    );
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return { hostile: count, deadLetters, late, codes, goodSent, goodSeen };
  } finally {
    await running.close();
  }
}

/** How many of `count` records were made to end under each code. */
export function expectedCodes(count: number): Map<string, number> {
  const expected = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const code = kinds[i % kinds.length].expected;
    expected.set(code, (expected.get(code) ?? 0) + 1);
  }
  return expected;
}

function good(agent: string, timeMs: number): Heartbeat {
  return {
    tenant,
    fleet,
    agent,
    timeMs,
    status: 'UP',
    signals: { latencyMs: 20, trafficPerS: 5, errorRate: 0, saturation: 0.2 },
    metrics: {},
  };
}

function encode(topics: Topics, heartbeat: Heartbeat): Buffer {
  return Buffer.from(topics.heartbeats.codec.encode(heartbeat));
}

function cut(bytes: Buffer, random: () => number): Buffer {
  return bytes.subarray(0, 6 + Math.floor(random() * (bytes.length - 7)));
}

function patch(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}

async function high(log: Log, topic: string): Promise<number> {
  let sum = 0;
  // Control records count too, so this is a lower bound for waiting only.
  for (const bounds of await log.bounds(topic)) sum += bounds.high;
  return sum;
}

async function eachRecord(log: Log, topic: string, each: (value: Uint8Array) => void): Promise<void> {
  for (const { partition } of await log.bounds(topic)) {
    await readAll(log, { topic, partition }, 60_000, ({ value }) => {
      if (value !== null) each(value);
    });
  }
}
