import { CASCADE_FEATURES } from '../../src/liquid/cascade.ts';
import { FEATURE_COUNT } from '../../src/liquid/features.ts';
import { type Model, type ModelParts, readModel, serializeModel } from '../../src/liquid/model.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { mulberry32 } from './random.ts';

/** A network of random weights in a model file's clothes: for tests of what surrounds the weights. */
export function randomModelParts(seed: number, threshold = 0.5): ModelParts {
  const network = networkOf({
    cell: 'cfc',
    mode: 'default',
    inputs: FEATURE_COUNT,
    units: 8,
    backboneUnits: 8,
    backboneLayers: 1,
  });
  return {
    name: 'random',
    network,
    theta: initialParameters(network.layout, mulberry32(seed)).map((w) => Math.fround(2 * w)),
    normal: Array.from({ length: FEATURE_COUNT }, () => 0),
    timeUnitMs: 1000,
    elapsedMaxMs: 10_000,
    horizonMs: 10_000,
    threshold,
    calibration: { slope: 1, intercept: 0 },
    cascade: { features: [...CASCADE_FEATURES], threshold: 0.5, weights: [0.5, 0.1, 1, 0.2, 0.3], bias: -1 },
    memoryless: { weights: Array.from({ length: FEATURE_COUNT }, () => 0.1), bias: -2 },
    made: { command: 'test' },
    metrics: {},
  };
}

export function randomModel(seed: number, threshold = 0.5): Model {
  return readModel(JSON.parse(serializeModel(randomModelParts(seed, threshold))));
}
