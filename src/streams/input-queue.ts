/** Records that wait for a task, in the order they came; an input whose records outgrow the limits is paused until half of them are taken. */
import { type LogRecord, recordBytes } from './log.ts';

export interface QueueLimits {
  readonly queuedRecords: number;
  readonly queuedBytes: number;
}

export interface QueueHooks {
  pause(topic: string): void;
  resume(topic: string): void;
}

/** A record with where its input stands once it is taken: past control records behind it, where it was the last that came. */
export interface Queued {
  readonly input: number;
  readonly record: LogRecord;
  readonly nextOffset: number;
}

interface Chunk {
  readonly input: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  taken: number;
}

interface Held {
  records: number;
  bytes: number;
  paused: boolean;
}

export class InputQueue {
  readonly #topics: readonly string[];
  readonly #neverPaused: ReadonlySet<string>;
  readonly #limits: QueueLimits;
  readonly #hooks: QueueHooks;
  readonly #held: readonly Held[];
  readonly #chunks: Chunk[] = [];
  #wake: (() => void) | null = null;

  /** `topics`: the inputs, by index; those of `neverPaused` are read by somebody else and small. */
  constructor(topics: readonly string[], neverPaused: ReadonlySet<string>, limits: QueueLimits, hooks: QueueHooks) {
    this.#topics = topics;
    this.#neverPaused = neverPaused;
    this.#limits = limits;
    this.#hooks = hooks;
    this.#held = topics.map(() => ({ records: 0, bytes: 0, paused: false }));
  }

  get empty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Records that wait. */
  get size(): number {
    return this.#held.reduce((sum, { records }) => sum + records, 0);
  }

  /** Whether an input has outgrown the limits and waits for room. */
  isPaused(topic: string): boolean {
    return this.#held[this.#topics.indexOf(topic)]?.paused ?? false;
  }

  push(topic: string, records: readonly LogRecord[], nextOffset: number): void {
    const input = this.#topics.indexOf(topic);
    if (input < 0 || records.length === 0) return;
    this.#chunks.push({ input, records, nextOffset, taken: 0 });
    const held = this.#held[input];
    held.records += records.length;
    for (const record of records) held.bytes += recordBytes(record);
    if (!held.paused && !this.#neverPaused.has(topic) && this.#over(held, 1)) {
      held.paused = true;
      this.#hooks.pause(topic);
    }
    this.wake();
  }

  /** Up to `most` records in the order they came; one that is to be taken `alone` comes by itself. */
  take(most: number, alone: ((record: LogRecord) => boolean) | null = null): Queued[] {
    const out: Queued[] = [];
    let full = false;
    while (!full && out.length < most) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const { input, records, nextOffset } = chunk;
      const held = this.#held[input];
      while (!full && out.length < most && chunk.taken < records.length) {
        const record = records[chunk.taken];
        if (alone?.(record)) {
          full = true;
          if (out.length > 0) break;
        }
        chunk.taken++;
        held.records--;
        held.bytes -= recordBytes(record);
        out.push({ input, record, nextOffset: chunk.taken === records.length ? nextOffset : record.offset + 1 });
      }
      if (chunk.taken === records.length) this.#chunks.shift();
      if (held.paused && !this.#over(held, 0.5)) {
        held.paused = false;
        this.#hooks.resume(this.#topics[input]);
      }
    }
    return out;
  }

  /** Resolves when something came, `wake` was called or the time is over. */
  async waitMs(ms: number): Promise<void> {
    if (!this.empty) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  wake(): void {
    this.#wake?.();
  }

  #over(held: Held, share: number): boolean {
    return held.records > this.#limits.queuedRecords * share || held.bytes > this.#limits.queuedBytes * share;
  }
}
