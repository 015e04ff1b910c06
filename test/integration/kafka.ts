import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions, type KafkaLogOptions } from '../../src/streams/kafka/options.ts';

export function testBrokers(): string[] {
  return process.env.AURA_TEST_BROKERS?.split(',') ?? [];
}

/** A log on the broker that the tests were given. */
export function openKafkaLog(options: Partial<KafkaLogOptions> = {}): KafkaLog {
  return new KafkaLog({ ...defaultKafkaOptions, brokers: testBrokers(), sessionTimeoutMs: 6_000, ...options });
}
