/**
 * A transaction is mostly round trips: telling the coordinator its partitions, telling it the group, writing, moving the group's positions,
 * ending. The first two need no records. They are made as soon as the transaction before has ended, for what the last two transactions had in
 * common, so that whoever waits for the next one waits for two rounds instead of three. Where the writer's owner expects to write more than that soon, it is
 * told so, and what any transaction of late has touched is added.
 *
 * A transaction that is open and empty holds nobody back: readers of committed records stop at the first open record, and there is none. One
 * that stays empty is ended before the coordinator's patience is over, as that would fence the writer.
 */
import Broker from 'kafkajs/src/broker/index.js';
import { isProtocolError, notToBeTriedAgain } from './errors.ts';

interface Owner {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}
interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}
interface Requests {
  initProducerId(
    this: object,
    request: { readonly transactionalId?: string },
  ): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  addPartitionsToTxn(this: object, request: Owner & { readonly topics: readonly TopicPartitions[] }): Promise<unknown>;
  addOffsetsToTxn(this: object, request: Owner & { readonly groupId: string }): Promise<unknown>;
  endTxn(this: object, request: Owner & { readonly transactionResult: boolean }): Promise<unknown>;
}

/** What one transaction touches. */
class Enlisted {
  readonly partitions = new Map<string, Set<number>>();
  readonly groups = new Set<string>();

  has(topic: string, partition: number): boolean {
    return this.partitions.get(topic)?.has(partition) ?? false;
  }

  add(topics: readonly TopicPartitions[]): void {
    for (const { topic, partitions } of topics) {
      const known = this.partitions.get(topic) ?? new Set();
      this.partitions.set(topic, known);
      for (const partition of partitions) known.add(partition);
    }
  }

  /** Those of `topics` that are not in here. */
  missing(topics: readonly TopicPartitions[]): TopicPartitions[] {
    return topics
      .map(({ topic, partitions }) => ({ topic, partitions: partitions.filter((one) => !this.has(topic, one)) }))
      .filter(({ partitions }) => partitions.length > 0);
  }

  /** Those that an older transaction touched and this one does not. */
  missingFrom(others: readonly Enlisted[]): Enlisted {
    const missing = new Enlisted();
    for (const other of others) {
      missing.add(this.missing(other.topics()));
      for (const group of other.groups) if (!this.groups.has(group)) missing.groups.add(group);
    }
    return missing;
  }

  topics(): TopicPartitions[] {
    return [...this.partitions].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
  }

  inCommon(other: Enlisted): Enlisted {
    const common = new Enlisted();
    for (const [topic, partitions] of this.partitions) {
      const both = [...partitions].filter((one) => other.has(topic, one));
      if (both.length > 0) common.add([{ topic, partitions: both }]);
    }
    for (const group of this.groups) if (other.groups.has(group)) common.groups.add(group);
    return common;
  }
}

/** Transactions that are remembered: what is written but now and then is among them where it comes every few seconds. */
const remembered = 128;

/** How long the markers of the transaction before may keep the coordinator from opening the next; after it the next commit does it all. */
const openRetryMs = 500;
/** The same where a commit waits for it. */
const missingRetryMs = 10_000;

/** Those whose writer has no epoch yet, by transactional id; then those that have one, by owner. */
const starting = new Map<string, EarlyEnlistment>();
const open = new Map<string, EarlyEnlistment>();
const nameOf = ({ transactionalId, producerId, producerEpoch }: Owner): string =>
  `${transactionalId} ${producerId} ${producerEpoch}`;

/** The transactions of one writer; to be made before it starts. */
export class EarlyEnlistment {
  readonly #transactionalId: string;
  readonly #emptyMaxMs: number;
  #enlisted = new Enlisted();
  /** What the writer itself asked for in the transaction under way and in those before, the newest first. */
  #used = new Enlisted();
  readonly #before: Enlisted[] = [];
  /** The writer fills a transaction. */
  #filling = false;
  #owner: Owner | null = null;
  /** The coordinator, as last seen. */
  #broker: object | null = null;
  /** Whatever is asked ahead of the writer; never rejects. */
  #underWay: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  /** Why the end of an empty transaction has no answer. */
  #unended: Error | null = null;

  /** @param emptyMaxMs how long a transaction may stay open with nothing in it; well below the coordinator's timeout. */
  constructor(transactionalId: string, emptyMaxMs: number) {
    this.#transactionalId = transactionalId;
    this.#emptyMaxMs = emptyMaxMs;
    patchBroker();
    starting.set(transactionalId, this);
  }

  /** The writer got its epoch. Writers of the same id and an older one go on without, until they find themselves fenced. */
  owned(owner: Owner): void {
    starting.delete(owner.transactionalId);
    this.#owner = owner;
    open.set(nameOf(owner), this);
  }

  /** Opens the next transaction; to be called when one was committed. */
  ahead(): void {
    const [last, before] = this.#before;
    if (before !== undefined) this.#enlist(last.inCommon(before));
  }

  /** Adds what the transactions of late have touched; to be called when it will soon be written to. */
  expect(): void {
    if (this.#filling) return;
    // What is being asked for just now is known when it is answered.
    this.#underWay = this.#underWay.then(() => {
      if (!this.#filling) this.#enlist(this.#enlisted.missingFrom(this.#before));
    });
  }

