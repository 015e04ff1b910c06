/** Byzantine behaviour that needs no knowledge of a protocol. Each protocol's model adds its own: two-faced votes, forged names, ... */
import type { Vocabulary } from '../core.ts';
import { garbled } from './garbling.ts';
import type { Lie } from './model.ts';

type AnyLie = <V extends Vocabulary>(...given: Parameters<Lie<V>>) => ReturnType<Lie<V>>;

/** One lie told over another. */
export function together<V extends Vocabulary>(lies: readonly Lie<V>[]): Lie<V> {
  if (lies.length === 1) return lies[0];
  return (saying, tools) => lies.reduce((sayings, lie) => sayings.flatMap((one) => lie(one, tools)), [saying]);
}

export const LIES: Readonly<Record<string, AnyLie>> = {
  /** Says nothing. */
  silent: () => [],

  /** Keeps back some of what it should say. */
  withholding: (saying, { random }) => (random.chance(0.5) ? [saying] : []),

  /** Says what it says to a few, and nothing to the others. */
  whispering: (saying, { random, index, replicas }) => {
    if (saying.to !== undefined) return random.chance(0.5) ? [saying] : [];
    const confidants = Array.from({ length: replicas }, (_, to) => to).filter(
      (to) => to !== index && random.chance(0.5),
    );
    return confidants.map((to) => ({ message: saying.message, to }));
  },

  /** Repeats what it and others said before. */
  stale: (saying, { random, heard }) =>
    heard.length === 0 ? [saying] : [saying, { message: random.pick(heard) }, { message: random.pick(heard) }],
};

/** Changes a field of what it says, and signs that. Told over another lie, in some runs. */
export const garbling: AnyLie = (saying, { random, heard, resigned }) =>
  random.chance(0.5) ? [saying] : [{ ...saying, message: resigned(garbled(saying.message, heard, random)) }];
