/** The lemmas of weighted/README.md that rest on arithmetic, tried for every set of validators up to 28 and every number of liars. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { createWeights, type Weights } from '../../../src/consensus/weighted/weights.ts';

function* all(): Generator<Weights> {
  for (let size = 1; size <= 28; size++) {
    for (let faulty = 0; 3 * faulty < size; faulty++) yield createWeights(size, faulty);
  }
}

/** Weight of `heavies` heavy and `lights` other votes. */
const weigh = ({ heavy, light }: Weights, heavies: number, lights: number) => heavies * heavy + lights * light;

/** Every kind of set that binds: so many of the heavy, so many of the others. */
function* binding(weights: Weights): Generator<readonly [heavies: number, lights: number]> {
  for (let heavies = 0; heavies <= weights.heavyCount; heavies++) {
    for (let lights = 0; lights <= weights.size - weights.heavyCount; lights++) {
      if (heavies + lights >= weights.heads && weigh(weights, heavies, lights) >= weights.quorum)
        yield [heavies, lights];
    }
  }
}

test('Lemma 1 (intersection): two sets that bind share f + 1 validators, whoever is heavy', () => {
  let pairs = 0;
  for (const weights of all()) {
    const kinds = [...binding(weights)];
    for (const [h1, l1] of kinds) {
      for (const [h2, l2] of kinds) {
        // The two sets laid out so that they share as little as can be.
        const heavies = Math.max(0, h1 + h2 - weights.heavyCount);
        const lights = Math.max(0, l1 + l2 - (weights.size - weights.heavyCount));
        if (weigh(weights, heavies, lights) <= weights.faultyMax || heavies + lights <= weights.faulty)
          expect.fail(`${JSON.stringify(weights)}: ${[h1, l1]} and ${[h2, l2]} share ${[heavies, lights]}`);
        pairs++;
      }
    }
  }
  expect(pairs).toBeGreaterThan(1000);
});

test('Lemma 1, the same with sets drawn at random', () => {
  const weightsAndSets = fc.integer({ min: 1, max: 60 }).chain((size) =>
    fc.record({
      weights: fc.integer({ min: 0, max: Math.floor((size - 1) / 3) }).map((faulty) => createWeights(size, faulty)),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, i) => i),
        { minLength: size },
      ),
      sets: fc.tuple(...[0, 1].map(() => fc.shuffledSubarray(Array.from({ length: size }, (_, i) => i)))),
    }),
  );
  fc.assert(
    fc.property(weightsAndSets, ({ weights, order, sets }) => {
      const heavy = new Set(order.slice(0, weights.heavyCount));
      const held = (members: readonly number[]) =>
        members.reduce((sum, index) => sum + (heavy.has(index) ? weights.heavy : weights.light), 0);
      const [first, second] = sets;
      fc.pre(held(first) >= weights.quorum && held(second) >= weights.quorum);
      expect(first.filter((index) => second.includes(index)).length).toBeGreaterThan(weights.faulty);
    }),
  );
});

test('Lemma 2 (availability): any n - f validators bind, whoever is heavy', () => {
  for (const weights of all()) {
    const { size, faulty, heavyCount } = weights;
    for (let silentHeavies = 0; silentHeavies <= Math.min(faulty, heavyCount); silentHeavies++) {
      const heavies = heavyCount - silentHeavies;
      expect(weigh(weights, heavies, size - faulty - heavies)).toBeGreaterThanOrEqual(weights.quorum);
    }
  }
});

test('Lemma 3 (honest support): fewer than 2f + 1 heads never weigh enough, and 2f + 1 may', () => {
  for (const weights of all()) {
    const most = weigh(weights, Math.min(weights.heavyCount, 2 * weights.faulty), 0);
    expect(most).toBeLessThan(weights.quorum);
    if (weights.faulty === 0) continue;
    expect(weigh(weights, 2 * weights.faulty, 1)).toBeGreaterThanOrEqual(weights.quorum);
  }
});

test('with n = 3f + 1 all votes weigh the same, and 2f + 1 of them bind: reputation can make no quorum smaller', () => {
  for (let faulty = 1; faulty <= 13; faulty++) {
    const weights = createWeights(3 * faulty + 1, faulty);
    expect(weights.heavy).toBe(weights.light);
    expect(Math.ceil(weights.quorum / weights.light)).toBe(2 * faulty + 1);
  }
});

test('with nobody heavy by more than the others, as many bind as in HotStuff: with the worst reputations, at most all n - f', () => {
  for (const weights of all()) {
    const keys = Array.from({ length: weights.size }, (_, i) => new Uint8Array(32).fill(i));
    const set = createValidatorSet(keys.map((publicKey, i) => ({ id: `v${i}`, publicKey })));
    if (set.faulty !== weights.faulty) continue;
    const fewest = Math.min(...Array.from(binding(weights), ([heavies, lights]) => heavies + lights));
    expect(fewest).toBeLessThanOrEqual(set.quorum);
  }
});

test('more liars than a set can bear, or a part of one, are refused', () => {
  expect(() => createWeights(4, 2)).toThrow('BAD_PARAMETER');
  expect(() => createWeights(7, -1)).toThrow('BAD_PARAMETER');
  expect(() => createWeights(7, 0.5)).toThrow('BAD_PARAMETER');
});
