/**
 * The records of aura.consensus: an envelope and a body. Anyone may append anything; only the signature says who speaks.
 * What a signature covers is spelled out in `statement`, in the encoding of encoding.ts.
 */
import { type Block, isCount } from './block.ts';
import type { Certificate } from './certificate.ts';
import { ByteWriter, equalBytes, HASH_BYTES, type Hash, sha256 } from './encoding.ts';
import type { Instance } from './instance.ts';
import type { Claim, SignatureScheme, Signer } from './signature.ts';

/** PREPARE is the first vote of a view, COMMIT the second. */
export type Phase = 'PREPARE' | 'COMMIT';

export const NONCE_BYTES = 16;

/** What a vote's statement begins with. */
const VOTE = new ByteWriter(16).text('aura.vote').finish();
/** Bytes of incarnation, phase, view and hash. */
const VOTE_FIELDS = 8 + 1 + 8 + HASH_BYTES;

/** Names a certificate that the log holds, vote by vote. */
export interface CertificateRef {
  readonly view: number;
  readonly blockHash: Hash;
}

/** A validator starts: from here on its earlier incarnations are void. */
export interface Incarnation {
  readonly type: 'incarnation';
  /** Drawn by the starting process, 16 bytes; it knows its own record by it. */
  readonly nonce: Uint8Array;
}

/** The leader's block. It is at the same time the leader's PREPARE vote: the signature is of that vote. */
export interface Proposal {
  readonly type: 'proposal';
  readonly view: number;
  readonly block: Block;
  /** The highest certificate known: of the block itself where it is proposed again, else of the block below; null at the start. */
  readonly justify: CertificateRef | null;
}

export interface Vote {
  readonly type: 'vote';
  readonly phase: Phase;
  readonly view: number;
  readonly blockHash: Hash;
}

export type TimeoutCause = 'TIMER' | 'JOINED' | 'REFUSED';

/** By their numbers in statements. */
const CAUSES: readonly TimeoutCause[] = ['TIMER', 'JOINED', 'REFUSED'];

/** The sender votes no more in this view. */
export interface Timeout {
  readonly type: 'timeout';
  readonly view: number;
  /** The sender's highest certificate; null at the start. */
  readonly high: CertificateRef | null;
  /** Its own timer, f + 1 others, or a verdict it does not share. */
  readonly cause: TimeoutCause;
}

/** What the log up to and with `through` amounts to. Trusted by its author; by others when f + 1 authors agree. */
export interface Checkpoint {
  readonly type: 'checkpoint';
  /** Offset in aura.consensus of the last record taken in. */
  readonly through: number;
  readonly height: number;
  readonly view: number;
  readonly blockHash: Hash;
  /** Commit certificate of the block at `height`. */
  readonly certificate: Certificate;
  /** Offset in aura.proposals from which the author still has proposals open. */
  readonly proposalsFrom: number;
  /** The protocol's state, encoded: a function of the log alone. */
  readonly state: Uint8Array;
}

export type Body = Incarnation | Proposal | Vote | Timeout | Checkpoint;

export interface Message {
  readonly instance: string;
  /** Id of the sender. */
  readonly validator: string;
  /** Which start of the sender this is, from 1. */
  readonly incarnation: number;
  readonly body: Body;
  readonly signature: Uint8Array;
}

/** A message whose body is of type `T`. */
export type MessageOf<T extends Body['type']> = Message & { readonly body: Extract<Body, { readonly type: T }> };

let voteOpeningOf: Instance | null = null;
let voteOpened: Uint8Array = VOTE;

/** What the statements of an instance's votes begin with, of the instance that was asked for last. */
function voteOpening(instance: Instance): Uint8Array {
  if (voteOpeningOf !== instance) {
    voteOpened = new ByteWriter(VOTE.length + instance.domain.length).raw(VOTE).raw(instance.domain).finish();
    voteOpeningOf = instance;
  }
  return voteOpened;
}

interface Stated {
  readonly instance: Instance;
  readonly incarnation: number;
  readonly view: number;
  readonly blockHash: Hash;
  readonly bytes: Uint8Array;
}

/**
 * The latest statements, by phase, incarnation and block: the votes of a view say the same, but for validators that have started more or less
 * often, and for those who vote twice.
 */
