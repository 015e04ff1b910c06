/** HotStuff-2 over the log, for the simulator: its lies, its planted bugs, and a watch over what the log and the learner promise. */
import type { Decision } from '../../../../schemas/records.ts';
import { type Block, hashBlock, type Item } from '../../block.ts';
import type { Certificate } from '../../certificate.ts';
import { CheckpointTracker } from '../../checkpoint.ts';
import type { Machine } from '../../core.ts';
import { equalBytes, hex } from '../../encoding.ts';
import { verifyEquivocation } from '../../equivocation.ts';
import { shorten } from '../../hotstuff/decided-window.ts';
import { HOTSTUFF_VARIANT, PROTOCOL, type Variant } from '../../hotstuff/electorate.ts';
import { Ledger } from '../../hotstuff/ledger.ts';
import { encodeLedger } from '../../hotstuff/ledger-state.ts';
import { createParameters, type Parameters } from '../../hotstuff/parameters.ts';
import { HotStuffReplica, type ReplicaConfig } from '../../hotstuff/replica.ts';
import { RULES, type Rules } from '../../hotstuff/rules.ts';
import { Learner } from '../../learner.ts';
import {
  type Body,
  isSigned,
  type Message,
  type Phase,
  says,
  senderOf,
  signMessage,
  type Vote,
} from '../../message.ts';
import type { Effect, Event, LogVocabulary } from '../../protocol.ts';
import { verifyDecision } from '../../verify.ts';
import { turned } from '../ballots.ts';
import { encodedOr } from '../garbling.ts';
import type { Cast, Lie, LieTools, Model, Watch, World } from '../model.ts';
import type { Random } from '../random.ts';

type HotStuffLie = Lie<LogVocabulary>;
type Tools = LieTools<LogVocabulary>;

const BUGS: Readonly<Record<string, Partial<Rules>>> = {
  'quorum-one-short': { quorum: (set) => set.quorum - 1 },
  'quorum-waits-for-all': { quorum: (set) => set.size },
  'lock-not-checked': { extendsLock: () => true },
  'votes-after-timeout': { mayVote: (view, lastVoted) => view > lastVoted },
  'votes-again': { mayVote: (view, _lastVoted, lastTimedOut) => view > lastTimedOut },
  'signer-counted-twice': { mayCount: () => true },
  'decides-again': { mayDecide: () => true },
  'void-incarnation-counts': { mayCountIncarnation: (current, claimed) => claimed > 0 && claimed <= current },
  'votes-before-reading-its-own': { mayActivate: () => true },
  'validity-not-checked': { mayApprove: () => true },
  'signature-not-checked': { mayBelieve: () => true },
};

export const LIE_NAMES = ['mute', 'equivocating', 'twisting', 'hasty', 'forging'] as const;

export const hotstuff: Model<LogVocabulary> = {
  protocol: PROTOCOL,
  channel: 'log',
  tolerates: 'lies',
  bugs: Object.keys(BUGS),
  lies: LIE_NAMES,
  begin,
};

/** A protocol over this ledger, as one run has it. */
export interface Family {
  readonly variant: Variant;
  readonly rules: Rules;
  /** Whether the learner, which knows HotStuff alone, reads along in thorough runs. */
  readonly learns: boolean;
}

function begin(world: World): Cast<LogVocabulary> {
  const rules: Rules = world.bug === null ? RULES : { ...RULES, ...BUGS[world.bug] };
  return castOver(world, { variant: HOTSTUFF_VARIANT, rules, learns: true });
}

/** As the pipeline hosts it: what a check says rests on what was decided, so after each block all are made anew, here when something next comes. */
class HostedReplica extends HotStuffReplica {
  #isDue = false;

  constructor(config: ReplicaConfig) {
    super({ ...config, checksRestOnDecisions: true });
  }

  override step(event: Event): readonly Effect[] {
    const anew = this.#isDue ? super.step({ type: 'offeredTogether', offers: [] }) : [];
    const effects = super.step(event);
    this.#isDue = effects.some(({ type }) => type === 'committed');
    return anew.length === 0 ? effects : [...anew, ...effects];
  }
}

