import { describe, expect, test } from 'vitest';
import { architectureSchema, cellOf } from '../../src/liquid/architecture.ts';
import { FEATURE_COUNT } from '../../src/liquid/features.ts';
import { readModel, serializeModel } from '../../src/liquid/model.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { train } from '../../src/liquid/training/train.ts';
import { VARIANT_NAMES, VARIANTS } from '../../src/liquid/variants.ts';
import { randomModelParts } from './models.ts';
import { mulberry32 } from './random.ts';
import { recentPulse } from './training/recent-pulse.ts';

const sizes = { units: 12, outputs: 3, backboneUnits: 10, load: [0, 1], seed: 5 };

describe.each(VARIANT_NAMES)('the variant %s', (name) => {
  test('is an architecture that a file may name, with the inputs it was given', () => {
    const architecture = VARIANTS[name]({ ...sizes, inputs: 7 });
    expect(architectureSchema.parse(JSON.parse(JSON.stringify(architecture)))).toEqual(architecture);
    const cell = cellOf(architecture);
    expect(cell.inputs).toBe(7);
    expect(cell.output.size).toBe(name.endsWith('-ncp') ? 3 : 12);
  });

  test('makes a model file that reads back, weights bit by bit', () => {
    const network = networkOf(VARIANTS[name]({ ...sizes, inputs: FEATURE_COUNT }));
    const theta = initialParameters(network.layout, mulberry32(1)).map(Math.fround);
    const model = readModel(JSON.parse(serializeModel({ ...randomModelParts(1), network, theta })));
    expect(model.theta).toEqual(theta);
    expect(model.network.architecture).toEqual(network.architecture);
  });

  test('learns: its validation loss falls', () => {
    const network = networkOf(VARIANTS[name]({ ...sizes, inputs: 2 }));
    const options = {
      learningRate: 0.02,
      weightDecay: 0,
      gradientNormMax: 1,
      batchRows: 8,
      span: 16,
      positiveWeight: 1,
      averaging: 0.5,
      epochsMax: 8,
      patience: 8,
    };
    const { epochs } = train(network, recentPulse(1, 40), recentPulse(2, 20), options, mulberry32(3));
    const losses = epochs.map(({ validationLoss }) => validationLoss);
    expect(Math.min(...losses)).toBeLessThan(0.97 * losses[0]);
  });
});