const STATED = 16;
const statedPrepare = new Array<Stated | null>(STATED).fill(null);
const statedCommit = new Array<Stated | null>(STATED).fill(null);

/** The bytes of a vote's signature; a certificate is a set of signatures over these, alike but for the incarnation. */
export function voteStatement(
  instance: Instance,
  incarnation: number,
  phase: Phase,
  view: number,
  blockHash: Hash,
): Uint8Array {
  const stated = phase === 'PREPARE' ? statedPrepare : statedCommit;
  const place = (incarnation + (blockHash[0] ?? 0)) % STATED;
  const known = stated[place] ?? null;
  if (
    known !== null &&
    known.instance === instance &&
    known.incarnation === incarnation &&
    known.view === view &&
    known.blockHash === blockHash
  )
    return known.bytes;
  const opening = voteOpening(instance);
  const bytes = new ByteWriter(opening.length + VOTE_FIELDS)
    .raw(opening)
    .u64(incarnation)
    .u8(phase === 'PREPARE' ? 1 : 2)
    .u64(view)
    .raw(blockHash)
    .finish();
  stated[place] = { instance, incarnation, view, blockHash, bytes };
  return bytes;
}

/** The bytes a message's signature covers. `blockHash` is the hash of a proposal's block, computed by the caller. */
export function statement(
  instance: Instance,
  validator: string,
  incarnation: number,
  body: Body,
  blockHash?: Hash,
): Uint8Array {
  switch (body.type) {
    case 'proposal':
      if (blockHash === undefined) throw new TypeError('the hash of a proposal is needed for its statement');
      return voteStatement(instance, incarnation, 'PREPARE', body.view, blockHash);
    case 'vote':
      return voteStatement(instance, incarnation, body.phase, body.view, body.blockHash);
    case 'incarnation':
      return open('aura.incarnation', instance, validator, incarnation).blob(body.nonce).finish();
    case 'timeout': {
      const writer = open('aura.timeout', instance, validator, incarnation).u64(body.view);
      writer.u8(CAUSES.indexOf(body.cause));
      if (body.high === null) return writer.u8(0).finish();
      return writer.u8(1).u64(body.high.view).raw(body.high.blockHash).finish();
    }
    case 'checkpoint':
      return open('aura.checkpoint', instance, validator, incarnation)
        .u64(body.through)
        .u64(body.height)
        .u64(body.view)
        .raw(body.blockHash)
        .u64(body.proposalsFrom)
        .raw(hashState(body.state))
        .finish();
  }
}

let hashedState: { readonly state: Uint8Array; readonly hash: Hash } | null = null;

/** sha256 of a checkpoint's state, kept of the latest: it is asked for when the checkpoint is signed, and again when it is read, by each validator. */
export function hashState(state: Uint8Array): Hash {
  if (hashedState === null || !equalBytes(hashedState.state, state)) hashedState = { state, hash: sha256(state) };
  return hashedState.hash;
}

/** What statements begin with, by the validator's index, of the instance that was asked for last. */
const openings = new Map<string, (Uint8Array | undefined)[]>();
let openingsOf: Instance | null = null;

function open(domain: string, instance: Instance, validator: string, incarnation: number): ByteWriter {
  if (openingsOf !== instance) openings.clear();
  openingsOf = instance;
  const opening = openingOf(domain, instance, validator);
  return new ByteWriter(opening.length + 64).raw(opening).u64(incarnation);
}

function openingOf(domain: string, instance: Instance, validator: string): Uint8Array {
  let byIndex = openings.get(domain);
  if (byIndex === undefined) {
    byIndex = [];
    openings.set(domain, byIndex);
  }
  const index = instance.set.indexOf(validator);
  const known = byIndex[index];
  if (known !== undefined) return known;
  const opening = new ByteWriter(256).text(domain).raw(instance.domain).text(validator).finish();
  if (index >= 0) byIndex[index] = opening;
  return opening;
}

/**
 * A message as it is made or read. It remembers whether it was found to be signed, and who sent it, as it was last asked: the replicas of a
 * process, and the learner, ask the same of the same object. A copy of its fields remembers nothing.
 */
