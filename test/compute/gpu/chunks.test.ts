import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf } from '../../../src/compute/gpu/chunks.ts';

test('every cell is in one chunk, in order, end to end, and no chunk is over the limits', () => {
  const size = fc.record({ input: fc.nat(20), output: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(size), fc.integer({ min: 1, max: 5 }), (sizes, cellsMax) => {
      const numbersMax = 15;
      const { chunks, tooLarge } = chunksOf(sizes, { numbersMax, cellsMax });
      expect(tooLarge).toEqual(
        [...sizes.keys()].filter((cell) => Math.max(sizes[cell].input, sizes[cell].output) > numbersMax),
      );
      expect(chunks.flatMap(({ cells }) => cells)).toEqual(
        [...sizes.keys()].filter((cell) => !tooLarge.includes(cell)),
      );
      for (const chunk of chunks) {
        expect(chunk.cells.length).toBeLessThanOrEqual(cellsMax);
        let input = 0;
        let output = 0;
        for (const [at, cell] of chunk.cells.entries()) {
          expect([chunk.inputStarts[at], chunk.outputStarts[at]]).toEqual([input, output]);
          input += sizes[cell].input;
          output += sizes[cell].output;
        }
        expect([chunk.inputLength, chunk.outputLength]).toEqual([input, output]);
        expect(Math.max(input, output)).toBeLessThanOrEqual(numbersMax);
      }
    }),
  );
});
