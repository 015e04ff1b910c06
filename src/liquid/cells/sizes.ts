import { LiquidError } from '../errors.ts';

const SIZE_MAX = 4096;

/** Throws architecture-invalid unless every size is a whole number from 1 to 4096. */
export function checkSizes(cell: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1 || value > SIZE_MAX) {
      throw new LiquidError(
        'architecture-invalid',
        `${cell} ${name} is ${value}; valid are integers from 1 to ${SIZE_MAX}`,
      );
    }
  }
}