export function castOver(world: World, family: Family): Cast<LogVocabulary> {
  const { instance, scheme, signers, random, timeoutMs } = world;
  const { rules, variant } = family;
  const parameters = createParameters({
    blockItemsMax: random.pick([1, 4, 64]),
    checkpointEvery: random.pick([3, 16, 64, 256]),
    decidedKept: 4096,
    timeoutMs,
    timeoutDoublings: 8,
  });
  const readsFromCheckpoint = random.chance(0.5);
  const Replica = random.chance(0.5) ? HostedReplica : HotStuffReplica;
  const indexOf = (validator: string): number => instance.set.indexOf(validator);
  return {
    create({ index, log }) {
      const validator = instance.set.validators[index].id;
      const tracker = new CheckpointTracker(instance, scheme, validator);
      for (const [position, message] of log.entries()) tracker.observe(position, message);
      const checkpoint = tracker.best();
      return new Replica({
        instance,
        validator,
        signer: signers[index],
        scheme,
        parameters,
        rules,
        variant,
        checkpoint,
        logStart: readsFromCheckpoint ? Math.max(0, (checkpoint?.through ?? -1) + 1) : 0,
      });
    },
    resume(machine) {
      return machine instanceof HotStuffReplica
        ? { position: machine.nextPosition, offset: machine.proposalsFrom }
        : { position: 0, offset: 0 };
    },
    isForwarded: (message) => says(message, 'proposal'),
    votes({ validator, incarnation, body }) {
      if (body.type !== 'vote' && body.type !== 'proposal') return [];
      const phase = body.type === 'vote' ? body.phase : 'PREPARE';
      const blockHash = body.type === 'vote' ? body.blockHash : hashBlock(instance, body.block);
      return [
        {
          voter: indexOf(validator),
          slot: `incarnation ${incarnation}, view ${body.view}, ${phase}`,
          value: hex(blockHash),
        },
      ];
    },
    refuteProof: (_block, certificate) => refute(world, certificate),
    culprit: (evidence) => (verifyEquivocation(instance, scheme, evidence) ? indexOf(evidence.validator) : null),
    resigned: (index, message) => resigned(world, index, message),
    lies: liesIn(world),
    describe,
    watchesVotes: true,
    watch: (report, watchRandom) => new LogWatch(world, parameters, family, report, watchRandom),
  };
}

/** By counting. That each vote was signed is LogWatch's to say, of the record that it lay in. */
function refute({ instance }: World, { phase, signatures }: Certificate): string | null {
  const signers: string[] = [];
  for (const { validator } of signatures) if (!signers.includes(validator)) signers.push(validator);
  return phase === 'COMMIT' && signers.length >= instance.set.quorum ? null : `${phase} by ${signers.length}`;
}

function describe({ validator, incarnation, body }: Message): string {
  const who = `${validator}.${incarnation}`;
  switch (body.type) {
    case 'incarnation':
      return `${who} started`;
    case 'proposal':
      return `${who} proposes height ${body.block.height} in view ${body.view}: ${body.block.items.map(({ offset, verdict }) => `${offset} ${verdict}`).join(', ')}`;
    case 'vote':
      return `${who} ${body.phase} in view ${body.view}: ${hex(body.blockHash).slice(0, 6)}`;
    case 'timeout':
      return `${who} times out view ${body.view} (${body.cause})`;
    case 'checkpoint':
      return `${who} checkpoint of height ${body.height}`;
  }
}

function ledgerOf(machine: Machine<LogVocabulary>): Ledger {
  if (machine instanceof HotStuffReplica) return machine.ledger;
  throw new TypeError('not a HotStuff replica');
}

function resigned({ instance, signers }: World, index: number, { validator, incarnation, body }: Message): Message {
  const blockHash = body.type === 'proposal' ? hashBlock(instance, body.block) : undefined;
  return signMessage(instance, signers[index], validator, incarnation, body, blockHash);
}

