/** Planted bugs: each breaks one rule, and the checkers must notice. A checker that has never seen a bug has not been tested. */
import { RULES, type Rules } from '../hotstuff/rules.ts';

export interface PlantedBug {
  readonly protocol: 'hotstuff';
  readonly bug: string;
  readonly rules: Rules;
}

function plant(bug: string, broken: Partial<Rules>): PlantedBug {
  return { protocol: 'hotstuff', bug, rules: { ...RULES, ...broken } };
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  plant('quorum-one-short', { quorum: (set) => set.quorum - 1 }),
  plant('quorum-waits-for-all', { quorum: (set) => set.size }),
  plant('lock-not-checked', { extendsLock: () => true }),
  plant('votes-after-timeout', { mayVote: (view, lastVoted) => view > lastVoted }),
  plant('votes-again', { mayVote: (view, _lastVoted, lastTimedOut) => view > lastTimedOut }),
  plant('signer-counted-twice', { mayCount: () => true }),
  plant('decides-again', { mayDecide: () => true }),
  plant('void-incarnation-counts', { mayCountIncarnation: (current, claimed) => claimed > 0 && claimed <= current }),
  plant('votes-before-reading-its-own', { mayActivate: () => true }),
  plant('validity-not-checked', { mayApprove: () => true }),
  plant('signature-not-checked', { mayBelieve: () => true }),
];
