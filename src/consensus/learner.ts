/**
 * Turns what the validators agreed on into Decisions: one a proposal, when its block's commit certificate is complete in the log.
 * It has no key and no vote. It runs inside an exactly-once stream processor: the state is a small set of entries, of which
 * `drainChanges` hands over those that changed, to be kept with the batch's outputs and offsets; after a failure, `restore`.
 *
 * Idempotent: a record at or below the last position is passed over, and so is a proposal already decided or held.
 *
 * Bounded: what is undecided is kept up to a limit. A proposal beyond it is read and passed over; when it is decided, `missing` names it, to be read
 * from the log again. So a flood of proposals costs the learner a second reading, and no decision. Verdicts whose proposals are not read yet are kept up to
 * a limit too. None follows from the protocol: validators stop at four blocks of what they have not decided, but a learner that was down reads their
 * messages of hours, and may be ahead with those. Beyond it `missing` names all that wait, as nothing is decided that the log does not hold already.
 */
import type { Decision } from '../../schemas/records.ts';
import { type Item, readItem, writeItem } from './block.ts';
import { readSignatures, writeSignatures } from './certificate.ts';
import { type ProposalSummary, toDecision, type Verdict, verdictsOf } from './decision.ts';
import { ByteReader, ByteWriter, equalBytes, HASH_BYTES, type Hash, sha256 } from './encoding.ts';
import { ConsensusError } from './errors.ts';
import { writeDecided } from './hotstuff/decided-bytes.ts';
import { readDecided, shorten } from './hotstuff/decided-window.ts';
import { Ledger } from './hotstuff/ledger.ts';
import { decodeCore, encodeCore } from './hotstuff/ledger-state.ts';
import type { AgreedParameters } from './hotstuff/parameters.ts';
import type { Instance } from './instance.ts';
import type { Message } from './message.ts';
import type { SignatureScheme } from './signature.ts';
import { buffer } from './wire.ts';

export interface LearnerConfig {
  readonly instance: Instance;
  /** As at the validators. */
  readonly parameters: AgreedParameters;
  readonly scheme: SignatureScheme;
  /** Decodes a value of aura.proposals. Only values handed to onProposal come in here. */
  readonly summarize: (value: Uint8Array) => ProposalSummary;
  /** heldLimits unless given. */
  readonly limits?: HeldLimits;
}

export interface HeldLimits {
  /** Undecided proposals that are kept at most, by number and by bytes. */
  readonly proposals: number;
  readonly bytes: number;
  /** Verdicts that may wait for their proposals from one record to the next. Each takes some 1 to 10 KB, by the number of validators. */
  readonly verdicts: number;
}

/** Validators stop reading proposals at four blocks of undecided ones, 1,024 by default: more than these wait in a flood alone. */
export const heldLimits: HeldLimits = { proposals: 4_096, bytes: 16 * 1024 * 1024, verdicts: 1_024 };

/** An entry of the state; a null value deletes it. Keys are ASCII. */
export interface StateChange {
  readonly key: string;
  readonly value: Uint8Array | null;
}

interface HeldProposal {
  readonly value: Uint8Array;
  /** Null while nobody has asked. */
  digest: Hash | null;
}

const LEDGER = 'ledger';
const DECIDED = 'decided/';
const PROPOSAL = 'proposal/';
const VERDICT = 'verdict/';
const PASSED = 'passed';

export class Learner {
  readonly #config: LearnerConfig;
  #ledger: Ledger;
  /** Proposals read and not yet decided, by offset. */
  readonly #proposals = new Map<number, HeldProposal>();
  /** Verdicts whose proposal is not read yet, by offset. */
  readonly #verdicts = new Map<number, Verdict>();
  /** Bytes of the proposals held. */
  #heldBytes = 0;
  /** Proposals below this offset were read, and some of them passed over for want of room. */
  #passed = 0;
  /** Those of `#verdicts` below `#passed`; all of them once more wait than may. */
  readonly #missing = new Set<number>();
  #changes = new Map<string, Uint8Array | null>();
  #ledgerChanged = false;

  constructor(config: LearnerConfig) {
    this.#config = config;
    this.#ledger = new Ledger(config);
  }

