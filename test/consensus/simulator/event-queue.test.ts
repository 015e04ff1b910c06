import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from '../../../src/consensus/simulator/event-queue.ts';

test('events run by time, and in the order of their scheduling at the same time', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(20), fc.nat(5000)), { maxLength: 60, size: 'max' }), (times) => {
      const queue = new EventQueue();
      const ran: [number, number][] = [];
      for (const [i, ms] of times.entries()) queue.after(ms, () => ran.push([queue.nowMs, i]));
      while (queue.step());
      const expected = times.map((ms, i): [number, number] => [ms, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(ran).toEqual(expected);
      expect(queue.isEmpty).toBe(true);
    }),
  );
});

test('what an event schedules runs in its turn, however far ahead', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { minLength: 1, maxLength: 20, size: 'max' }), (steps) => {
      const queue = new EventQueue();
      const ran: number[] = [];
      const next = (i: number): void => {
        if (i < steps.length)
          queue.after(steps[i], () => {
            ran.push(queue.nowMs);
            next(i + 1);
          });
      };
      next(0);
      while (queue.step());
      let at = 0;
      expect(ran).toEqual(
        steps.map((ms) => {
          at += ms;
          return at;
        }),
      );
    }),
  );
});
