/** The reference fleet in real time on a log: its agents report, and an actuator of its own carries out the decisions that check out. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agreement } from '../../../pipelines/consensus/agreement.ts';
import { GenuineDecisions } from '../../../pipelines/genuine-decisions.ts';
import type { Topics } from '../../../pipelines/topics.ts';
import type { Action, Decision } from '../../../schemas/records.ts';
import { cellKey } from '../../fleet/ids.ts';
import { Actuator, type ReferenceFleet } from '../../fleet/reference/index.ts';
import { type Consumer, type Log, LogError, type LogRecord, type OutRecord, type Writer } from '../../streams/log.ts';
import { partitionOf } from '../../streams/partitioner.ts';
import type { Topic } from '../../streams/processor.ts';
import { whenLoaded } from '../../streams/schema/codec.ts';
import { readable } from '../readable.ts';

export interface DriverOptions {
  readonly log: Log;
  readonly topics: Topics;
  readonly fleet: ReferenceFleet;
  /** Who decides: what a quorum of them did not sign, or signed in another deployment, is not acted on. */
  readonly agreement: Pick<Agreement, 'cluster' | 'set'>;
  /** In ms since the epoch. */
  now(): number;
  /** A decision that does not check out; it is not acted on. */
  refused(decision: Decision, reason: string): void;
  failed(error: Error): void;
}

/** How often the fleet's time is brought up to the clock, in ms. */
const stepMs = 100;
/** A write is tried so often, and so long after the last time, in ms: longer than a broker's place is kept. */
const triesMax = 20;
const retryMs = 1_000;
/** Less than the resolution of the reports' times: what is played up to a window's end less this belongs to the window. */
const justMs = 0.001;

export class FleetDriver {
  readonly sent = { heartbeats: 0, interactions: 0 };
  readonly #options: DriverOptions;
  readonly #actuator: Actuator;
  readonly #genuine: GenuineDecisions;
  readonly #writer: Writer;
  readonly #partitions: ReadonlyMap<string, number>;
  #consumer: Consumer | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Writes follow one another. */
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(options: DriverOptions, writer: Writer, partitions: ReadonlyMap<string, number>) {
    this.#options = options;
    this.#writer = writer;
    this.#partitions = partitions;
    this.#actuator = new Actuator(options.fleet, 'reference-actuator');
    this.#genuine = new GenuineDecisions(options.topics, options.agreement);
  }

  /** Ready to act on decisions from now on; the fleet itself stands still until `catchUp` and `run`. */
  static async start(options: DriverOptions): Promise<FleetDriver> {
    const { log, topics } = options;
    const written = [topics.heartbeats, topics.interactions, topics.actions];
    const partitions = new Map(
      await Promise.all(written.map(async ({ name }) => [name, await log.partitionCount(name)] as const)),
    );
    const driver = new FleetDriver(options, await log.writer(), partitions);
    const positions = (await log.bounds(topics.decisions.name)).map(({ partition, high }) => ({
      topic: topics.decisions.name,
      partition,
      offset: high,
    }));
    driver.#consumer = await log.consume({
      kind: 'positions',
      positions,
      records: (_from, records) => driver.#then(() => driver.#act(records)),
      failed: options.failed,
    });
    return driver;
  }

  /**
   * Plays the fleet's time up to the clock as fast as `taken` lets it, window by window: asked after each, it resolves when the pipeline has taken what
   * was written. Rushing ahead would make what waits in one partition late by what was read from another.
   */
  async catchUp(windowMs: number, taken: () => Promise<void>): Promise<void> {
    const { fleet, now } = this.#options;
    let endMs = (Math.floor(fleet.nowMs / windowMs) + 1) * windowMs;
    for (; !this.#stopped && endMs < now(); endMs += windowMs) {
      const justBeforeMs = endMs - justMs;
      this.#then(() => this.#step(justBeforeMs));
      await this.#work;
      await taken();
    }
  }

  /** Goes with the clock until `close`. */
  run(): void {
    this.#timer = setInterval(() => this.#then(() => this.#step(this.#options.now())), stepMs);
  }

  async close(): Promise<void> {
    this.#halt();
    await this.#consumer?.close();
    await this.#work;
    await this.#writer.close();
  }

  #halt(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#halt();
      this.#options.failed(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #step(toMs: number): Promise<void> {
    const { fleet, topics } = this.#options;
    if (this.#stopped || toMs <= fleet.nowMs) return;
    const { heartbeats, interactions } = fleet.advanceTo(toMs);
    const records = [
      ...heartbeats.map((heartbeat) => this.#record(topics.heartbeats, heartbeat.agent, heartbeat)),
      ...interactions.map((interaction) => this.#record(topics.interactions, interaction.caller, interaction)),
      ...this.#actionRecords(this.#actuator.ended()),
    ];
    if (records.length > 0) await this.#write(records);
    this.sent.heartbeats += heartbeats.length;
    this.sent.interactions += interactions.length;
  }

  async #act(records: readonly LogRecord[]): Promise<void> {
    const { topics, fleet, refused } = this.#options;
    const actions: Action[] = [];
    for (const record of records) {
      // Anybody may write to the topic: what cannot be read is no decision, and shows among the dead letters.
      const decision = await readable(topics.decisions, record);
      if (decision === null || decision.tenant !== fleet.tenant || decision.fleet !== fleet.fleet) continue;
      const refusal = await this.#genuine.refuse(decision, record.partition);
      if (refusal !== null) {
        refused(decision, `${refusal.code}: ${refusal.reason}`);
        continue;
      }
      const proposal = await whenLoaded(() => topics.proposals.codec.decode(decision.proposal));
      const { dryRun, verdict } = decision;
      actions.push(...this.#actuator.act({ ...proposal, dryRun, approved: verdict === 'APPROVED' }));
    }
    if (actions.length > 0) await this.#write(this.#actionRecords(actions));
  }

  /** The writer gives up while a broker is away or a leader moves. What it wrote before it did may be there twice then. */
  async #write(records: readonly OutRecord[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#writer.write(records);
        return;
      } catch (error) {
        const mayPass = !(error instanceof LogError) || error.code === 'partition-unknown';
        if (!mayPass || this.#stopped || attempt === triesMax) throw error;
        await sleep(retryMs);
      }
    }
  }

  #actionRecords(actions: readonly Action[]): OutRecord[] {
    return actions.map((action) =>
      this.#record(this.#options.topics.actions, cellKey(action.tenant, action.fleet, action.cell), action),
    );
  }

  #record<T>(topic: Topic<T>, text: string, value: T): OutRecord {
    const key = Buffer.from(text);
    const partition = partitionOf(key, this.#partitions.get(topic.name) ?? 1);
    return { topic: topic.name, partition, key, value: topic.codec.encode(value) };
  }
}