  /**
   * The learner whose changes, put together, are `entries` (in any order).
   * @throws ConsensusError BAD_ENCODING
   */
  static restore(config: LearnerConfig, entries: Iterable<readonly [string, Uint8Array]>): Learner {
    const learner = new Learner(config);
    const decided: [string, Uint8Array][] = [];
    let rises = true;
    for (const [key, value] of entries) {
      if (key.startsWith(DECIDED)) {
        rises &&= decided.length === 0 || decided[decided.length - 1][0] < key;
        decided.push([key, value]);
        continue;
      }
      if (key === LEDGER) learner.#ledger = decodeCore(config, value);
      else if (key === PASSED) learner.#passed = readOffset(value);
      else if (key.startsWith(PROPOSAL)) learner.#hold(offsetIn(key, PROPOSAL), { value, digest: null });
      else if (key.startsWith(VERDICT))
        learner.#verdicts.set(offsetIn(key, VERDICT), decodeVerdict(config.instance, value));
      else
        throw new ConsensusError('BAD_ENCODING', 'unknown entry', key, 'ledger, decided/, proposal/, verdict/, passed');
    }
    for (const offset of learner.#verdicts.keys()) if (offset < learner.#passed) learner.#missing.add(offset);
    learner.#limitVerdicts();
    // Their keys count upwards, so that their order is the order of decision again.
    if (!rises) decided.sort(([a], [b]) => (a < b ? -1 : 1));
    const window = learner.#ledger.decided;
    window.restore(
      window.floor,
      window.count,
      decided.map(([, value]) => readDecided(new ByteReader(value))),
    );
    return learner;
  }

  /** Offset of the next record of aura.consensus that would change anything. */
  get nextPosition(): number {
    return this.#ledger.position + 1;
  }

  /** Proposals held, in either direction; for a metric. */
  get held(): number {
    return this.#proposals.size + this.#verdicts.size;
  }

  /** Whether the proposal at an offset was read and is not decided yet. */
  holds(offset: number): boolean {
    return this.#proposals.has(offset);
  }

  /** Offsets of decided proposals that are to be read from the log out of turn, ascending: each is handed to onProposal, or given up. */
  get missing(): readonly number[] {
    return this.#missing.size === 0 ? [] : [...this.#missing].sort((a, b) => a - b);
  }

  /** More verdicts wait than may: what is missing is to be read before the next record is taken. */
  get isCrowded(): boolean {
    return this.#verdicts.size > this.#limits.verdicts;
  }

  /** The record of a missing proposal is gone from the log: its decision cannot be published. */
  giveUp(offset: number): void {
    if (this.#missing.has(offset)) this.#settle(offset);
  }

  /** A record of aura.consensus. */
  onMessage(position: number, message: Message): readonly Decision[] {
    const ledger = this.#ledger;
    if (position <= ledger.position) return [];
    const { floor, count, size } = ledger.decided;
    const committed = ledger.follow(position, message);
    this.#ledgerChanged = true;
    if (committed === null) return [];

    const { block, certificate } = committed;
    this.#noteDecided(count - size, block.items);
    const decisions: Decision[] = [];
    for (const verdict of verdictsOf(this.#config.instance, block, certificate)) {
      const offset = verdict.certificate.proposalOffset;
      const held = this.#proposals.get(offset);
      this.#forget(offset);
      if (held !== undefined && equalBytes(digestOf(held), verdict.digest))
        decisions.push(this.#decide(verdict, held.value));
      else {
        this.#verdicts.set(offset, verdict);
        this.#changes.set(`${VERDICT}${offset}`, encodeVerdict(verdict));
        if (offset < this.#passed) this.#missing.add(offset);
      }
    }
    this.#limitVerdicts();
    if (ledger.decided.floor > floor) this.#forgetThrough(ledger.decided.floor);
    return decisions;
  }

  /** A record of aura.proposals that can be decoded: its offset and its value, byte for byte. */
  onProposal(offset: number, value: Uint8Array): readonly Decision[] {
    const hash = sha256(value);
    const verdict = this.#verdicts.get(offset);
    if (verdict !== undefined && equalBytes(verdict.digest, hash)) {
      this.#settle(offset);
      return [this.#decide(verdict, value)];
    }
    if (this.#ledger.isSettled(offset, hash)) return [];
    const { proposals, bytes } = this.#limits;
    if (this.#proposals.size < proposals && this.#heldBytes + value.length <= bytes) {
      this.#hold(offset, { value, digest: hash });
      this.#changes.set(`${PROPOSAL}${offset}`, value);
    } else if (offset >= this.#passed && !this.#proposals.has(offset)) {
      this.#passed = offset + 1;
      this.#changes.set(PASSED, new ByteWriter(8).u64(this.#passed).finish());
    }
    return [];
  }

  /** The entries that changed since the last call. */
  drainChanges(): readonly StateChange[] {
    if (this.#ledgerChanged) this.#changes.set(LEDGER, encodeCore(this.#ledger));
    this.#ledgerChanged = false;
    const changes = Array.from(this.#changes, ([key, value]) => ({ key, value }));
    this.#changes = new Map();
    return changes;
  }

  get #limits(): HeldLimits {
    return this.#config.limits ?? heldLimits;
  }

  #limitVerdicts(): void {
    if (this.isCrowded) for (const offset of this.#verdicts.keys()) this.#missing.add(offset);
  }

  #decide(verdict: Verdict, value: Uint8Array): Decision {
    return toDecision(verdict, value, this.#config.summarize(value));
  }

  /** `oldest`: number of the oldest decided proposal remembered before those of `items` were added. */
  #noteDecided(oldest: number, items: readonly Item[]): void {
    const { count, size } = this.#ledger.decided;
    for (const [i, { offset, digest }] of items.entries()) {
      const writer = new ByteWriter(24);
      writeDecided(writer, { offset, digest: shorten(digest) });
      this.#changes.set(decidedKey(count - items.length + i), writer.finish());
    }
    for (let n = oldest; n < count - size; n++) this.#changes.set(decidedKey(n), null);
  }

  #hold(offset: number, proposal: HeldProposal): void {
    this.#heldBytes += proposal.value.length - (this.#proposals.get(offset)?.value.length ?? 0);
    this.#proposals.set(offset, proposal);
  }

  #forget(offset: number): void {
    const held = this.#proposals.get(offset);
    if (held === undefined) return;
    this.#heldBytes -= held.value.length;
    this.#proposals.delete(offset);
    this.#changes.set(`${PROPOSAL}${offset}`, null);
  }

  /** Its verdict waits no more. */
  #settle(offset: number): void {
    this.#verdicts.delete(offset);
    this.#missing.delete(offset);
    this.#changes.set(`${VERDICT}${offset}`, null);
  }

  /** Copies of decided proposals, and those that can no longer be decided. */
  #forgetThrough(floor: number): void {
    for (const offset of this.#proposals.keys()) if (offset <= floor) this.#forget(offset);
  }
}

function digestOf(held: HeldProposal): Hash {
  held.digest ??= sha256(held.value);
  return held.digest;
}

function offsetIn(key: string, prefix: string): number {
  return Number(key.slice(prefix.length));
}

function readOffset(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  const offset = reader.u64();
  reader.end();
  return offset;
}

function decidedKey(n: number): string {
  return `${DECIDED}${n.toString().padStart(16, '0')}`;
}

function encodeVerdict({ digest, verdict, reason, dryRun, decidedMs, certificate }: Verdict): Uint8Array {
  const writer = new ByteWriter(1024);
  const outcome = verdict === 'APPROVED' ? 'APPROVED' : 'REJECTED';
  writeItem(writer, { offset: certificate.proposalOffset, digest, verdict: outcome, reason, dryRun, decidedMs });
  writer.u64(certificate.view).u64(certificate.height).raw(certificate.parent).u64(certificate.blockView);
  writer.raw(certificate.itemsRoot).u32(certificate.itemCount).u32(certificate.itemIndex);
  writer.u32(certificate.itemPath.length);
  for (const hash of certificate.itemPath) writer.raw(hash);
  writeSignatures(writer, certificate.signatures);
  return writer.finish();
}

function decodeVerdict(instance: Instance, bytes: Uint8Array): Verdict {
  const reader = new ByteReader(bytes);
  const { offset, digest, verdict, reason, dryRun, decidedMs } = readItem(reader);
  const certificate = {
    protocol: instance.protocol,
    instance: instance.name,
    validatorSet: buffer(instance.set.hash),
    view: reader.u64(),
    height: reader.u64(),
    parent: buffer(reader.hash()),
    blockView: reader.u64(),
    itemsRoot: buffer(reader.hash()),
    itemCount: reader.u32(),
    itemIndex: reader.u32(),
    itemPath: Array.from({ length: reader.u32() }, () => buffer(reader.raw(HASH_BYTES))),
    proposalOffset: offset,
    signatures: readSignatures(reader).map((vote) => ({ ...vote, signature: buffer(vote.signature) })),
  };
  reader.end();
  return { digest, verdict, reason, dryRun, decidedMs, certificate };
}
