/** The lemmas of weighted/README.md about reputation: what it is a function of, and what a minority can do to it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter, sha256 } from '../../../src/consensus/encoding.ts';
import { createStanding, recordFailure } from '../../../src/consensus/hotstuff/reputation.ts';
import { WeightedElectorate } from '../../../src/consensus/weighted/electorate.ts';
import { POINTS_MAX } from '../../../src/consensus/weighted/reputation.ts';
import { createWeights } from '../../../src/consensus/weighted/weights.ts';

const standings = (n: number) => Array.from({ length: n }, createStanding);
const electorate = (n: number, f = Math.floor((n - 1) / 3)) =>
  new WeightedElectorate(createWeights(n, f), standings(n));

const sizes = fc.integer({ min: 4, max: 20 });
/** Who signed, height by height, for n validators. */
const histories = (n: number, heights = 40) =>
  fc.array(
    fc.shuffledSubarray(
      Array.from({ length: n }, (_, i) => i),
      { minLength: 1 },
    ),
    { maxLength: heights },
  );

/** Feeds a history, with this many failed views in between. */
function feed(
  one: WeightedElectorate,
  history: readonly (readonly number[])[],
  failedViews: (height: number) => number,
) {
  for (const [i, signers] of history.entries()) {
    for (let k = failedViews(i + 1); k > 0; k--) one.onFailure(i + 1, k % one.weights.size);
    one.onCommit(i + 1, signers[0], signers);
  }
}

test('Lemma 4 (bound): after any history exactly 2f are heavy, and points stay from 0 to 16', () => {
  fc.assert(
    fc.property(
      sizes.chain((n) => fc.record({ n: fc.constant(n), history: histories(n) })),
      ({ n, history }) => {
        const one = electorate(n);
        feed(one, history, () => 0);
        expect(one.heavy).toHaveLength(one.weights.heavyCount);
        expect(new Set(one.heavy).size).toBe(one.weights.heavyCount);
        for (const held of one.points) expect(held >= 0 && held <= POINTS_MAX).toBe(true);
      },
    ),
  );
});

test('Lemma 5 (one weighing a height): views that fail change no weight, neither at their height nor later', () => {
  fc.assert(
    fc.property(
      sizes.chain((n) => fc.record({ n: fc.constant(n), history: histories(n), failures: fc.array(fc.nat(5)) })),
      ({ n, history, failures }) => {
        const [calm, rough] = [electorate(n), electorate(n)];
        feed(calm, history, () => 0);
        feed(rough, history, (height) => failures[height % (failures.length + 1)] ?? 0);
        expect(rough.heavy).toEqual(calm.heavy);
        expect(rough.points).toEqual(calm.points);
        const before = rough.heavy;
        rough.onFailure(history.length + 1, 0);
        expect(rough.heavy).toEqual(before);
      },
    ),
  );
});

test('Lemma 6 (agreed before used): the weights of a height do not depend on who signed the one below', () => {
  fc.assert(
    fc.property(
      sizes.chain((n) =>
        fc.record({ n: fc.constant(n), history: histories(n), last: fc.tuple(...[0, 1].map(() => histories(n, 1))) }),
      ),
      ({ n, history, last: [[a = [0]], [b = [1]]] }) => {
        const [one, other] = [electorate(n), electorate(n)];
        feed(one, [...history, a], () => 0);
        feed(other, [...history, b], () => 0);
        expect(one.heavy).toEqual(other.heavy);
        // But blocks on top of the two name what happened, and votes for one are no votes for the other.
        const head = sha256(Buffer.from('head'));
        const same = a.join() === b.join();
        expect(Buffer.compare(one.anchor(head), other.anchor(head)) === 0).toBe(same);
      },
    ),
  );
});

test('Lemma 7 (no demotion): one that signs every height, and is not waited for, ends up heavy, unless 2f others do as well', () => {
  fc.assert(
    fc.property(
      sizes.chain((n) => fc.record({ n: fc.constant(n), faithful: fc.nat(n - 1), history: histories(n) })),
      ({ n, faithful, history }) => {
        const one = electorate(n);
        const signing = [...history, ...Array.from({ length: 18 }, () => [])].map((signers) => [
          faithful,
          ...signers.filter((index) => index !== faithful),
          (faithful + 1) % n,
        ]);
        feed(one, signing, () => 0);
        if (one.heavy.includes(faithful)) return;
        for (const index of one.heavy) expect(one.points[index]).toBe(POINTS_MAX);
      },
    ),
  );
});

test('a heavy validator that falls silent is replaced within five heights by one that signs', () => {
  const one = electorate(5);
  feed(
    one,
    Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? [0, 1, 2] : [0, 2, 1])),
    () => 0,
  );
  expect(one.heavy).toEqual([0, 1]);
  feed(
    one,
    Array.from({ length: 5 }, () => [1, 2, 3, 4]),
    () => 0,
  );
  expect(one.heavy).toEqual([1, 2]);
});

test('a heavy validator that the others always wait for is replaced, though nothing is decided without it', () => {
  const one = electorate(6);
  expect(one.heavy).toEqual([0, 1]);
  feed(
    one,
    Array.from({ length: 4 }, () => [0, 2, 4, 3, 1]),
    () => 0,
  );
  expect(one.heavy).toEqual([0, 2]);
});

test('the heavy lead twice a round, in turns', () => {
  const one = electorate(4);
  expect(one.heavy).toEqual([0, 1]);
  expect([0, 1, 2, 3, 4, 5, 6].map((view) => one.leaderOf(view, 1))).toEqual([0, 1, 2, 3, 0, 1, 0]);
  expect([0, 1, 2, 3].map((leader) => one.patience(leader))).toEqual([1, 1, 0.5, 0.5]);
});

test('Lemma 8 (leaders): whoever fails, an honest validator leads after at most 2f views of one height', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(200)), fc.nat(1000), (f, history, view) => {
      const n = 3 * f + 1;
      const held = standings(n);
      const one = new WeightedElectorate(createWeights(n, f), held);
      for (const [i, index] of history.entries()) recordFailure(held, index % n, i >> 3);
      const height = history.length;
      const silent = new Set(Array.from({ length: f }, (_, i) => (i * 3) % n));
      let failed = 0;
      for (; silent.has(one.leaderOf(view + failed, height)); failed++) {
        one.onFailure(height, one.leaderOf(view + failed, height));
        if (failed > n) break;
      }
      expect(failed).toBeLessThanOrEqual(2 * f);
    }),
  );
});

test('its state can be written down and taken up again', () => {
  fc.assert(
    fc.property(
      sizes.chain((n) => fc.record({ n: fc.constant(n), history: histories(n), more: histories(n) })),
      ({ n, history, more }) => {
        const [one, other] = [electorate(n), electorate(n)];
        feed(one, history, () => 0);
        const writer = new ByteWriter();
        one.write(writer);
        const reader = new ByteReader(writer.finish());
        other.read(reader);
        reader.end();
        feed(one, more, () => 0);
        feed(other, more, () => 0);
        const head = sha256(Buffer.from('head'));
        expect(other.endorse(head)).toEqual(one.endorse(head));
        expect(other.points).toEqual(one.points);
      },
    ),
  );
});
