/** When what was processed is committed, in ms of a clock that the tests set. */
import { describe, expect, test } from 'vitest';
import type { TakenRecord } from '../../src/streams/execution.ts';
import type { OutRecord } from '../../src/streams/log.ts';
import { PendingCommit } from '../../src/streams/pending-commit.ts';

const order: OutRecord = { topic: 'order', partition: 0, key: null, value: null };

function pending() {
  const commit = new PendingCommit(100);
  return {
    commit,
    batch: (nowMs: number, records = 1) =>
      commit.add({ taken: Array<TakenRecord>(records), positions: [] }, nowMs, order, []),
    expected: (nowMs: number, inMs: number) => commit.addOutputs({ out: [], urgent: false, expectedInMs: inMs }, nowMs),
    urgent: (nowMs: number) => commit.addOutputs({ out: [order], urgent: true, expectedInMs: null }, nowMs),
  };
}

describe('a commit is due', () => {
  test('never while nothing is pending, at once for what somebody waits for or for much, else after the interval', () => {
    const { commit, batch, urgent } = pending();
    expect(commit.dueInMs(0)).toBe(Number.POSITIVE_INFINITY);
    batch(0);
    expect(commit.dueInMs(40)).toBe(60);
    batch(50); // the first one's time counts
    expect(commit.dueInMs(60)).toBe(40);
    urgent(70);
    expect(commit.dueInMs(70)).toBe(0);
    expect(commit.take()).toMatchObject({ out: [order], orders: [order, order] });
    expect(commit.dueInMs(70)).toBe(Number.POSITIVE_INFINITY);
    batch(80, 20_000);
    expect(commit.dueInMs(80)).toBe(0);
  });

  test('with the urgent one that is expected soon after the interval, or a little after that if it does not come', () => {
    const { commit, batch, expected } = pending();
    batch(0);
    expected(0, 140);
    expect(commit.dueInMs(90)).toBe(75);
    expect(commit.dueInMs(164)).toBe(1);
    expect(commit.dueInMs(165)).toBeLessThanOrEqual(0);
  });

  test('as ever where the expected is still far, or is over', () => {
    const far = pending();
    far.batch(0);
    far.expected(0, 160);
    expect(far.commit.dueInMs(90)).toBe(10);
    const over = pending();
    over.expected(0, 10);
    over.batch(40);
    expect(over.commit.dueInMs(40)).toBe(100);
  });

  test('by the next of several that are expected, whatever order they are told in', () => {
    for (const order of [
      [120, 900],
      [900, 120],
    ]) {
      const { commit, batch, expected } = pending();
      batch(0);
      for (const inMs of order) expected(0, inMs);
      expect(commit.dueInMs(50)).toBe(95);
    }
  });
});

describe('what is expected is announced', () => {
  test('once, when no commit will come before it', () => {
    const { commit, batch, expected } = pending();
    batch(0);
    expected(0, 190);
    expect(commit.announces(95)).toBe(false); // the batch is committed at 100
    commit.take();
    expect(commit.announces(101)).toBe(true);
    expect(commit.announces(110)).toBe(false);
    batch(120);
    expected(120, 75); // the same, told anew
    expect(commit.announces(120)).toBe(false);
    commit.take();
    expected(300, 90);
    expect(commit.announces(301)).toBe(true);
  });

  test('not before it is near', () => {
    const { commit, expected } = pending();
    expected(0, 500);
    expect(commit.announces(390)).toBe(false);
    expect(commit.announces(400)).toBe(true);
  });
});
