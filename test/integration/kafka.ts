import { inject } from 'vitest';
import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions, type KafkaLogOptions } from '../../src/streams/kafka/options.ts';

/** False where no broker can be had: the tests that need one are left out, and said to be. */
export const hasKafka = inject('kafka') !== null;

export function testBrokers(): string[] {
  return [...(inject('kafka')?.brokers ?? [])];
}

/** A log on the broker that the tests were given. */
export function openKafkaLog(options: Partial<KafkaLogOptions> = {}): KafkaLog {
  return new KafkaLog({ ...defaultKafkaOptions, brokers: testBrokers(), sessionTimeoutMs: 6_000, ...options });
}
