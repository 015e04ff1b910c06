/** What becomes of a writer that is closed while it connects anew, without a broker. */
import kafkajs, { type Producer } from 'kafkajs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { KafkaWriter } from '../../../src/streams/kafka/kafka-writers.ts';
import { Loopback } from '../../../src/streams/kafka/loopback.ts';
import { defaultKafkaOptions } from '../../../src/streams/kafka/options.ts';

const record = { topic: 't', partition: 0, key: null, value: Buffer.from('v') };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A writer whose first send fails; what its producers do is told, and the second connects when it is told to. */
async function failing() {
  const told: string[] = [];
  const connecting = Promise.withResolvers<void>();
  const producer = (name: string, connect: () => Promise<void>, send: () => Promise<object[]>) =>
    ({
      connect,
      sendBatch: () => {
        told.push(`${name} sends`);
        return send();
      },
      disconnect: async () => {
        told.push(`${name} is gone`);
      },
    }) as unknown as Producer;
  const sendFails = Promise.withResolvers<object[]>();
  const made = vi
    .spyOn(kafkajs.Kafka.prototype, 'producer')
    .mockReturnValueOnce(
      producer(
        'the first',
        async () => undefined,
        () => sendFails.promise,
      ),
    )
    .mockReturnValueOnce(
      producer(
        'the second',
        () => connecting.promise,
        async () => [{ topicName: 't', partition: 0 }],
      ),
    );
  onTestFinished(() => made.mockRestore());
  const settings = { ...defaultKafkaOptions, brokers: ['127.0.0.1:1'] };
  const writer = await KafkaWriter.start(settings, new Loopback());
  const first = writer.write([record]);
  await turn();
  const fail = () => sendFails.reject(new Error('the broker is gone'));
  const close = () => writer.close().then(() => told.push('closed'));
  return { writer, told, first, fail, close, connecting };
}

test('a writer that is closed while it connects anew waits for that, and leaves no connection behind', async () => {
  const { writer, told, first, fail, close, connecting } = await failing();
  fail();
  await expect(first).rejects.toThrow('the broker is gone');
  const second = writer.write([record]);
  await turn();
  const closed = close();
  await turn();
  connecting.resolve();
  await Promise.all([second, closed]);
  expect(told).toEqual(['the first sends', 'the second sends', 'the second is gone', 'closed']);
});

test('nor does one wait for itself that cannot connect anew, or need not', async () => {
  const { writer, told, first, fail, close, connecting } = await failing();
  fail();
  await expect(first).rejects.toThrow('the broker is gone');
  const second = writer.write([record]).catch(String);
  await turn();
  const closed = close();
  connecting.reject(new Error('no broker'));
  await closed;
  expect(await second).toBe('Error: no broker');
  expect(told).toEqual(['the first sends', 'the second is gone', 'closed']);

  const other = await failing();
  const waiting = other.writer.write([record]).catch(String);
  const otherClosed = other.close();
  other.fail();
  await expect(other.first).rejects.toThrow('the broker is gone');
  expect(await waiting).toBe('LogError: the writer is closed');
  await otherClosed;
  expect(other.told).toEqual(['the first sends', 'the first is gone', 'closed']);
}, 2_000);