  #enlist(wanted: Enlisted): void {
    const [broker, owner] = [this.#broker, this.#owner];
    if (broker === null || owner === null || wanted.partitions.size === 0) return;
    this.#underWay = this.#open(broker, owner, wanted);
    this.#timer ??= setTimeout(() => this.#settle(), this.#emptyMaxMs).unref();
  }

  /** Ends an empty transaction, so that nobody has to wait for its timeout. */
  async close(): Promise<void> {
    this.#settle();
    await this.#underWay;
    this.forget();
  }

  /** Takes it off the list of those whose requests are watched, whatever is still under way. */
  forget(): void {
    if (starting.get(this.#transactionalId) === this) starting.delete(this.#transactionalId);
    if (this.#owner !== null) open.delete(nameOf(this.#owner));
  }

  async addPartitions(broker: object, request: Parameters<Requests['addPartitionsToTxn']>[0]): Promise<void> {
    await this.#take(broker);
    const { topics, ...owner } = request;
    this.#used.add(topics);
    const missing = this.#enlisted.missing(topics);
    if (missing.length === 0) return;
    try {
      const giveUpMs = performance.now() + missingRetryMs;
      await onceMarked(giveUpMs, () => original.addPartitionsToTxn.call(broker, { ...owner, topics: missing }));
    } catch (error) {
      // What goes to another broker is under way by now.
      throw notToBeTriedAgain(error);
    }
  }

  async addOffsets(broker: object, request: Parameters<Requests['addOffsetsToTxn']>[0]): Promise<unknown> {
    await this.#take(broker);
    this.#used.groups.add(request.groupId);
    return this.#enlisted.groups.has(request.groupId) ? undefined : original.addOffsetsToTxn.call(broker, request);
  }

  async end(broker: object, request: Parameters<Requests['endTxn']>[0]): Promise<unknown> {
    const answer = await original.endTxn.call(broker, request);
    this.#before.unshift(this.#used);
    this.#before.length = Math.min(this.#before.length, remembered);
    this.#used = new Enlisted();
    this.#enlisted = new Enlisted();
    this.#filling = false;
    return answer;
  }

  /** The writer begins to fill the transaction: from here on it is not ended behind its back. */
  async #take(broker: object): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#filling = true;
    this.#broker = broker;
    await this.#underWay;
    if (this.#unended !== null) throw this.#unended;
  }

  async #open(broker: object, owner: Owner, usual: Enlisted): Promise<void> {
    const topics = usual.topics();
    const giveUpMs = performance.now() + openRetryMs;
    try {
      await onceMarked(giveUpMs, () => original.addPartitionsToTxn.call(broker, { ...owner, topics }));
      this.#enlisted.add(topics);
      for (const groupId of usual.groups) {
        await onceMarked(giveUpMs, () => original.addOffsetsToTxn.call(broker, { ...owner, groupId }));
        this.#enlisted.groups.add(groupId);
      }
    } catch {
      // Nothing rests on it: the commit asks for what is missing, and meets the same error if there is one.
    }
  }

  #settle(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    const [broker, owner] = [this.#broker, this.#owner];
    this.#underWay = this.#underWay.then(async () => {
      if (broker === null || owner === null || this.#enlisted.partitions.size === 0) return;
      this.#enlisted = new Enlisted();
      try {
        await original.endTxn.call(broker, { ...owner, transactionResult: false });
      } catch (error) {
        // It may still arrive, and would then abort what this writer begins next: the next writer of this id has an epoch of its own.
        this.#unended = new Error('an empty transaction was ended without an answer', { cause: error });
      }
    });
  }
}

/** Asks again while the coordinator still ends the transaction before. */
async function onceMarked(giveUpMs: number, ask: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!isProtocolError(error, 'CONCURRENT_TRANSACTIONS') || performance.now() > giveUpMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(attempt, 20)));
    }
  }
}

const prototype = Broker.prototype as Requests & { enlistsEarly?: true };
const original: Requests = {
  initProducerId: prototype.initProducerId,
  addPartitionsToTxn: prototype.addPartitionsToTxn,
  addOffsetsToTxn: prototype.addOffsetsToTxn,
  endTxn: prototype.endTxn,
};

/** Changes kafkajs's broker class for the whole process; ids that no EarlyEnlistment was made for are served as ever. */
function patchBroker(): void {
  if (prototype.enlistsEarly) return;
  prototype.enlistsEarly = true;
  prototype.initProducerId = async function (request) {
    const answer = await original.initProducerId.call(this, request);
    const { transactionalId } = request;
    if (transactionalId !== undefined) {
      const { producerId, producerEpoch } = answer;
      starting.get(transactionalId)?.owned({ transactionalId, producerId, producerEpoch });
    }
    return answer;
  };
  prototype.addPartitionsToTxn = function (request) {
    const early = open.get(nameOf(request));
    return early?.addPartitions(this, request) ?? original.addPartitionsToTxn.call(this, request);
  };
  prototype.addOffsetsToTxn = function (request) {
    const early = open.get(nameOf(request));
    return early?.addOffsets(this, request) ?? original.addOffsetsToTxn.call(this, request);
  };
  prototype.endTxn = function (request) {
    const early = open.get(nameOf(request));
    return early?.end(this, request) ?? original.endTxn.call(this, request);
  };
}
