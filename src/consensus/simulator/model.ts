/** What the simulator must know of a protocol in order to run it, lie in it and judge it. One file a protocol in models/. */
import type { Block } from '../block.ts';
import type { Machine, Vocabulary } from '../core.ts';
import type { Instance } from '../instance.ts';
import type { SignatureScheme, Signer } from '../signature.ts';
import type { Random } from './random.ts';

/** What there is when a run begins. */
export interface World {
  readonly instance: Instance;
  readonly scheme: SignatureScheme;
  /** By index in instance.set.validators. */
  readonly signers: readonly Signer[];
  /** For the run's parameters, drawn once in `begin`; nothing may be drawn later. */
  readonly random: Random;
  /** First timeout of a view. ms */
  readonly timeoutMs: number;
  /** Name of the planted bug; null: none. */
  readonly bug: string | null;
  /** One run in twenty; absent: no. What costs as much as a replica may read along, and hashes are sha256. */
  readonly isThorough?: boolean;
}

/** A signed vote, as the checkers compare it. */
export interface CastVote {
  readonly voter: number;
  /** What an honest replica casts one vote for: height, view, phase, incarnation, in any fixed spelling. */
  readonly slot: string;
  /** What it voted for. */
  readonly value: string;
  /** Set where a quorum of such votes decides a height: no two values may ever get one. */
  readonly decides?: number;
}

export interface Saying<M> {
  readonly message: M;
  readonly to?: number;
}

/** What a liar has at hand. It signs with its own key only. */
export interface LieTools<V extends Vocabulary> {
  readonly random: Random;
  readonly index: number;
  readonly replicas: number;
  readonly machine: Machine<V>;
  /** What was said lately, by anyone. */
  readonly heard: readonly V['message'][];
  /** The message with all of its signatures made anew that are the liar's own; as it is where there are no bytes to sign, of a height below 0 for instance. */
  readonly resigned: (message: V['message']) => V['message'];
}

/** What a liar says where an honest replica would have said `saying`. */
export type Lie<V extends Vocabulary> = (
  saying: Saying<V['message']>,
  tools: LieTools<V>,
) => readonly Saying<V['message']>[];

/** Watches a run for what only this protocol promises. Each method may report; all are optional. */
export interface Watch<V extends Vocabulary> {
  onSaid?(speaker: number, isHonest: boolean, message: V['message']): void;
  /** A log took the record; `isHonest`: of whoever put it there. */
  onAppended?(position: number, message: V['message'], isHonest: boolean): void;
  onCommitted?(replica: number, block: Block, proof: V['proof']): void;
  onProposal?(offset: number, value: Uint8Array): void;
  /** All is decided. `machines`: of the honest replicas. */
  onEnd?(log: readonly V['message'][], machines: readonly Machine<V>[]): void;
  /** Whether it still waits for something that must come. */
  isWaiting?(): boolean;
}

export interface Recovered<V extends Vocabulary> {
  readonly index: number;
  /** What reached the disk, in order. */
  readonly records: readonly V['record'][];
  /** The log as it is now; empty on links. */
  readonly log: readonly V['message'][];
}

/** A protocol with its parameters, keys and planted bug: what one run needs. */
export interface Cast<V extends Vocabulary> {
  create(recovered: Recovered<V>): Machine<V>;
  /** Where `machine` wants to read the log and the proposals from, just after it was made; 0 unless given. */
  resume?(machine: Machine<V>): { readonly position: number; readonly offset: number };
  /** On a log: whether machines that share the speaker's process are told at once, as in production; no unless given. */
  isForwarded?(message: V['message']): boolean;
  votes(message: V['message']): readonly CastVote[];
  /** Why `proof` does not prove that `block` was decided, counted afresh and not by the protocol's own code; null when it does. */
  refuteProof(block: Block, proof: V['proof']): string | null;
  /** Who is guilty, or null when the evidence proves nothing. */
  culprit(evidence: V['evidence']): number | null;
  /** A message, which may say anything, with the signatures that this replica's key can make. May throw ConsensusError BAD_ENCODING. */
  resigned(index: number, message: V['message']): V['message'];
  /** The protocol's own lies, beside those of liars.ts. */
  readonly lies: Readonly<Record<string, Lie<V>>>;
  /** One line about a message, for the schedule that is told of a failed run. */
  describe(message: V['message']): string;
  /** Whether the watch looks for votes cast twice, so that the checkers need not. */
  readonly watchesVotes?: boolean;
  /** `random` is the watch's own. */
  watch?(report: (violation: string) => void, random: Random): Watch<V>;
}

export interface Model<V extends Vocabulary> {
  readonly protocol: string;
  readonly channel: 'links' | 'log';
  /** Twins and liars are drawn only where they are tolerated. */
  readonly tolerates: 'crashes' | 'lies';
  readonly bugs: readonly string[];
  /** Names of the protocol's own lies. */
  readonly lies: readonly string[];
  begin(world: World): Cast<V>;
}

/** A model whose words are of no concern to whoever only runs it. */
export interface AnyModel {
  readonly protocol: string;
  readonly tolerates: 'crashes' | 'lies';
  readonly channel: 'links' | 'log';
  readonly bugs: readonly string[];
  readonly lies: readonly string[];
  /** Calls `use` with the model, whatever its words. */
  with<R>(use: <V extends Vocabulary>(model: Model<V>) => R): R;
}

export function anyModel<V extends Vocabulary>(model: Model<V>): AnyModel {
  const { protocol, tolerates, channel, bugs, lies } = model;
  return { protocol, tolerates, channel, bugs, lies, with: (use) => use(model) };
}