class KnownMessage implements Message {
  readonly instance: string;
  readonly validator: string;
  readonly incarnation: number;
  readonly body: Body;
  readonly signature: Uint8Array;
  /** The body's. Bodies differ in their fields, which makes each look at theirs a search. */
  readonly #type: Body['type'];
  #sentIn: Instance | null = null;
  #sender = -1;
  #askedIn: Instance | null = null;
  #askedOf: SignatureScheme | null = null;
  #answer = false;

  constructor(instance: string, validator: string, incarnation: number, body: Body, signature: Uint8Array) {
    this.instance = instance;
    this.validator = validator;
    this.incarnation = incarnation;
    this.body = body;
    this.signature = signature;
    this.#type = body.type;
  }

  static says(message: Message, type: Body['type']): boolean {
    return (#type in message ? message.#type : message.body.type) === type;
  }

  static senderOf(instance: Instance, message: Message): number {
    if (!(#sender in message)) return instance.set.indexOf(message.validator);
    if (message.#sentIn !== instance) {
      message.#sender = instance.set.indexOf(message.validator);
      message.#sentIn = instance;
    }
    return message.#sender;
  }

  static isSigned(instance: Instance, scheme: SignatureScheme, message: Message, blockHash?: Hash): boolean {
    if (!(#answer in message)) return isSignedAnew(instance, scheme, message, blockHash);
    if (message.#askedIn === instance && message.#askedOf === scheme) return message.#answer;
    const answer = isSignedAnew(instance, scheme, message, blockHash);
    message.#askedIn = instance;
    message.#askedOf = scheme;
    message.#answer = answer;
    return answer;
  }
}

export function createMessage({ instance, validator, incarnation, body, signature }: Message): Message {
  return new KnownMessage(instance, validator, incarnation, body, signature);
}

/** Whether the message's body is of this type. */
export function says<T extends Body['type']>(message: Message, type: T): message is MessageOf<T> {
  return KnownMessage.says(message, type);
}

/** Index of the validator that the message names, signed by it or not; -1 for a stranger. */
export function senderOf(instance: Instance, message: Message): number {
  return KnownMessage.senderOf(instance, message);
}

/**
 * Whether the validator that the message names signed it. The one way to believe a record: it never throws, whatever a stranger
 * put there (a negative number has no statement, so nobody can have signed it). `blockHash`: that of a proposal's block.
 */
export function isSigned(instance: Instance, scheme: SignatureScheme, message: Message, blockHash?: Hash): boolean {
  return KnownMessage.isSigned(instance, scheme, message, blockHash);
}

function isSignedAnew(instance: Instance, scheme: SignatureScheme, message: Message, blockHash?: Hash): boolean {
  const claim = claimOf(instance, message, blockHash);
  return claim !== null && scheme.verify(claim.publicKey, claim.message, claim.signature);
}

/** What the message's signature should be of; null where nobody can have signed it. `blockHash`: that of a proposal's block. */
export function claimOf(instance: Instance, message: Message, blockHash?: Hash): Claim | null {
  const { validator, incarnation, body, signature } = message;
  const index = senderOf(instance, message);
  if (index < 0 || message.instance !== instance.name || !isCount(incarnation) || !hasStatement(body)) return null;
  const { publicKey } = instance.set.validators[index];
  return { publicKey, message: statement(instance, validator, incarnation, body, blockHash), signature };
}

function hasStatement(body: Body): boolean {
  switch (body.type) {
    case 'incarnation':
      return body.nonce.length === NONCE_BYTES;
    case 'proposal':
      return isCount(body.view);
    case 'vote':
      return isCount(body.view) && body.blockHash.length === HASH_BYTES;
    case 'timeout':
      return isCount(body.view) && (body.high === null || isRef(body.high));
    case 'checkpoint': {
      const { through, height, view, proposalsFrom, blockHash } = body;
      return [through, height, view, proposalsFrom].every(isCount) && blockHash.length === HASH_BYTES;
    }
  }
}

function isRef({ view, blockHash }: CertificateRef): boolean {
  return isCount(view) && blockHash.length === HASH_BYTES;
}

/** A signed message. `blockHash` is needed for a proposal. */
export function signMessage(
  instance: Instance,
  signer: Signer,
  validator: string,
  incarnation: number,
  body: Body,
  blockHash?: Hash,
): Message {
  const signature = signer.sign(statement(instance, validator, incarnation, body, blockHash));
  return new KnownMessage(instance.name, validator, incarnation, body, signature);
}
