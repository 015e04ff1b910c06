/** What kafkajs answers for a topic that is not there, without a broker; log-contract.ts asks a real one. */
import kafkajs, { type Admin } from 'kafkajs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { explain } from '../../../src/cli/explain.ts';
import { KafkaLog } from '../../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../../src/streams/kafka/options.ts';

/** kafkajs exports its errors, but not their types. */
const { KafkaJSProtocolError, KafkaJSNumberOfRetriesExceeded } = kafkajs as unknown as Record<
  'KafkaJSProtocolError' | 'KafkaJSNumberOfRetriesExceeded',
  new (
    cause: object,
    details?: object,
  ) => Error
>;

function logThatAnswers(type: string, message: string): KafkaLog {
  const error = new KafkaJSProtocolError({ type, message, code: 3, retriable: true });
  const fetchTopicOffsets = async () => {
    throw new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 12, retryTime: 1000 });
  };
  const admin = { connect: async () => undefined, disconnect: async () => undefined, fetchTopicOffsets };
  const made = vi.spyOn(kafkajs.Kafka.prototype, 'admin').mockReturnValue(admin as unknown as Admin);
  onTestFinished(() => made.mockRestore());
  return new KafkaLog({ ...defaultKafkaOptions, brokers: ['127.0.0.1:1'], prefix: 'x.', log: () => undefined });
}

test('a topic that is not there is not told as brokers that are not there', async () => {
  const log = logThatAnswers('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition');
  const error: unknown = await log.bounds('aura.policies').catch((caught: unknown) => caught);
  expect(explain(error)).toEqual({
    code: 'topic-unknown',
    message: 'there is no topic x.aura.policies',
    next: 'make the topics first: aura topics create',
  });
});

test('other errors that kafkajs tried too often stay what they were', async () => {
  const log = logThatAnswers('LEADER_NOT_AVAILABLE', 'There is no leader for this topic-partition');
  const error: unknown = await log.bounds('aura.policies').catch((caught: unknown) => caught);
  expect(explain(error).code).toBe('brokers-unreachable');
});
