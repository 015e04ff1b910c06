/** A record that makes its processor throw is found and given up whatever else the task reads first, and what it carries is bounded. */
import { expect, onTestFinished, test } from 'vitest';
import { type OutRecord, recordBytesMax } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { tally, tallySpecs, tallyTopics } from './tally.ts';
import { makeRuntime, until } from './wire.ts';

const at = { topic: tallyTopics.left.name, partition: 0 };

function record(topic: string, key: string, value: string): OutRecord {
  return { topic, partition: 0, key: Buffer.from(key), value: Buffer.from(value) };
}

async function open() {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  await log.createTopics(tallySpecs(1));
  // The table is committed before the first record comes, as on a cluster, where a partition that is resumed takes a moment.
  const runtime = await makeRuntime(log, { limits: { commitMs: 0 } });
  const letters = () =>
    log
      .read({ topic: 'aura.dead-letters', partition: 0 })
      .map(({ value }) => runtime.deadLetters.codec.decode(value ?? new Uint8Array()));
  const sums = () => log.read({ topic: tallyTopics.sums.name, partition: 0 });
  const start = async () => {
    const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
      throw error;
    });
    onTestFinished(() => worker.close());
  };
  return { log, runtime, letters, sums, start };
}

test('it is found behind a table of more records than its batch has', async () => {
  const { log, letters, sums, start } = await open();
  const writer = await log.writer();
  await writer.write(Array.from({ length: 50 }, (_, i) => record(tallyTopics.factors.name, `f${i}`, '1')));
  await start();
  await writer.write([record(at.topic, 'a', 'good=0')]);
  await until('the table is known and the task at work', () => sums().length === 1);
  await writer.write(['throw=1', 'good=1', 'good=2'].map((value) => record(at.topic, 'a', value)));
  await until('the bad record is given up', () => letters().length > 0, 5_000);
  await until('the good ones are through', () => sums().length === 3, 5_000);
  expect(letters().map(({ offset, code }) => `${offset} ${code}`)).toEqual(['1 processing-failed']);
});

test('a record as large as the log takes is given up all the same, what does not fit into the letter cut off', async () => {
  const { log, letters, sums, start } = await open();
  const writer = await log.writer();
  const half = Math.floor(recordBytesMax / 2);
  await writer.write([
    { ...at, key: Buffer.alloc(half, 'k'), value: Buffer.from('unreadable'.padEnd(half, '.')) },
    { ...at, key: Buffer.from('k'), value: Buffer.from('unreadable'.padEnd(recordBytesMax - 1, '.')) },
    record(at.topic, 'a', 'good=1'),
  ]);
  await start();
  await until('the good one is through', () => sums().length === 1, 5_000);
  expect(letters().map(({ code }) => code)).toEqual(['text-unreadable', 'text-unreadable']);
  const [longKey, longValue] = letters();
  expect(longKey.value).toHaveLength(half);
  expect(longKey.reason).toContain(`the key is cut from ${half} bytes`);
  expect(longValue.reason).toContain(`the value is cut from ${recordBytesMax - 1} bytes`);
});

test('a letter has the key as it came, whoever gives the record up', async () => {
  const { log, letters, start } = await open();
  const writer = await log.writer();
  const keys = [null, Buffer.alloc(0), Buffer.from([0xff, 0x00, 0xfe]), Buffer.from('text')];
  for (const key of keys)
    for (const value of ['unreadable', 'refuse=1']) await writer.write([{ ...at, key, value: Buffer.from(value) }]);
  await start();
  await until('all are given up', () => letters().length === 2 * keys.length, 5_000);
  const byOffset = letters().toSorted((one, other) => one.offset - other.offset);
  expect(byOffset.map(({ key }) => (key === null ? null : Buffer.from(key).toString('hex')))).toEqual(
    keys.flatMap((key) => [key?.toString('hex') ?? null, key?.toString('hex') ?? null]),
  );
});

test('headers of any length from outside are not handed on', async () => {
  const { log, sums, start } = await open();
  const writer = await log.writer();
  const long = Buffer.alloc(Math.floor(recordBytesMax / 2), '1');
  for (const headers of [{ 'aura-origin-ms': long }, { traceparent: long }, { tracestate: long }])
    await writer.write([{ ...record(at.topic, 'a', 'good=1'), headers }]);
  await start();
  await until('all are through', () => sums().length === 3, 5_000);
  for (const { headers } of sums()) {
    expect(Object.keys(headers)).toEqual(['aura-origin-ms']);
    expect(headers['aura-origin-ms']).toHaveLength(String(Date.now()).length);
  }
});

test('an origin from outside that is no time is not handed on', async () => {
  const { log, sums, start } = await open();
  const writer = await log.writer();
  const origins = ['', 'soon', 'NaN', 'Infinity', '1e999', ' 1', '17e1'];
  for (const origin of origins)
    await writer.write([{ ...record(at.topic, 'a', 'good=1'), headers: { 'aura-origin-ms': Buffer.from(origin) } }]);
  await start();
  await until('all are through', () => sums().length === origins.length, 5_000);
  for (const { headers } of sums()) expect(String(headers['aura-origin-ms'])).toMatch(/^\d{13}$/);
});

test('a record that leads to more than the log takes is given up', async () => {
  const { log, letters, sums, start } = await open();
  const writer = await log.writer();
  await writer.write([
    record(at.topic, 'a', 'good=1'),
    record(at.topic, 'a', `${'long'.padEnd(recordBytesMax - 10, '.')}=1`),
    record(at.topic, 'a', 'good=2'),
  ]);
  await start();
  await until('the good ones are through', () => sums().length === 2, 5_000);
  expect(letters().map(({ offset, code }) => `${offset} ${code}`)).toEqual(['1 processing-failed']);
});
