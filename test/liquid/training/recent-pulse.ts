import type { Sequence } from '../../../src/liquid/training/sequence.ts';
import { mulberry32 } from '../random.ts';

/**
 * Label 1 while the last pulse is less than 4 time units ago. The pulse is seen for one step only and steps last from 0.1 to 3 units, so neither the
 * step's features nor a count of steps tells: the state has to carry the pulse and the spans have to age it.
 */
export function recentPulse(seed: number, count: number): readonly Sequence[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const steps = 20 + Math.floor(random() * 20);
    const sequence = {
      steps,
      features: new Float32Array(steps * 2),
      elapsed: new Float32Array(steps),
      labels: new Float32Array(steps),
      weights: new Float32Array(steps).fill(1),
    };
    let age = 100;
    for (let t = 0; t < steps; t++) {
      sequence.elapsed[t] = random() < 0.5 ? 0.1 + 0.2 * random() : 2 + random();
      age += sequence.elapsed[t];
      if (random() < 0.12) {
        age = 0;
        sequence.features[2 * t] = 1;
      }
      sequence.features[2 * t + 1] = random() - 0.5;
      sequence.labels[t] = age < 4 ? 1 : 0;
    }
    return sequence;
  });
}