/** It signs with its own key only, so a forged message carries a signature that does not verify. */
function liesIn({ instance, signers }: World): Readonly<Record<string, HotStuffLie>> {
  const sign = ({ index }: Tools, like: Message, body: Body): Message => {
    const blockHash = body.type === 'proposal' ? hashBlock(instance, body.block) : undefined;
    return signMessage(instance, signers[index], like.validator, like.incarnation, body, blockHash);
  };

  /** Another block for the same place, with its verdicts turned round. */
  const twisted = (body: Body & { readonly type: 'proposal' }, { machine, random }: Tools): Body => {
    const items = body.block.items.map((item, i): Item => (i === 0 || random.chance(0.5) ? turned(item) : item));
    return { ...body, block: { ...body.block, view: ledgerOf(machine).view, items } };
  };

  const timeout = (tools: Tools, message: Message, view: number): Message =>
    sign(tools, message, { type: 'timeout', view, high: ledgerOf(tools.machine).high, cause: 'TIMER' });

  const forged = (tools: Tools): Message => {
    const { random, machine, index } = tools;
    const { standings, view, lock, proposal } = ledgerOf(machine);
    const victim = random.int(0, instance.set.size - 1);
    const { incarnation } = standings[victim];
    const bodies: Body[] = [
      { type: 'timeout', view, high: null, cause: 'TIMER' },
      { type: 'incarnation', nonce: random.bytes(16) },
    ];
    const phases: [Phase, Uint8Array | undefined][] = [
      ['PREPARE', proposal?.blockHash],
      ['COMMIT', lock?.blockHash],
    ];
    for (const [phase, blockHash] of phases) {
      if (blockHash !== undefined) bodies.push({ type: 'vote', phase, view, blockHash });
    }
    const body = random.pick(bodies);
    const claimed = body.type === 'incarnation' ? incarnation + 1 : incarnation;
    return signMessage(instance, signers[index], instance.set.validators[victim].id, claimed, body);
  };

  const shuffled = ({ random }: Tools, messages: readonly Message[]) =>
    (random.chance(0.5) ? messages : [...messages].reverse()).map((message) => ({ message }));

  const lies: Record<(typeof LIE_NAMES)[number], HotStuffLie> = {
    /** Says that it is there, and then nothing. */
    mute: (saying) => (saying.message.body.type === 'incarnation' ? [saying] : []),

    /** Proposes two blocks, votes for two, and times out what it votes for. */
    equivocating: (saying, tools) => {
      const { message } = saying;
      const { body } = message;
      if (body.type === 'proposal') return shuffled(tools, [message, sign(tools, message, twisted(body, tools))]);
      if (body.type !== 'vote') return [saying];
      const other = sign(tools, message, { ...body, blockHash: tools.random.bytes(32) });
      const more = tools.random.chance(0.3) ? [timeout(tools, message, body.view)] : [];
      return shuffled(tools, [message, other, ...more]);
    },

    /** Proposes wrong verdicts, and fresh blocks where it ought to propose the locked one again. */
    twisting: (saying, tools) => {
      const { message } = saying;
      return message.body.type === 'proposal'
        ? [{ message: sign(tools, message, twisted(message.body, tools)) }]
        : [saying];
    },

    /** Gives up every view at once, and commits all the same. */
    hasty: (saying, tools) => {
      const { message } = saying;
      return message.body.type === 'vote'
        ? [{ message: timeout(tools, message, message.body.view) }, saying]
        : [saying];
    },

    /** Speaks in others' names, with signatures of its own making. */
    forging: (saying, tools) => [saying, { message: forged(tools) }, { message: forged(tools) }],
  };
  return lies;
}

interface CommitVotes {
  readonly blockHash: Uint8Array;
  readonly voters: number[];
}

/** A vote in the log. */
interface Countable {
  readonly signature: Uint8Array;
  readonly blockHash: Uint8Array;
}

/** Latest views. */
interface Said {
  timedOut: number;
  prepared: number;
  committed: number;
}

/**
 * Beyond what holds for every protocol: an honest incarnation says each vote once, in rising views, none in a view that it timed out
 * or that its log has left behind; certificates, in the log or not, agree; a commit is made of votes that counted when they were
 * appended; the learner's decisions verify, each proposal's once, also when it is moved; and the log alone gives every state again.
 */
class LogWatch implements Watch<LogVocabulary> {
  readonly #world: World;
  readonly #parameters: Parameters;
  readonly #family: Family;
  readonly #report: (violation: string) => void;
  readonly #random: Random;
  readonly #isHonest: boolean[] = [];
  /** By validator's index, and incarnation. */
  readonly #said: Map<number, Said>[];
  /** Blocks by hash, and who signed COMMIT for them, by view and hash. */
  readonly #blocks = new Map<string, Block>();
  readonly #commits = new Map<number, CommitVotes[]>();
  readonly #chain = new Map<number, string>();
  /** Highest view of a vote in the log, by honest validator, and incarnation in force, by any. */
  readonly #logged: number[];
  readonly #incarnations: number[];
  /** COMMIT votes that counted when they were appended, by view. */
  readonly #countable = new Map<number, Countable[]>();
  /** The learner reads along in thorough runs: it costs as much as a replica, and proofs for others are by sha256. */
  #learner: Learner | null;
  readonly #learnerState = new Map<string, Uint8Array>();
  #nextProposal = 0;
  readonly #values = new Map<number, Uint8Array>();
  /** Values of the proposals made, and of those decided. */
  readonly #proposed = new Set<string>();
  readonly #decided = new Set<string>();
  readonly #decidedOffsets = new Set<number>();

