/** Follows the topics of one fleet from now on and keeps a picture of what went by. */
import type { Agreement } from '../../../pipelines/consensus/agreement.ts';
import { GenuineDecisions } from '../../../pipelines/genuine-decisions.ts';
import type { Topics } from '../../../pipelines/topics.ts';
import type { Consumer, Log, LogRecord } from '../../streams/log.ts';
import type { Topic } from '../../streams/processor.ts';
import { latencyOf } from '../decision-latency.ts';
import { readable } from '../readable.ts';
import { Picture } from './picture.ts';

export interface TallyOptions {
  readonly log: Log;
  readonly topics: Topics;
  readonly tenant: string;
  readonly fleet: string;
  /** Who decides: what others say is decided is not shown. */
  readonly agreement: Pick<Agreement, 'cluster' | 'set'>;
  /** The clock of the broker's append times, in ms since the epoch. */
  now(): number;
  failed(error: Error): void;
}

export class Tally {
  readonly picture = new Picture();
  readonly #handlers: ReadonlyMap<string, Handler>;
  /** Records are taken one after the other, as a schema may have to be fetched for one. */
  #work: Promise<void> = Promise.resolve();
  #consumer: Consumer | null = null;

  private constructor(options: TallyOptions) {
    this.#handlers = handlersOf(options, this.picture);
  }

  static async start(options: TallyOptions): Promise<Tally> {
    const tally = new Tally(options);
    const positions = await Promise.all(
      [...tally.#handlers.keys()].map(async (topic) =>
        (await options.log.bounds(topic)).map(({ partition, high }) => ({ topic, partition, offset: high })),
      ),
    );
    tally.#consumer = await options.log.consume({
      kind: 'positions',
      positions: positions.flat(),
      records: (_from, records) => {
        const receivedMs = options.now();
        tally.#work = tally.#work.then(() => tally.#take(records, receivedMs)).catch(options.failed);
      },
      failed: options.failed,
    });
    return tally;
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
    await this.#work;
  }

  async #take(records: readonly LogRecord[], receivedMs: number): Promise<void> {
    for (const record of records) await this.#handlers.get(record.topic)?.(record, receivedMs);
  }
}

type Handler = (record: LogRecord, receivedMs: number) => Promise<void>;

function handlersOf(
  { topics, tenant, fleet, agreement }: TallyOptions,
  picture: Picture,
): ReadonlyMap<string, Handler> {
  const genuine = new GenuineDecisions(topics, agreement);
  const { counts } = picture;
  const handlers = new Map<string, Handler>();
  const count = (topic: Topic, name: 'late' | 'deadLetters'): void => {
    handlers.set(topic.name, async () => {
      counts[name]++;
    });
  };
  /** Records of this fleet alone; what cannot be read is somebody else's or shows among the dead letters. */
  const on = <T extends { readonly tenant: string; readonly fleet: string }>(
    topic: Topic<T>,
    take: (value: T, record: LogRecord, receivedMs: number) => void | Promise<void>,
  ): void => {
    handlers.set(topic.name, async (record, receivedMs) => {
      const value = await readable(topic, record);
      if (value !== null && value.tenant === tenant && value.fleet === fleet) await take(value, record, receivedMs);
    });
  };
  on(topics.snapshots, (snapshot) => picture.onSnapshot(snapshot));
  on(topics.scores, (scores) => picture.onScores(scores));
  on(topics.proposals, () => {
    counts.proposals++;
  });
  on(topics.decisions, async (decision, record, receivedMs) => {
    if ((await genuine.refuse(decision, record.partition)) !== null) return;
    picture.onDecision(decision, receivedMs, latencyOf(record, receivedMs));
  });
  on(topics.actions, (action) => picture.onAction(action));
  on(topics.outcomes, (outcome) => picture.onOutcome(outcome));
  on(topics.alerts, (alert) => {
    picture.lastAlert = alert;
  });
  count(topics.late, 'late');
  count(topics['dead-letters'], 'deadLetters');
  return handlers;
}
