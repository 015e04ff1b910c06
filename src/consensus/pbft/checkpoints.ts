/**
 * Checkpoints (4.3): every so many heights a replica signs its state. A quorum's signatures make the checkpoint stable: the log below is
 * forgotten, and the state can be handed to whoever has missed it.
 */
import { isCount } from '../block.ts';
import { equalBytes, type Hash, sha256 } from '../encoding.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import type { Author } from './author.ts';
import { isSigned, type Judge } from './judge.ts';
import type { Log } from './log.ts';
import { CHECKPOINT, type CheckpointVote, type PbftVocabulary, type StableProof } from './message.ts';
import type { StateMachine } from './state.ts';

/** A stable checkpoint: its proof and the state. */
export interface Stable {
  readonly proof: StableProof;
  readonly state: Uint8Array;
}

export interface CheckpointsParts {
  readonly judge: Judge;
  readonly author: Author;
  readonly log: Log;
  readonly state: Pick<StateMachine, 'height' | 'encode'>;
  readonly outbox: Outbox<PbftVocabulary>;
}

export class Checkpoints {
  readonly #judge: Judge;
  readonly #author: Author;
  readonly #log: Log;
  readonly #state: Pick<StateMachine, 'height' | 'encode'>;
  readonly #outbox: Outbox<PbftVocabulary>;
  /** The last. Null: the beginning. */
  #stable: Stable | null = null;
  /** States after the heights at which a checkpoint was taken and is not stable yet. */
  readonly #states = new Map<number, { readonly state: Uint8Array; readonly digest: Hash }>();
  readonly #votes = new Map<number, (CheckpointVote | undefined)[]>();
  /** Height of a stable checkpoint that others have and this replica has not reached. */
  #missing = 0;

  constructor({ judge, author, log, state, outbox }: CheckpointsParts) {
    this.#judge = judge;
    this.#author = author;
    this.#log = log;
    this.#state = state;
    this.#outbox = outbox;
  }

  get stable(): Stable | null {
    return this.#stable;
  }

  /** A quorum has a state that this replica has not come to. */
  get isBehind(): boolean {
    return this.#missing > this.#state.height;
  }

  inspect(): { readonly missing: number; readonly stable: unknown; readonly votes: unknown } {
    return { missing: this.#missing, stable: this.#stable, votes: this.#votes };
  }

  /** To be called after each height. */
  takeWhenDue(): void {
    const { height } = this.#state;
    if (height % this.#judge.parameters.checkpointEvery !== 0) return;
    const state = this.#state.encode();
    const digest = sha256(state);
    this.#states.set(height, { state, digest });
    const vote = this.#author.checkpoint(height, digest);
    this.#outbox.say(vote);
    this.#count(vote);
  }

  onCheckpoint(message: CheckpointVote): Refusal {
    const { from, height, digest, signature } = message;
    const { low } = this.#log;
    const { checkpointEvery, window } = this.#judge.parameters;
    if (!isCount(height) || height <= low || height % checkpointEvery !== 0 || digest.length !== 32) return null;
    // One far ahead is remembered by nothing but a status: whoever is there has the proof and the state.
    if (height > low + 2 * window || this.#votes.get(height)?.[from] !== undefined) return null;
    const ballot = { phase: CHECKPOINT, height, view: 0, blockHash: digest };
    if (!isSigned(this.#judge, ballot, { voter: from, signature })) return 'BAD_SIGNATURE';
    this.#count(message);
    return null;
  }

  /** A quorum has this state. Without it, this replica must be told: by blocks, or by the state itself. */
  learn(proof: StableProof): void {
    if (proof.height <= this.#log.low) return;
    const own = this.#states.get(proof.height);
    if (own === undefined || !equalBytes(own.digest, proof.digest)) {
      if (this.#state.height < proof.height) this.#missing = Math.max(this.#missing, proof.height);
      return;
    }
    this.keep({ proof, state: own.state });
  }

  /** `stable` is proved, above the last, and executed or taken over. */
  keep(stable: Stable): void {
    this.#stable = stable;
    this.#outbox.persist({ type: 'stable', ...stable });
    const { height: low } = stable.proof;
    this.#log.advance(low);
    for (const map of [this.#states, this.#votes]) {
      for (const height of map.keys()) if (height <= low) map.delete(height);
    }
  }

  /** Its own votes that one who has executed through `height` may lack. */
  *ownFor(height: number): Iterable<CheckpointVote> {
    for (const votes of this.#votes.values()) {
      const own = votes[this.#author.index];
      if (own !== undefined && own.height + this.#judge.parameters.window > height) yield own;
    }
  }

  /** It was on disk. */
  recover(stable: Stable): void {
    this.#stable = stable;
    this.#log.advance(stable.proof.height);
  }

  #count(vote: CheckpointVote): void {
    const { height, digest, from } = vote;
    let votes = this.#votes.get(height);
    if (votes === undefined) {
      votes = [];
      this.#votes.set(height, votes);
    }
    votes[from] = vote;
    const alike = votes.flatMap((other) =>
      other !== undefined && equalBytes(other.digest, digest)
        ? [{ voter: other.from, signature: other.signature }]
        : [],
    );
    if (alike.length < this.#judge.quorum && !this.#judge.rules.mayTrustState(false)) return;
    this.learn({ height, digest, signatures: alike });
  }
}
