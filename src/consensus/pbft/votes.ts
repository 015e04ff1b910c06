/**
 * Taking votes (4.2). A vote is kept as it comes, and its signature is looked at when it could complete a quorum, together with all
 * that it takes; README.md says why that is as safe as checking each.
 */
import { areBallotsSigned, type BallotCertificate, type BallotEquivocation } from '../ballot.ts';
import { isCount } from '../block.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import { isSigned, type Judge } from './judge.ts';
import type { Log } from './log.ts';
import type { PbftVocabulary, Phase, Vote } from './message.ts';
import type { Heard, Slot, Tally } from './slot.ts';
import type { CurrentView } from './view.ts';

/** What a voter may vote for once. */
interface Place {
  readonly voter: number;
  readonly phase: Phase;
  readonly height: number;
  readonly view: number;
}

type Signed = Pick<Heard, 'blockHash' | 'signature'>;

export interface VotesParts {
  readonly judge: Judge;
  /** Index of this replica. */
  readonly self: number;
  readonly view: CurrentView;
  readonly log: Log;
  readonly outbox: Outbox<PbftVocabulary>;
}

export class Votes {
  readonly #judge: Judge;
  readonly #self: number;
  readonly #view: CurrentView;
  readonly #log: Log;
  readonly #outbox: Outbox<PbftVocabulary>;

  constructor({ judge, self, view, log, outbox }: VotesParts) {
    this.#judge = judge;
    this.#self = self;
    this.#view = view;
    this.#log = log;
    this.#outbox = outbox;
  }

  /**
   * Keeps a vote. Its signature is looked at when it could complete a quorum (`hasQuorum`), and before that only where two votes of one voter
   * stand in each other's way: a forged vote must neither hide nor displace a real one.
   */
  onVote(message: Vote): Refusal {
    const { rules } = this.#judge;
    const current = this.#view.number;
    const { from, phase, height, view, blockHash, signature } = message;
    if (view < current || !this.#log.isInWindow(height) || blockHash.length !== 32 || !isCount(view)) return null;
    if (phase !== 'PREPARE' && phase !== 'COMMIT') return null;
    const slot = this.#log.at(height);
    const tally = slot.tallies[phase];
    const known = this.#inTheWay(tally, message);
    if (known !== undefined && known.view >= view) {
      if (known.view !== view) return null;
      if (!equalBytes(known.blockHash, blockHash)) {
        if (tally.accusedIn[from] === view) return null;
        if (this.accuse({ voter: from, phase, height, view }, known, message)) tally.accusedIn[from] = view;
      } else if (rules.mayCount(true)) tally.repeats++;
      return null;
    }
    // More than a quorum is not worth keeping.
    if (phase === 'PREPARE' ? slot.preparedIn >= view : slot.decided !== null) return null;
    const isChecked = !rules.mayKeepUnchecked(from === this.#self) || (known !== undefined && known.view >= current);
    if (isChecked && !isSigned(this.#judge, message, { voter: from, signature })) return 'BAD_SIGNATURE';
    tally.votes[from] = { view, blockHash, signature, isChecked };
    return null;
  }

  /** Whether a quorum voted for the block in this view. So many signatures as that takes are checked, all at once, and no more. */
  hasQuorum({ height, tallies }: Slot, phase: Phase, blockHash: Hash): boolean {
    const { instance, scheme, rules, quorum } = this.#judge;
    const view = this.#view.number;
    const tally = tallies[phase];
    while (tally.count(view, blockHash) >= quorum) {
      const missing = quorum - tally.countChecked(view, blockHash);
      if (missing <= 0) return true;
      const unchecked = tally.unchecked(view, blockHash, missing);
      const answers = areBallotsSigned(instance, scheme, { phase, height, view, blockHash }, unchecked);
      for (const [i, { voter, signature }] of unchecked.entries()) {
        const vote = { view, blockHash, signature, isChecked: false };
        this.#checked(tally, voter, vote, rules.mayBelieve(answers[i]));
      }
    }
    return false;
  }

  /** `hasQuorum` must hold. */
  certify({ height, tallies }: Slot, phase: Phase, blockHash: Hash): BallotCertificate {
    const view = this.#view.number;
    const signatures = tallies[phase].signatures(view, blockHash, this.#judge.quorum);
    return { phase, height, view, blockHash, signatures };
  }

  /** Two ballots for one place, the first of them known to be signed. False where the second is forged. */
  accuse({ voter, phase, height, view }: Place, known: Signed, other: Signed): boolean {
    const ballot = { phase, height, view, blockHash: other.blockHash };
    if (!isSigned(this.#judge, ballot, { voter, signature: other.signature })) return false;
    const evidence: BallotEquivocation = {
      instance: this.#judge.instance.name,
      voter,
      signature: known.signature,
      otherSignature: other.signature,
      ballots: [{ phase, height, view, blockHash: known.blockHash }, ballot],
    };
    this.#outbox.push({ type: 'equivocation', evidence });
    return true;
  }

  /** The voter's vote that is kept; one that is not the very same is checked first, and forgotten when it is forged. */
  #inTheWay(tally: Tally, { from, phase, height, view, blockHash, signature }: Vote): Heard | undefined {
    const known = tally.votes[from];
    if (known === undefined || this.#judge.rules.mayHide(known.isChecked) || known.view < this.#view.number)
      return known;
    const isSame =
      known.view === view && equalBytes(known.blockHash, blockHash) && equalBytes(known.signature, signature);
    if (isSame) return known;
    const ballot = { phase, height, view: known.view, blockHash: known.blockHash };
    const by = { voter: from, signature: known.signature };
    this.#checked(tally, from, known, isSigned(this.#judge, ballot, by));
    return tally.votes[from];
  }

  #checked(tally: Tally, voter: number, vote: Heard, isItSigned: boolean): void {
    tally.votes[voter] = isItSigned ? { ...vote, isChecked: true } : undefined;
    if (!isItSigned) this.#outbox.refuse('BAD_SIGNATURE');
  }
}
