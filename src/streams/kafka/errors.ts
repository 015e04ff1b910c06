/** kafkajs puts the broker's error name into `type`; its class is not exported to ES modules. A retrier wraps it as `cause`. */
export function isProtocolError(error: unknown, type: string): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && error.type === type) || isProtocolError(error.cause, type);
}

/** Whether kafkajs says that the same request may succeed later. */
export function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}

/** An error that kafkajs gives up on, caused by one that it might not. */
export function notToBeTriedAgain(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { retriable: false });
}
