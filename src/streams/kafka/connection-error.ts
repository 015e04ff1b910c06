/** What keeps a client from its brokers, told apart: kafkajs has one error for a wrong certificate, a closed port and a broker that is down. */
import { LogError } from '../log.ts';
import { isProtocolError } from './errors.ts';
import type { KafkaLogOptions } from './options.ts';

/** The error as a LogError where it is about logins or certificates, else as it is. No message holds a password. */
export function connectionError(error: unknown, { sasl, tls }: Pick<KafkaLogOptions, 'sasl' | 'tls'>): unknown {
  const chain = causesOf(error);
  const why = (chain.at(-1)?.message ?? '')
    .replace(/^Connection error: |^Failed to connect: |; if the root CA.*/gs, '')
    .trim();
  const told = (code: LogError['code'], message: string) => new LogError(code, message, { cause: error });

  if (chain.some(({ name }) => name === 'KafkaJSSASLAuthenticationError')) {
    const who = sasl !== undefined && 'username' in sasl ? ` as ${JSON.stringify(sasl.username)}` : '';
    return told('authentication-failed', `the login${who} by ${sasl?.mechanism ?? 'no mechanism'} was refused: ${why}`);
  }
  if (isProtocolError(error, 'ILLEGAL_SASL_STATE'))
    return told('authentication-failed', `the brokers take no login at this port, and ${sasl?.mechanism} was tried`);

  const failed = chain.find(isConnectionError);
  if (failed === undefined) return error;
  const broker = failed.broker ?? 'a broker';
  const code = failed.code ?? '';
  if (untrusted.test(code))
    return told('certificate-untrusted', `the certificate of ${broker} does not check out: ${why} (${code})`);
  if (alerted.test(code)) {
    const given = tls?.cert === undefined ? 'no certificate was given' : 'the certificate given is not believed there';
    return told('certificate-refused', `${broker} wants a certificate of this client, and ${given} (${code})`);
  }
  if (/^Failed to connect: .*(PEM|x509|key|certificate)/i.test(failed.message))
    return told('certificate-invalid', `the certificate or key of this client is no good: ${why}`);
  if (failed.name === 'KafkaJSConnectionClosedError')
    return told(
      'connection-closed',
      `${broker} closed the connection without an answer; this client speaks ${spoken(tls, sasl)}`,
    );
  if (code === 'ECONNRESET' || code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return told('connection-closed', `${broker} answered something else than ${spoken(tls, sasl)}: ${why}`);
  return error;
}

/** Node's codes for a certificate of the other side that is not to be believed. */
const untrusted =
  /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)/;

/** The other side's alerts about our certificate (RFC 8446, 6.2). */
const alerted = /ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

function spoken(tls: KafkaLogOptions['tls'], sasl: KafkaLogOptions['sasl']): string {
  return `${tls === undefined ? 'plain text' : 'TLS'} ${sasl === undefined ? 'without a login' : `with a login by ${sasl.mechanism}`}`;
}

interface ConnectionError extends Error {
  readonly broker?: string;
  readonly code?: string;
}

function isConnectionError(error: Error): error is ConnectionError {
  return error.name === 'KafkaJSConnectionError' || error.name === 'KafkaJSConnectionClosedError';
}

/** The error and what it was caused by, the outermost first. */
function causesOf(error: unknown): readonly Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
