/** Messages from heights that this process has not come to: that it is behind, and those of the very next one, kept until it is there. */
import type { Refusal } from '../outbox.ts';
import type { Chain } from './chain.ts';
import { isProposalSigned, isVoteSigned, type Judge } from './judge.ts';
import type { Proposal, Vote } from './message.ts';

/** Messages of the next height that are kept, by sender. */
const KEPT = 8;

export class Early {
  readonly #judge: Judge;
  readonly #chain: Pick<Chain, 'height'>;
  /** Of the height after the one being decided, by sender. */
  #messages = new Map<number, (Proposal | Vote)[]>();
  /** A height that others were heard at. */
  #ahead = 0;

  constructor(judge: Judge, chain: Pick<Chain, 'height'>) {
    this.#judge = judge;
    this.#chain = chain;
  }

  /** Others have decided what this process has not. */
  get isBehind(): boolean {
    return this.#ahead > this.#chain.height;
  }

  /** From somebody who decides a later height: this process has missed something. */
  onAhead(message: Proposal | Vote): Refusal {
    const { from, height } = message;
    const latest = this.#chain.height + 2;
    if (height <= this.#ahead && height > latest) return null;
    const isSigned =
      message.type === 'proposal' ? isProposalSigned(this.#judge, message) : isVoteSigned(this.#judge, message);
    if (!isSigned) return 'BAD_SIGNATURE';
    this.#ahead = Math.max(this.#ahead, height - 1);
    if (height > latest) return null;
    const kept = this.#messages.get(from) ?? [];
    if (kept.length < KEPT) this.#messages.set(from, [...kept, message]);
    return null;
  }

  /** The height before theirs is decided: they are due. */
  take(): readonly (Proposal | Vote)[] {
    const due = [...this.#messages.values()].flat();
    this.#messages = new Map();
    return due;
  }

  inspect(): { readonly ahead: number; readonly messages: unknown } {
    return { ahead: this.#ahead, messages: [...this.#messages] };
  }
}
