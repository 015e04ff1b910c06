/**
 * Finds where a starting validator can take up. A checkpoint is the log up to `through`, worked out; it is believed when this
 * validator wrote it itself, or when f + 1 validators wrote the same, one of whom is honest. Reading then goes on at
 * `through` + 1, so an old checkpoint, or an old one appended again by a stranger, costs time and nothing else.
 */
import { hex } from './encoding.ts';
import type { Instance } from './instance.ts';
import { type Checkpoint, hashState, isSigned, type Message, says } from './message.ts';
import type { SignatureScheme } from './signature.ts';

export interface CheckpointFound {
  readonly through: number;
  readonly height: number;
  readonly state: Uint8Array;
  /** Where to read aura.proposals from; null when only others' checkpoints were found (their word on that binds nobody). */
  readonly proposalsFrom: number | null;
}

interface Held {
  readonly checkpoint: Checkpoint;
  /** Null while nobody has asked. */
  stateHash: string | null;
}

export class CheckpointTracker {
  readonly #instance: Instance;
  readonly #scheme: SignatureScheme;
  readonly #self: string | null;
  /** The two latest of each validator: a quorum that is one checkpoint behind the fastest is found all the same. */
  readonly #latest = new Map<string, readonly Held[]>();

  /** `self`: the validator whose own word is enough; null for a learner. */
  constructor(instance: Instance, scheme: SignatureScheme, self: string | null) {
    this.#instance = instance;
    this.#scheme = scheme;
    this.#self = self;
  }

  /** Hand in every record of the log from its earliest; all but checkpoints are passed over. Returns whether it was one that counts. */
  observe(position: number, message: Message): boolean {
    if (!says(message, 'checkpoint')) return false;
    const { body, validator } = message;
    if (message.instance !== this.#instance.name || body.through >= position) return false;
    const held = this.#latest.get(validator) ?? [];
    if (held.some(({ checkpoint }) => checkpoint.through >= body.through)) return false;
    if (!isSigned(this.#instance, this.#scheme, message)) return false;
    this.#latest.set(validator, [{ checkpoint: body, stateHash: null }, ...held.slice(0, 1)]);
    return true;
  }

  /** The latest checkpoint to be believed, or null. */
  best(): CheckpointFound | null {
    const own = this.#self === null ? undefined : this.#latest.get(this.#self)?.[0]?.checkpoint;
    const stable = this.#stable();
    if (own !== undefined && (stable === null || own.through >= stable.through)) return found(own, own.proposalsFrom);
    return stable === null ? null : found(stable, own?.proposalsFrom ?? null);
  }

  /** Offset through which the log may be deleted: anyone can start without it. -1 when nothing may be. */
  get stableThrough(): number {
    return this.#stable()?.through ?? -1;
  }

  #stable(): Checkpoint | null {
    const votes = new Map<string, number>();
    let best: Checkpoint | null = null;
    for (const held of this.#latest.values()) {
      for (const one of held) {
        const { checkpoint } = one;
        one.stateHash ??= hex(hashState(checkpoint.state));
        const key = `${checkpoint.through} ${checkpoint.height} ${one.stateHash}`;
        const count = (votes.get(key) ?? 0) + 1;
        votes.set(key, count);
        if (count > this.#instance.set.faulty && (best === null || checkpoint.through > best.through))
          best = checkpoint;
      }
    }
    return best;
  }
}

function found({ through, height, state }: Checkpoint, proposalsFrom: number | null): CheckpointFound {
  return { through, height, state, proposalsFrom };
}
