import { TopologyError } from '../errors.ts';

/** One line of a text of numbers. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly values: readonly number[];
}

const LINE_FEED = 10;
/** Digits match in one way only: a long word of them that is no number must not be tried in all. */
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const INFINITE = /^\+?inf(?:inity)?$/i;

/**
 * The lines of a text that hold numbers, separated by commas or blanks; blank lines are passed over, a comma may end a line. `inf` stands for
 * infinity.
 *
 * @param bytes ASCII or UTF-8
 * @throws TopologyError TOPOLOGY_BAD_FILE with the line and the word that is no number
 */
export function* linesOfNumbers(bytes: Uint8Array): Generator<Line> {
  const decoder = new TextDecoder();
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    number += 1;
    const values = valuesOf(decoder.decode(bytes.subarray(start, end)), number);
    if (values.length > 0) yield { number, values };
    start = end + 1;
  }
}

function valuesOf(text: string, line: number): number[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const fields = (trimmed.endsWith(',') ? trimmed.slice(0, -1).trimEnd() : trimmed).split(/\s*,\s*|\s+/);
  return fields.map((field, k) => {
    if (DECIMAL.test(field)) return Number(field);
    if (INFINITE.test(field)) return Number.POSITIVE_INFINITY;
    const what = `line ${line}, value ${k + 1}`;
    throw new TopologyError('TOPOLOGY_BAD_FILE', what, field === '' ? 'nothing' : shown(field), 'a decimal number');
  });
}

/** A word of a file may be long and hold anything. */
function shown(word: string): string {
  const printable = word.replaceAll(/[^\x20-\x7e]/g, '?');
  return `"${printable.length > 40 ? `${printable.slice(0, 40)}...` : printable}"`;
}

/** @throws TopologyError TOPOLOGY_NEGATIVE_DISTANCE, TOPOLOGY_NOT_A_NUMBER */
export function checkDistance(distance: number, where: string): void {
  if (distance >= 0) return;
  const code = Number.isNaN(distance) ? 'TOPOLOGY_NOT_A_NUMBER' : 'TOPOLOGY_NEGATIVE_DISTANCE';
  throw new TopologyError(code, where, distance, 'a distance of at least 0');
}

/** How many points have this many pairs, or NaN where no number of points has. */
export function pointsOfPairs(pairs: number): number {
  const count = Math.round((1 + Math.sqrt(1 + 8 * pairs)) / 2);
  return (count * (count - 1)) / 2 === pairs ? count : Number.NaN;
}
