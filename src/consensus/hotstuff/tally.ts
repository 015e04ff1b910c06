/** The votes of a view that count, in the order of the log. */
import type { VoteSignature } from '../certificate.ts';

/** Two arrays: maps, made anew for each view, cost several times as much as looking through the few that a view has. */
export class Tally {
  /** A vote's place is its voter's index; under a broken rule, that and a multiple of n. */
  readonly places: number[] = [];
  readonly votes: VoteSignature[] = [];

  get size(): number {
    return this.places.length;
  }

  has(place: number): boolean {
    return this.places.includes(place);
  }

  get(place: number): VoteSignature | undefined {
    return this.votes[this.places.indexOf(place)];
  }

  /** `place`: a new one. */
  add(place: number, vote: VoteSignature): void {
    this.places.push(place);
    this.votes.push(vote);
  }

  clear(): void {
    empty(this.places);
    empty(this.votes);
  }
}

/** One by one: that keeps the room for the next view's, which a length of 0 gives up. */
export function empty(array: unknown[]): void {
  while (array.length > 0) array.pop();
}
