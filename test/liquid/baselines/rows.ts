import { mulberry32 } from '../random.ts';

export const WIDTH = 6;

/** Labels follow a step, a product and a wave; two columns say nothing. As in ../golden/baselines.py, number for number. */
export function labelledRows(seed: number, n: number) {
  const draw = mulberry32(seed);
  const x = new Float64Array(n * WIDTH);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < WIDTH; k++) x[i * WIDTH + k] = 2 * draw() - 1;
    const [a, b, c, d] = x.subarray(i * WIDTH);
    const u = -1.5 + (a > 0.3 ? 2 : 0) + 3 * b * c + 1.5 * Math.sin(4 * d);
    labels[i] = draw() < 1 / (1 + Math.exp(-u)) ? 1 : 0;
  }
  return { x, labels };
}

/** One row in twenty lies apart from the others' cube, by one column. */
export function rowsWithOutliers(seed: number, n: number) {
  const draw = mulberry32(seed);
  const x = new Float64Array(n * WIDTH);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < WIDTH; k++) x[i * WIDTH + k] = draw() + draw() + draw();
    if (i % 20 !== 0) continue;
    x[i * WIDTH + (Math.floor(i / 20) % WIDTH)] += 1.5;
    labels[i] = 1;
  }
  return { x, labels };
}