  constructor(
    world: World,
    parameters: Parameters,
    family: Family,
    report: (violation: string) => void,
    random: Random,
  ) {
    this.#world = world;
    this.#parameters = parameters;
    this.#family = family;
    this.#report = report;
    this.#random = random;
    const { size } = world.instance.set;
    this.#said = Array.from({ length: size }, () => new Map());
    this.#logged = new Array<number>(size).fill(0);
    this.#incarnations = new Array<number>(size).fill(0);
    this.#learner = family.learns && world.isThorough === true ? new Learner(this.#learnerConfig()) : null;
  }

  onSaid(speaker: number, isHonest: boolean, message: Message): void {
    this.#isHonest[speaker] = isHonest;
    const index = senderOf(this.#world.instance, message);
    if (says(message, 'vote')) {
      const { phase, view, blockHash } = message.body;
      if (phase === 'COMMIT') this.#onCommitVote(message, index, isHonest, view, blockHash);
      if (isHonest) this.#onHonestVote(message, index, phase, view);
    } else if (says(message, 'proposal')) {
      const { block, view } = message.body;
      this.#blocks.set(shorten(hashBlock(this.#world.instance, block)), block);
      if (isHonest) this.#onHonestVote(message, index, 'PREPARE', view);
    } else if (says(message, 'timeout') && isHonest) {
      const said = this.#saidBy(index, message.incarnation);
      said.timedOut = Math.max(said.timedOut, message.body.view);
    }
  }

  #onHonestVote({ validator, incarnation }: Message, index: number, phase: Phase, view: number): void {
    const said = this.#saidBy(index, incarnation);
    const isPrepare = phase === 'PREPARE';
    const last = Math.max(said.prepared, said.committed);
    if (view === (isPrepare ? said.prepared : said.committed))
      this.#report(`${validator} voted twice in view ${view} ${phase}`);
    else if (view < last) this.#report(`${validator} voted in view ${view} after ${last}`);
    if (view <= said.timedOut) this.#report(`${validator} voted in view ${view} after timing it out`);
    if (view < this.#logged[index]) this.#report(`${validator} voted in view ${view}, and its log is ahead`);
    if (isPrepare) said.prepared = Math.max(said.prepared, view);
    else said.committed = Math.max(said.committed, view);
  }

  #saidBy(index: number, incarnation: number): Said {
    const incarnations = this.#said[index];
    let said = incarnations.get(incarnation);
    if (said === undefined) {
      said = { timedOut: 0, prepared: 0, committed: 0 };
      incarnations.set(incarnation, said);
    }
    return said;
  }

