import type { SinkPartition } from './sink.ts';

export type SinkErrorCode =
  /** Somebody else wrote the partition; see StaleWorkerError. */
  | 'stale-worker'
  /** The database cannot be reached, is shutting down, or gave way to another transaction. Try again later. */
  | 'database-unavailable'
  /** The database refused what it was given. Trying again will not help. */
  | 'database-refused'
  /** The batch contradicts itself: a mistake of the caller. */
  | 'batch-invalid'
  /** The database has no schema, or an older one than this program wants. */
  | 'schema-missing'
  /** The database was migrated by a newer program. */
  | 'schema-newer'
  /** A migration that was applied is not the one this program has under that number. */
  | 'schema-changed'
  | 'sink-closed';

export class SinkError extends Error {
  readonly code: SinkErrorCode;
  /** True where the same call may succeed later. */
  readonly retriable: boolean;

  constructor(code: SinkErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'SinkError';
    this.code = code;
    this.retriable = code === 'database-unavailable';
  }
}

/** The stored position is not the one the writer expected: another worker owns the partition, or did when it wrote. */
export class StaleWorkerError extends SinkError {
  readonly topic: string;
  readonly partition: number;
  readonly expectedNextOffset: number | null;
  readonly storedNextOffset: number | null;

  constructor(of: SinkPartition, expectedNextOffset: number | null, storedNextOffset: number | null) {
    super(
      'stale-worker',
      `${of.topic}/${of.partition}: the database stands at ${storedNextOffset ?? 'no offset'}, this worker expected ${expectedNextOffset ?? 'none'}; ` +
        'nothing was written. Whoever owns the partition asks for its position and goes on from there.',
    );
    this.name = 'StaleWorkerError';
    this.topic = of.topic;
    this.partition = of.partition;
    this.expectedNextOffset = expectedNextOffset;
    this.storedNextOffset = storedNextOffset;
  }
}
