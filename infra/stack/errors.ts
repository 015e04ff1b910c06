/** Stable codes of what can go wrong while servers are brought up. */
export type StackErrorCode =
  | 'JAVA_MISSING'
  | 'MAVEN_MISSING'
  | 'OPENSSL_MISSING'
  | 'DOWNLOAD_FAILED'
  | 'PLATFORM_UNSUPPORTED'
  | 'USER_MISSING'
  | 'COMMAND_FAILED'
  | 'PORTS_TAKEN'
  | 'NOT_SECURE'
  | 'SERVER_EXITED'
  | 'SERVER_NOT_READY'
  | 'SERVER_NOT_STOPPED'
  | 'STATE_LOCKED'
  | 'STATE_UNREADABLE'
  | 'DOCKER_FAILED';

/** An error that a person can act on: the message holds the offending value and what would be valid. */
export class StackError extends Error {
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = 'StackError';
    this.code = code;
  }
}

/** Node's error code (`ENOENT`, `ESRCH`, ...) of something that was caught, if it has one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