  /** Agreement among certificates that anyone could ever put together, in the log or not. */
  #onCommitVote(message: Message, index: number, isHonest: boolean, view: number, blockHash: Uint8Array): void {
    let inView = this.#commits.get(view);
    if (inView === undefined) {
      inView = [];
      this.#commits.set(view, inView);
    }
    let votes = inView.find((one) => equalBytes(one.blockHash, blockHash));
    if (votes === undefined) {
      votes = { blockHash, voters: [] };
      inView.push(votes);
    }
    const { voters } = votes;
    if (voters.includes(index) || !(isHonest || this.#isSigned(message))) return;
    voters.push(index);
    if (voters.length < this.#world.instance.set.quorum) return;
    const name = shorten(blockHash);
    const block = this.#blocks.get(name);
    if (block === undefined) return;
    const known = this.#chain.get(block.height);
    if (known === undefined) this.#chain.set(block.height, name);
    else if (known !== name) this.#report(`two blocks at height ${block.height} could be proved decided`);
  }

  onAppended(position: number, message: Message, isHonest: boolean): void {
    this.#note(message, isHonest);
    const learner = this.#learner;
    if (learner !== null) this.#learn(learner.onMessage(position, message));
  }

  #note(message: Message, isHonest: boolean): void {
    if (says(message, 'timeout') || says(message, 'checkpoint')) return;
    // What an honest replica has just said is signed.
    if (!isHonest && !this.#isSigned(message)) return;
    const index = senderOf(this.#world.instance, message);
    const { incarnation } = message;
    const current = this.#incarnations[index];
    if (says(message, 'incarnation')) {
      if (incarnation > current) this.#incarnations[index] = incarnation;
      return;
    }
    if (incarnation !== current) return;
    if (says(message, 'vote') && message.body.phase === 'COMMIT') this.#noteCountable(message.body, message.signature);
    if ((says(message, 'vote') || says(message, 'proposal')) && this.#isHonest[index] === true)
      this.#logged[index] = Math.max(this.#logged[index], message.body.view);
  }

  #noteCountable({ view, blockHash }: Vote, signature: Uint8Array): void {
    const inView = this.#countable.get(view);
    if (inView === undefined) this.#countable.set(view, [{ signature, blockHash }]);
    else inView.push({ signature, blockHash });
  }

  onCommitted(_replica: number, block: Block, { view, signatures }: Certificate): void {
    const blockHash = hashBlock(this.#world.instance, block);
    const countable = this.#countable.get(view) ?? [];
    for (const { validator, signature } of signatures) {
      const vote = countable.find((one) => one.signature === signature);
      if (vote === undefined || !equalBytes(vote.blockHash, blockHash))
        this.#report(`height ${block.height} was committed with a vote of ${validator} that did not count`);
    }
  }

  onProposal(offset: number, value: Uint8Array): void {
    if (this.#learner === null) return;
    this.#proposed.add(hex(value));
    this.#values.set(offset, value);
    for (;;) {
      const next = this.#values.get(this.#nextProposal);
      if (next === undefined) return;
      const learned = this.#learner?.onProposal(this.#nextProposal, next) ?? [];
      this.#values.delete(this.#nextProposal++);
      this.#learn(learned);
    }
  }

  isWaiting(): boolean {
    return this.#learner !== null && this.#decided.size < this.#proposed.size;
  }

  /** The same log gives the same state; looked at in some runs, because it costs as much as a replica. */
  onEnd(log: readonly Message[], machines: readonly Machine<LogVocabulary>[]): void {
    if (!this.#random.chance(0.25)) return;
    const { instance, scheme } = this.#world;
    const { rules, variant } = this.#family;
    const ledger = new Ledger({ instance, parameters: this.#parameters, scheme, rules, variant });
    for (const [position, message] of log.entries()) {
      ledger.apply(position, message);
      for (const machine of machines) {
        const other = ledgerOf(machine);
        if (other.position === position && !equalBytes(encodeLedger(ledger), encodeLedger(other)))
          this.#report('a replica has another state than a replay of the log');
      }
    }
  }

  #learn(decisions: readonly Decision[]): void {
    const { instance, scheme } = this.#world;
    for (const decision of decisions) {
      const { proposalOffset, height } = decision.certificate;
      const verification = verifyDecision(decision, instance.set, { scheme });
      if (!verification.ok) this.#report(`a decision at height ${height} does not verify: ${verification.reason}`);
      const proposal = hex(decision.proposal);
      if (this.#decidedOffsets.has(proposalOffset)) this.#report(`offset ${proposalOffset} has two decisions`);
      if (this.#decided.has(proposal)) this.#report(`a proposal has two decisions, one at ${proposalOffset}`);
      this.#decidedOffsets.add(proposalOffset);
      this.#decided.add(proposal);
    }
    // A stream processor keeps its state with each batch, and may be moved after any.
    if (this.#learner === null || !this.#random.chance(this.#restChance())) return;
    for (const { key, value } of this.#learner.drainChanges()) {
      if (value === null) this.#learnerState.delete(key);
      else this.#learnerState.set(key, value);
    }
    if (this.#random.chance(0.5)) this.#learner = Learner.restore(this.#learnerConfig(), this.#learnerState);
  }

  /** Rarer as the log grows: what a learner holds grows with it, and long runs would be spent on restoring it. */
  #restChance(): number {
    return Math.min(0.05, 5 / Math.max(1, this.#learner?.nextPosition ?? 1));
  }

  #isSigned(message: Message): boolean {
    const { instance, scheme } = this.#world;
    return encodedOr(false, () => {
      const blockHash = says(message, 'proposal') ? hashBlock(instance, message.body.block) : undefined;
      return isSigned(instance, scheme, message, blockHash);
    });
  }

  #learnerConfig() {
    const { instance, scheme } = this.#world;
    const summarize = (value: Uint8Array) => ({
      id: Buffer.from(value).toString(),
      tenant: 'tenant',
      fleet: 'fleet',
      cell: 0,
      kind: 'THROTTLE',
      targets: ['agent'],
      expiresMs: 1,
    });
    return { instance, parameters: this.#parameters, scheme, rules: this.#family.rules, summarize };
  }
}
