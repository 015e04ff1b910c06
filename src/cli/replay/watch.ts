/** Follows the topics of a run as they grow: what came out, how long decisions took, and what is still under way. */

import type { GenuineDecisions } from '../../../pipelines/genuine-decisions.ts';
import type { Topics } from '../../../pipelines/topics.ts';
import type { Decision, Scores, Snapshot } from '../../../schemas/records.ts';
import type { Consumer, Log, LogRecord } from '../../streams/log.ts';
import type { Topic } from '../../streams/processor.ts';
import { latencyOf } from '../decision-latency.ts';
import { ReplayError } from './errors.ts';

export interface Counts {
  /** Accepted by intake. */
  readonly heartbeats: number;
  readonly interactions: number;
  readonly snapshots: number;
  readonly scores: number;
  readonly proposals: number;
  readonly approved: number;
  readonly rejected: number;
  readonly outcomes: number;
  readonly deadLetters: number;
  readonly late: number;
}

/** Called for each record of the two topics that a replay is judged by. */
export interface WatchHandlers {
  snapshot(snapshot: Snapshot): void;
  scores(scores: Scores): void;
  failed(error: Error): void;
}

interface Waiter {
  readonly reached: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A decision as the history keys it: the same in every replay of the same data. */
export type DecisionKey = Pick<Decision, 'proposalId' | 'decidedMs'>;

/** Latencies kept, in order of arrival; a replay has far fewer decisions. */
const latenciesMax = 100_000;

export class Watch {
  readonly #counts = {
    heartbeats: 0,
    interactions: 0,
    snapshots: 0,
    scores: 0,
    proposals: 0,
    approved: 0,
    rejected: 0,
    outcomes: 0,
    deadLetters: 0,
    late: 0,
  };
  readonly #undecided = new Set<string>();
  readonly #decided = new Set<string>();
  readonly #latenciesMs: number[] = [];
  readonly #decisions: DecisionKey[] = [];
  #refused = 0;
  readonly #handlers: WatchHandlers;
  readonly #genuine: Pick<GenuineDecisions, 'refuse'>;
  /** Decisions are looked at one after the other, in the order they came. */
  #checking: Promise<void> = Promise.resolve();
  #waiters: Waiter[] = [];
  #lastWordMs = performance.now();
  #consumer: Consumer | null = null;

  private constructor(genuine: Pick<GenuineDecisions, 'refuse'>, handlers: WatchHandlers) {
    this.#genuine = genuine;
    this.#handlers = handlers;
  }

  /** `genuine`: what the validators did not sign is no decision. */
  static async start(
    log: Log,
    topics: Topics,
    genuine: Pick<GenuineDecisions, 'refuse'>,
    handlers: WatchHandlers,
  ): Promise<Watch> {
    const watch = new Watch(genuine, handlers);
    const takers = new Map<string, (record: LogRecord) => void>();
    const on = <T>(topic: Topic<T>, take: (value: T, record: LogRecord) => void): void => {
      takers.set(topic.name, (record) => {
        if (record.value !== null) take(topic.codec.decode(record.value), record);
      });
    };
    watch.#follow(topics, on);
    const positions = [];
    for (const topic of takers.keys()) {
      for (const { partition, high } of await log.bounds(topic)) positions.push({ topic, partition, offset: high });
    }
    watch.#consumer = await log.consume({
      kind: 'positions',
      positions,
      records: ({ topic }, records) => {
        try {
          for (const record of records) takers.get(topic)?.(record);
        } catch (error) {
          watch.#fail(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (records.length > 0) watch.#heard();
      },
      failed: (error) => watch.#fail(error),
    });
    return watch;
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** Dead letters of intake. */
  get refused(): number {
    return this.#refused;
  }

  get decisions(): readonly DecisionKey[] {
    return this.#decisions;
  }

  /** Proposals that were seen and have no decision yet. */
  get undecided(): number {
    return this.#undecided.size;
  }

  /** From the append of the heartbeat that closed the window to the receipt of the decision here, in ms. */
  get latenciesMs(): readonly number[] {
    return this.#latenciesMs;
  }

  /**
   * Waits for something to come true, asking again after each record that comes. Resolves to false where nothing came for `quietMs`.
   */
  async until(reached: () => boolean, quietMs: number): Promise<boolean> {
    if (reached()) return true;
    this.#lastWordMs = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { reached, resolve, reject };
    this.#waiters.push(waiter);
    const timer = setInterval(() => {
      if (performance.now() - this.#lastWordMs >= quietMs) resolve();
    }, quietMs / 4);
    try {
      await promise;
    } finally {
      clearInterval(timer);
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    }
    return reached();
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
    await this.#checking;
  }

  #follow(topics: Topics, on: <T>(topic: Topic<T>, take: (value: T, record: LogRecord) => void) => void): void {
    const counts = this.#counts;
    on(topics.observations, ({ heartbeats, interactions }) => {
      counts.heartbeats += heartbeats.length;
      counts.interactions += interactions.length;
    });
    on(topics.snapshots, (snapshot) => {
      counts.snapshots++;
      this.#handlers.snapshot(snapshot);
    });
    on(topics.proposals, ({ id }) => {
      counts.proposals++;
      if (!this.#decided.delete(id)) this.#undecided.add(id);
    });
    on(topics.scores, (scores) => {
      counts.scores++;
      this.#handlers.scores(scores);
    });
    on(topics.decisions, (decision, record) => {
      const latencyMs = latencyOf(record, Date.now());
      const check = async (): Promise<void> => {
        if ((await this.#genuine.refuse(decision, record.partition)) === null) this.#decide(decision, latencyMs);
      };
      this.#checking = this.#checking.then(check).catch((error: Error) => this.#fail(error));
    });
    on(topics.outcomes, () => counts.outcomes++);
    on(topics['dead-letters'], ({ processor }) => {
      counts.deadLetters++;
      if (processor === 'intake') this.#refused++;
    });
    on(topics.late, () => counts.late++);
  }

  #decide({ proposalId, decidedMs, verdict }: Decision, latencyMs: number | null): void {
    this.#decisions.push({ proposalId, decidedMs });
    if (verdict === 'APPROVED') this.#counts.approved++;
    else this.#counts.rejected++;
    if (!this.#undecided.delete(proposalId)) this.#decided.add(proposalId);
    if (latencyMs !== null && this.#latenciesMs.length < latenciesMax) this.#latenciesMs.push(latencyMs);
    this.#heard();
  }

  #heard(): void {
    this.#lastWordMs = performance.now();
    for (const { reached, resolve } of this.#waiters) if (reached()) resolve();
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#handlers.failed(error);
  }
}

export function stalled(what: string, quietMs: number): ReplayError {
  return new ReplayError('replay-stalled', `the pipeline wrote nothing for ${quietMs / 1000} s while ${what}`);
}
