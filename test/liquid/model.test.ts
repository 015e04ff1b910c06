import { describe, expect, test } from 'vitest';
import { LiquidError } from '../../src/liquid/errors.ts';
import { readModel, serializeModel } from '../../src/liquid/model.ts';
import { randomModelParts } from './models.ts';

const parts = randomModelParts(1);
const text = serializeModel(parts);

/** The file with some fields replaced, hashed anew: its hash is the one that the error names. */
function changed(patch: Record<string, unknown>): unknown {
  const file: Record<string, unknown> = { ...JSON.parse(text), ...patch };
  try {
    readModel(file);
  } catch (error) {
    const named = error instanceof LiquidError ? /its content has (sha256:\w+)/.exec(error.message) : null;
    if (named !== null) file.hash = named[1];
  }
  return file;
}

function codeOf(file: unknown): string {
  try {
    readModel(file);
    return 'none';
  } catch (error) {
    return error instanceof LiquidError ? error.code : String(error);
  }
}

describe('a model file', () => {
  test('reads back as it was written, weights bit by bit', () => {
    const model = readModel(JSON.parse(text));
    expect(model.theta).toEqual(parts.theta);
    expect(model.calibration).toEqual(parts.calibration);
    expect(model.id).toMatch(/^random@[0-9a-f]{12}$/);
    expect(serializeModel(parts)).toBe(text);
  });

  test('does not depend on the order of its keys', () => {
    const file: Record<string, unknown> = JSON.parse(text);
    expect(readModel(Object.fromEntries(Object.entries(file).toReversed())).hash).toBe(file.hash);
  });

  test('is refused when a number of it was changed', () => {
    const file = JSON.parse(text);
    expect(codeOf({ ...file, threshold: 0.4 })).toBe('model-hash');
  });

  test.each([
    ['text', 'x', 'model-malformed'],
    ['an unknown format', changed({ format: 'onnx' }), 'model-malformed'],
    ['a field too many', changed({ extra: 1 }), 'model-malformed'],
    ['other features', changed({ features: ['x'] }), 'model-features'],
    ['units of none', changed({ architecture: { ...parts.network.architecture, units: 0 } }), 'architecture-invalid'],
    [
      'more units than weights',
      changed({ architecture: { ...parts.network.architecture, units: 9 } }),
      'weights-shape',
    ],
    ['a weight too few', changed({ weights: JSON.parse(text).weights.slice(1) }), 'weights-shape'],
  ] as const)('with %s is refused', (_, file, code) => {
    expect(codeOf(file)).toBe(code);
  });

  test('with a weight that is NaN is refused, naming it', () => {
    const weights: { values: string }[] = JSON.parse(text).weights;
    const bytes = Buffer.from(weights[0].values, 'base64');
    bytes.writeFloatLE(Number.NaN, 8);
    weights[0].values = bytes.toString('base64');
    const file = changed({ weights });
    expect(() => readModel(file)).toThrow(/'backbone.0.weight' holds NaN at 2/);
    expect(codeOf(file)).toBe('not-finite');
  });
});
