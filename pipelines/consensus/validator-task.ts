/**
 * The hosted validators on one partition: reads proposals, snapshots, policies and the validators' messages, steps the replicas, carries out their
 * effects in order. Writes outside transactions; what a validator said is what the log holds.
 */
import { randomBytes } from 'node:crypto';
import type { ConsensusMessage, Policy, Proposal, Snapshot } from '../../schemas/records.ts';
import { CheckpointTracker } from '../../src/consensus/checkpoint.ts';
import { sha256 } from '../../src/consensus/encoding.ts';
import { createInstance, type Instance } from '../../src/consensus/instance.ts';
import type { Message } from '../../src/consensus/message.ts';
import type { Effect, TimerName } from '../../src/consensus/protocol.ts';
import { ed25519, type Signer, VerifiedSignatures } from '../../src/consensus/signature.ts';
import { fromWire, toWire } from '../../src/consensus/wire.ts';
import { checkProposal } from '../../src/interventions/proposal.ts';
import { InputQueue } from '../../src/streams/input-queue.ts';
import { type LogRecord, type OutRecord, type Position, recordBytes, recordBytesMax } from '../../src/streams/log.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { whenLoaded } from '../../src/streams/schema/codec.ts';
import { CodecError } from '../../src/streams/schema/codec-error.ts';
import type { PartitionTask, TaskHooks } from '../../src/streams/worker.ts';
import { snapshotHash } from '../assessment.ts';
import { Policies } from '../policies.ts';
import { ambiguous, misplaced, tooLarge } from './acceptable-proposal.ts';
import { instanceName, protocolName } from './agreement.ts';
import { Evidence } from './evidence.ts';
import { HostedValidator } from './hosted-validator.ts';
import { OpenProposals } from './open-proposals.ts';
import { OrderedWrites } from './ordered-writes.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { encodeSaved, readSaved, type SavedState, validatorStateTopic } from './saved-state.ts';
import { ValidatorError } from './validator-error.ts';
import type { ValidatorsOptions } from './validators.ts';

const takenAtOnce = 500;
const waitMs = 1_000;
/** A validator that starts without a saved state reads this many snapshots back: proposals that rest on older ones are stale. */
const snapshotsBack = 20_000;

