/** What the brokers refuse this client, told apart: kafkajs has one error for all topics that could not be made, and no name for who may not do what. */
import { LogError } from '../log.ts';
import { connectionError } from './connection-error.ts';
import type { KafkaLogOptions } from './options.ts';

type Client = Pick<KafkaLogOptions, 'sasl' | 'tls'>;

/** The error as a LogError where it is about logins, certificates, permissions or topics that the brokers do not make, else as it is. No message holds a password. */
export function brokerError(error: unknown, client: Client): unknown {
  return refusal(error, client) ?? connectionError(error, client);
}

/** Null where the brokers refuse nothing. */
export function refusal(error: unknown, { sasl, tls }: Client): LogError | null {
  const all = within(error);
  const told = (code: LogError['code'], message: string) => new LogError(code, message, { cause: error });

  const denied = all.find(({ type = '' }) => type.endsWith('_AUTHORIZATION_FAILED'));
  if (denied !== undefined) {
    const login = sasl !== undefined && 'username' in sasl ? `user ${JSON.stringify(sasl.username)}` : null;
    const who = login ?? (tls?.cert === undefined ? 'a client without a login' : 'the owner of this certificate');
    const what =
      denied.topic ?? (denied.type ?? '').replace('_AUTHORIZATION_FAILED', '').toLowerCase().replaceAll('_', ' ');
    return told('not-authorized', `the brokers do not let ${who} do what is needed: ${what}: ${denied.message}`);
  }
  const notMade = all.find(({ name, type }) => name === 'KafkaJSCreateTopicError' && type !== 'TOPIC_ALREADY_EXISTS');
  if (notMade !== undefined)
    return told('topic-refused', `${notMade.topic} cannot be made: ${notMade.message} (${notMade.type})`);
  return null;
}

/** In kafkajs's words. */
interface BrokerError extends Error {
  /** The protocol's name of the error. */
  readonly type?: string;
  readonly topic?: string;
  readonly errors?: readonly unknown[];
}

/** The error, what it was caused by, and what it stands for, the outermost first. */
function within(error: unknown): readonly BrokerError[] {
  if (!(error instanceof Error)) return [];
  const { errors = [], cause } = error as BrokerError;
  return [error, ...errors.flatMap(within), ...within(cause)];
}
