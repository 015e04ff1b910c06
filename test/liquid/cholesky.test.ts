import fc from 'fast-check';
import { expect, test } from 'vitest';
import { solveSymmetric } from '../../src/liquid/cholesky.ts';

test('what is solved for gives the right-hand side back, and the matrix is left alone', () => {
  const entry = fc.integer({ min: -100, max: 100 });
  fc.assert(
    fc.property(
      fc
        .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }))
        .chain(([size, columns]) =>
          fc.tuple(
            fc.constant(size),
            fc.constant(columns),
            fc.array(entry, { minLength: size * size, maxLength: size * size }),
            fc.array(entry, { minLength: size * columns, maxLength: size * columns }),
          ),
        ),
      ([size, columns, m, right]) => {
        // M M' + 100 I is symmetric and positive definite, and far from singular.
        const a = new Float64Array(size * size);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            for (let k = 0; k < size; k++) a[i * size + j] += m[i * size + k] * m[j * size + k];
            if (i === j) a[i * size + j] += 100;
          }
        }
        const before = a.slice();
        const x = solveSymmetric(a, Float64Array.from(right), size, columns);
        expect(a).toEqual(before);
        for (let i = 0; i < size; i++) {
          for (let c = 0; c < columns; c++) {
            let sum = 0;
            for (let k = 0; k < size; k++) sum += a[i * size + k] * x[k * columns + c];
            expect(Math.abs(sum - right[i * columns + c])).toBeLessThan(1e-6);
          }
        }
      },
    ),
  );
});