export class ValidatorTask implements PartitionTask {
  readonly done: Promise<void>;
  readonly #options: ValidatorsOptions;
  readonly #partition: number;
  readonly #hooks: TaskHooks;
  readonly #instance: Instance;
  readonly #scheme: VerifiedSignatures;
  readonly #queue: InputQueue;
  readonly #inputs: readonly Topic[];
  readonly #policies = new Policies();
  readonly #evidence = new Evidence();
  readonly #open = new OpenProposals();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #validators: readonly HostedValidator[] = [];
  #started = false;
  #stopping = false;
  #held = false;
  #judgeDue = false;
  #writes: OrderedWrites | null = null;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: ValidatorsOptions, partition: number, hooks: TaskHooks) {
    const { topics, agreement, runtime } = options;
    this.#options = options;
    this.#partition = partition;
    this.#hooks = hooks;
    this.#instance = createInstance(protocolName, instanceName(agreement, partition), agreement.set);
    this.#scheme = options.scheme ?? new VerifiedSignatures(ed25519());
    this.#inputs = [topics.proposals, topics.snapshots, topics.consensus, topics.policies];
    const names = this.#inputs.map(({ name }) => name);
    this.#queue = new InputQueue(names, new Set([topics.policies.name]), runtime.limits, {
      pause: (topic) => hooks.pause(topic),
      // Room in the queue is not enough for proposals that are held back for what is undecided.
      resume: (topic) => {
        if (!this.#held || topic !== topics.proposals.name) hooks.resume(topic);
      },
    });
    this.done = this.#run();
  }

  receive(topic: string, records: readonly LogRecord[], nextOffset: number, pledge: Promise<void> | null): void {
    if (this.#stopping || (!this.#started && topic !== this.#options.topics.policies.name)) return;
    if (pledge !== null) this.#writes?.waitFor(pledge);
    this.#queue.push(topic, records, nextOffset);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#queue.wake();
    await this.done.catch(() => undefined); // whoever started the task hears of its failure through `done`
  }

  async #run(): Promise<void> {
    const { runtime, topics } = this.#options;
    await null; // the constructor returns first
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    failed.catch(() => undefined); // raced below; a late failure of an ended task is nobody's business
    let writes: OrderedWrites | null = null;
    try {
      runtime.observer.taskState?.('validators', this.#partition, 'restoring');
      writes = await OrderedWrites.open(runtime.log, topics.consensus.name, this.#fail);
      this.#writes = writes;
      const positions = await this.#restore();
      // Stopped while it restored: nothing was said.
      if (!this.#stopping) {
        this.#started = true;
        this.#hooks.ready(positions);
        this.#all((validator) => validator.step({ type: 'start', nonce: randomBytes(16) }));
        writes.flush();
        runtime.observer.taskState?.('validators', this.#partition, 'running');
        await Promise.race([this.#loop(writes), failed]);
      }
    } catch (error) {
      runtime.observer.taskState?.('validators', this.#partition, 'failed', error);
      throw error;
    } finally {
      this.#stopping = true;
      for (const timer of this.#timers.values()) clearTimeout(timer);
      await writes?.close();
    }
    runtime.observer.taskState?.('validators', this.#partition, 'closed');
  }

  async #loop(writes: OrderedWrites): Promise<void> {
    while (!this.#stopping) {
      const queued = this.#queue.take(takenAtOnce);
      if (queued.length === 0) await this.#queue.waitMs(waitMs);
      for (const { input, record } of queued) await this.#take(this.#inputs[input], record);
      this.#settle();
      writes.flush();
    }
  }

  /** Judges what is open if anything that bears on it changed, and sends what is to be said. */
  #settle(): void {
    if (this.#judgeDue) {
      this.#judgeDue = false;
      this.#all((validator) => validator.judge());
    }
    const { topics, agreement } = this.#options;
    const undecided = Math.max(0, ...this.#validators.map((validator) => validator.undecided));
    const most = 4 * agreement.parameters.blockItemsMax;
    // What others have read and decided is read here too, or there would be no judging ever again.
    const isBehind = this.#validators.some((validator) => validator.isBehind);
    if (!this.#held && undecided > most && !isBehind) {
      this.#held = true;
      this.#hooks.pause(topics.proposals.name);
    } else if (this.#held && (undecided <= most / 2 || isBehind)) {
      this.#held = false;
      if (!this.#queue.isPaused(topics.proposals.name)) this.#hooks.resume(topics.proposals.name);
    }
    this.#open.prune((open) => this.#validators.every((validator) => validator.isDoneWith(open)));
  }

  async #take(topic: Topic, record: LogRecord): Promise<void> {
    const { topics, runtime } = this.#options;
    const { value: bytes } = record;
    const key = record.key === null ? '' : Buffer.from(record.key).toString();
    if (bytes === null) {
      if (topic === topics.policies) this.#takePolicy(key, null);
      return;
    }
    if (topic === topics.consensus) this.#writes?.readBack(bytes);
    if (topic === topics.proposals) {
      this.#open.readTo(record.offset + 1);
      // Validators that wait for a decided one judge again, also where this record is passed over.
      if (this.#validators.some((validator) => validator.isBehind)) this.#judgeDue = true;
      const passedOver = tooLarge(bytes);
      if (passedOver !== null) {
        runtime.observer.refused?.('validators', passedOver.code);
        return;
      }
    }
    let value: unknown;
    try {
      value = await whenLoaded(() => topic.codec.decode(bytes));
    } catch (error) {
      // The learner gives unreadable records to the dead letters; here they count for nothing.
      if (!(error instanceof CodecError)) throw error;
      runtime.observer.refused?.('validators', error.code);
      return;
    }
    if (topic === topics.consensus) this.#takeMessage(record.offset, fromWire(value as ConsensusMessage));
    else if (topic === topics.proposals) this.#takeProposal(record, bytes, value as Proposal);
    else if (topic === topics.snapshots) {
      const { offset, appendMs } = record;
      this.#evidence.take(key, value as Snapshot, { hash: snapshotHash({ bytes }), offset, appendMs });
      this.#judgeDue = true;
    } else this.#takePolicy(key, value as Policy);
  }

  #takePolicy(tenant: string, policy: Policy | null): void {
    if (this.#policies.take(tenant, policy) === null) this.#judgeDue = true;
  }

  #takeProposal({ offset, appendMs }: LogRecord, bytes: Uint8Array, proposal: Proposal): void {
    const { topics, runtime, agreement } = this.#options;
    const passedOver =
      ambiguous(topics.proposals, bytes, proposal) ?? misplaced(proposal, this.#partition, agreement.partitions);
    if (passedOver !== null) {
      runtime.observer.refused?.('validators', passedOver.code);
      return;
    }
    const open = { offset, appendMs, digest: sha256(bytes), proposal, problem: checkProposal(proposal) };
    this.#open.add(open);
    for (const validator of this.#validators) validator.noteProposal(open);
    this.#judgeDue = true;
  }

  #takeMessage(position: number, message: Message | null): void {
    if (message === null) return;
    this.#all((validator) => validator.step({ type: 'message', position, message }));
  }

  /** All of them take a step before any says what follows from it: whoever overhears another stands where that one does. */
  #all(step: (validator: HostedValidator) => readonly Effect[]): void {
    const steps = this.#validators.map((validator) => ({ validator, effects: step(validator) }));
    for (const { validator, effects } of steps) this.#carryOut(validator, effects);
  }

  #carryOut(validator: HostedValidator, effects: readonly Effect[]): void {
    const { observer } = this.#options.runtime;
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#send(validator, effect.message);
          break;
        case 'setTimer':
          this.#setTimer(validator, effect.timer, effect.view, effect.ms);
          break;
        case 'clearTimer':
          clearTimeout(this.#timers.get(`${validator.id}/${effect.timer}`));
          break;
        case 'committed':
          // Budgets, cooldowns and blast radius have changed for what is still open.
          this.#judgeDue = true;
          break;
        case 'fenced':
          throw new ValidatorError(
            'validator-elsewhere',
            `${validator.id} was started in another process, as incarnation ${effect.by}, which ends its part here; a validator runs in one process: name it in AURA_VALIDATORS, or keep its key, in one place only`,
          );
        case 'equivocation':
        case 'refused':
          observer.refused?.('validators', effect.type === 'refused' ? effect.code : 'EQUIVOCATION');
          break;
        case 'dropped':
          observer.refused?.('validators', 'PROPOSAL_DROPPED');
          break;
        case 'active':
          break;
      }
    }
  }

  #send(validator: HostedValidator, message: Message): void {
    const { topics } = this.#options;
    const partition = this.#partition;
    const { body } = message;
    if (body.type === 'checkpoint') {
      const saved = validator.save(body.through, body.height, body.proposalsFrom, body.state, this.#instance.name);
      if (saved !== null) {
        const key = Buffer.from(validator.id);
        const record = { topic: validatorStateTopic, partition, key, value: encodeSaved(saved, validator.signer) };
        // Its next start then reads the log from the state before; refused by the log, this one would end the task, and the next task at the next checkpoint.
        if (recordBytes(record) <= recordBytesMax) this.#say(record);
        else this.#options.runtime.observer.refused?.('validators', 'STATE_TOO_LARGE');
      }
    }
    this.#say({
      topic: topics.consensus.name,
      partition,
      key: Buffer.from(validator.id),
      value: topics.consensus.codec.encode(toWire(message)),
    });
    if (body.type !== 'proposal') return;
    // What all of them say is written in one order, so their votes for a block ride with it instead of a hop behind.
    for (const other of this.#validators) {
      if (other !== validator) this.#carryOut(other, other.step({ type: 'overheard', message }));
    }
  }

  #say(record: OutRecord): void {
    this.#writes?.add(record);
  }

  #setTimer(validator: HostedValidator, name: TimerName, view: number, ms: number): void {
    const id = `${validator.id}/${name}`;
    clearTimeout(this.#timers.get(id));
    const fire = (): void => {
      this.#timers.delete(id);
      if (this.#stopping) return;
      try {
        this.#carryOut(validator, validator.step({ type: 'timer', timer: name, view }));
        this.#queue.wake();
      } catch (error) {
        this.#fail(error);
      }
    };
    this.#timers.set(id, setTimeout(fire, ms));
  }

  /** Makes the validators from what they saved; without that, from the checkpoints in the log or its beginning. Returns where to read. */
  async #restore(): Promise<readonly Position[]> {
    const { topics, signers, agreement } = this.#options;
    const { low, high } = await this.#bounds(topics.consensus);
    const saved = await this.#readSaved();
    const shared = { policies: this.#policies, evidence: this.#evidence, open: this.#open };
    const validators: HostedValidator[] = [];
    for (const [id, inner] of signers) {
      const signer: Signer = this.#scheme.signer(inner);
      const own = saved.get(id) ?? null;
      if (own !== null && own.through >= high)
        throw new ValidatorError(
          'log-rolled-back',
          `${topics.consensus.name}-${this.#partition} ends before offset ${high}, and ${id} has read ${own.through} of it: the topic was made anew or has lost records, votes of ${id} among them; give back what is missing, or begin anew under another AURA_CLUSTER`,
        );
      const usable = own !== null && own.through + 1 >= low ? own : null;
      const checkpoint = usable ?? (low > 0 ? await this.#findCheckpoint(id) : null);
      const config = {
        instance: this.#instance,
        validator: id,
        signer,
        scheme: this.#scheme,
        parameters: agreement.parameters,
        logStart: low,
        checkpoint,
      };
      validators.push(new HostedValidator(config, shared, usable));
    }
    this.#validators = validators;
    const proposals = await this.#bounds(topics.proposals);
    const proposalsFrom = Math.max(proposals.low, Math.min(...validators.map(({ replica }) => replica.proposalsFrom)));
    this.#open.readTo(proposalsFrom);
    const snapshots = await this.#bounds(topics.snapshots);
    const snapshotsFrom = Math.min(...[...signers.keys()].map((id) => saved.get(id)?.snapshotsFrom ?? 0));
    const partition = this.#partition;
    return [
      {
        topic: topics.consensus.name,
        partition,
        offset: Math.max(low, Math.min(...validators.map(({ replica }) => replica.nextPosition))),
      },
      {
        topic: topics.proposals.name,
        partition,
        offset: proposalsFrom,
      },
      {
        topic: topics.snapshots.name,
        partition,
        offset: Math.max(snapshots.low, snapshotsFrom, snapshots.high - snapshotsBack),
      },
    ];
  }

  async #readSaved(): Promise<ReadonlyMap<string, SavedState>> {
    const { runtime, signers } = this.#options;
    const validators = new Map([...signers].map(([id, { publicKey }]) => [id, publicKey]));
    const expected = { instance: this.#instance.name, validators, scheme: this.#scheme };
    return await readSaved(runtime.log, this.#partition, expected, runtime.limits.restoreMs);
  }

  async #findCheckpoint(validator: string) {
    const { runtime, topics } = this.#options;
    const tracker = new CheckpointTracker(this.#instance, this.#scheme, validator);
    await readCheckpoints(runtime.log, topics.consensus, this.#partition, tracker, runtime.limits.restoreMs);
    return tracker.best();
  }

  async #bounds(topic: Topic): Promise<{ readonly low: number; readonly high: number }> {
    const bounds = await this.#options.runtime.log.bounds(topic.name);
    return bounds.find(({ partition }) => partition === this.#partition) ?? { low: 0, high: 0 };
  }
}
