/** What a log says that is closed while it is asked. */
import kafkajs, { type Admin } from 'kafkajs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { KafkaLog } from '../../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../../src/streams/kafka/options.ts';

/** As kafkajs's, whose connections end while it is asked for a topic or connects. */
function cutOff(during: 'connect' | 'fetchTopicOffsets') {
  const cut = Promise.withResolvers<never>();
  cut.promise.catch(() => undefined);
  const done = async () => undefined;
  const admin = { connect: done, disconnect: done, fetchTopicOffsets: done, [during]: () => cut.promise };
  const made = vi.spyOn(kafkajs.Kafka.prototype, 'admin').mockReturnValue(admin as unknown as Admin);
  onTestFinished(() => made.mockRestore());
  const log = new KafkaLog({ ...defaultKafkaOptions, brokers: ['127.0.0.1:1'] });
  return { log, end: () => cut.reject(new Error('Failed to connect: brokers array is empty')) };
}

for (const during of ['connect', 'fetchTopicOffsets'] as const)
  test(`a question amid which the log is closed hears of that, not of brokers: ${during}`, async () => {
    const { log, end } = cutOff(during);
    const answer = expect(log.bounds('aura.policies')).rejects.toMatchObject({ code: 'log-closed' });
    await new Promise((resolve) => setImmediate(resolve));
    await log.close();
    end();
    await answer;
  });
