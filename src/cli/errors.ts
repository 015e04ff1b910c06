/** What goes wrong because of what was typed or configured. */
export type CliErrorCode =
  | 'usage-invalid'
  | 'config-invalid'
  | 'config-unreadable'
  | 'cpu-latency-refused'
  | 'setting-missing'
  | 'topics-missing'
  | 'layout-differs'
  | 'keys-missing'
  | 'validators-fixed'
  | 'key-exists'
  | 'key-invalid'
  | 'validators-missing'
  | 'record-invalid'
  | 'decision-unreadable'
  | 'decision-not-found'
  | 'decision-refused'
  | 'server-unreachable'
  | 'file-unreadable'
  | 'file-unwritable'
  | 'model-not-found'
  | 'model-exists'
  | 'start-interrupted'
  | 'pipeline-failed'
  | 'history-not-started';

/** Told to a person as one line, with what to do next on another. The message holds the offending value and what would be valid. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  /** What the person can do about it; empty where the message says it all. */
  readonly next: string;

  constructor(code: CliErrorCode, message: string, next = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
    this.next = next;
  }
}

/** Node's error code (`ENOENT`, `ECONNREFUSED`, ...) of something that was caught, if it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
