/** Planted bugs: each breaks one rule of a protocol, and the checkers must notice. A checker that has never seen a bug has not been tested. */
import { MODELS } from './models.ts';

export interface PlantedBug {
  readonly protocol: string;
  readonly bug: string;
}

export const PLANTED_BUGS: readonly PlantedBug[] = Object.entries(MODELS).flatMap(([protocol, { bugs }]) =>
  bugs.map((bug) => ({ protocol, bug })),
);
