/** kafkajs puts the broker's error name into `type`; its class is not exported to ES modules. A retrier wraps it as `cause`. */
export function isProtocolError(error: unknown, type: string): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && error.type === type) || isProtocolError(error.cause, type);
}

/** Whether kafkajs says that the same request may succeed later. */
export function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}
