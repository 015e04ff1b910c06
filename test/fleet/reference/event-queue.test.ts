import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from '../../../src/fleet/reference/event-queue.ts';

test('events come in order of time, those of one time in the order they were added', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('take' as const)), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, (script) => {
      const queue = new EventQueue<number>();
      const reference: { timeMs: number; id: number }[] = [];
      for (const [id, step] of script.entries()) {
        if (step === 'take') {
          reference.sort((a, b) => a.timeMs - b.timeMs || a.id - b.id);
          expect(queue.nextMs).toBe(reference.at(0)?.timeMs ?? Number.POSITIVE_INFINITY);
          expect(queue.take()).toBe(reference.shift()?.id);
        } else {
          queue.add(step, id);
          reference.push({ timeMs: step, id });
        }
        expect(queue.size).toBe(reference.length);
      }
    }),
  );
});
