import { LiquidError } from './errors.ts';

/**
 * What a step may be given: n rows of finite features [n, F] and states [n, H], and spans [n] of 0 or more. One NaN would stay in a row's
 * state for good. Throws batch-shape or not-finite, naming the row and the entry (by `names` where given).
 */
export function checkStepInputs(
  features: ArrayLike<number>,
  hidden: ArrayLike<number>,
  elapsed: ArrayLike<number>,
  n: number,
  sizes: { readonly inputs: number; readonly state: number },
  names: readonly string[] = [],
): void {
  const { inputs, state } = sizes;
  checkRows('features', features, n, inputs);
  checkRows('hidden', hidden, n, state);
  checkRows('elapsed', elapsed, n, 1);
  for (let j = 0; j < n * inputs; j++) {
    if (Number.isFinite(features[j])) continue;
    const entry = names[j % inputs] ?? String(j % inputs);
    throw notFinite(`feature ${entry} of row ${Math.floor(j / inputs)}`, features[j]);
  }
  for (let j = 0; j < n * state; j++) {
    if (!Number.isFinite(hidden[j])) throw notFinite(`state ${j % state} of row ${Math.floor(j / state)}`, hidden[j]);
  }
  for (let i = 0; i < n; i++) {
    if (!(elapsed[i] >= 0) || elapsed[i] === Number.POSITIVE_INFINITY)
      throw notFinite(`elapsed time of row ${i}`, elapsed[i], 'finite numbers of 0 or more');
  }
}

function checkRows(name: string, array: ArrayLike<number>, n: number, width: number): void {
  if (array.length < n * width) {
    throw new LiquidError(
      'batch-shape',
      `${name} holds ${array.length} numbers; ${n} rows of ${width} need ${n * width}`,
    );
  }
}

function notFinite(what: string, value: number, valid = 'finite numbers'): LiquidError {
  return new LiquidError('not-finite', `${what} is ${value}; valid are ${valid}`);
}
