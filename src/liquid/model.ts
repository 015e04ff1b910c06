import { z } from 'zod';
import { architectureSchema, inputsOf } from './architecture.ts';
import { CASCADE_FEATURES } from './cascade.ts';
import { contentHash, modelId } from './content-hash.ts';
import { LiquidError } from './errors.ts';
import { FEATURE_NAMES } from './features.ts';
import { checkDepth } from './file-depth.ts';
import { type Network, networkOf } from './network.ts';
import { decodeWeights, encodeWeights, weightsSchema } from './weights-codec.ts';

/**
 * A model file: everything that turns snapshots into failure scores, and how it came to be. JSON; weights as base64 of little-endian
 * float32, by name and shape; `hash` is the SHA-256 of the rest in canonical form (keys by their UTF-16 code units, no spaces).
 */
const finite = z.number();
const logistic = { weights: z.array(finite).readonly(), bias: finite };

const modelFile = z.strictObject({
  format: z.literal('aura-liquid-model'),
  version: z.literal(1),
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  architecture: architectureSchema,
  /** Names of the inputs, in order. */
  features: z.array(z.string()).readonly(),
  /** What each input is in a healthy agent: evidence puts a group of inputs back to these. */
  normal: z.array(finite).readonly(),
  /** Elapsed time is given to the cell in this unit, and clipped at elapsedMaxMs. */
  timeUnitMs: finite.positive(),
  elapsedMaxMs: finite.positive(),
  /** The failure is expected within this time after the window's end. */
  horizonMs: finite.positive(),
  /** Failure score from which on an agent counts as about to fail. */
  threshold: finite.min(0).max(1),
  /** As in calibration.ts: from the network's logit to log-odds. */
  calibration: z.strictObject({
    slope: finite,
    intercept: finite,
    bends: z
      .array(z.strictObject({ at: finite, by: finite }).readonly())
      .readonly()
      .optional(),
  }),
  cascade: z.strictObject({ features: z.array(z.string()).readonly(), threshold: finite.min(0).max(1), ...logistic }),
  /** Logistic regression on the inputs of one window, without state: the ablation that the cell has to beat. */
  memoryless: z.strictObject(logistic),
  weights: weightsSchema,
  /** Command, data, seeds, split, date. */
  made: z.record(z.string(), z.json()),
  /** What was measured on runs that training never saw, baselines beside it. */
  metrics: z.record(z.string(), z.json()),
});

type ModelFile = z.infer<typeof modelFile>;

/** A model ready for use. */
export interface Model extends Omit<ModelFile, 'weights' | 'format' | 'version' | 'hash' | 'architecture'> {
  /** Name and the first 12 digits of the content hash: what aura.scores calls the model. */
  readonly id: string;
  readonly hash: string;
  readonly network: Network;
  /** Flat parameters, exactly representable as float32. */
  readonly theta: Float64Array;
}

/** What is needed to write a model; its hash and id follow. */
export type ModelParts = Omit<Model, 'id' | 'hash' | 'features'>;

/** The file of a model, as JSON text. Parameters are rounded to float32. */
export function serializeModel(parts: ModelParts): string {
  const { network, theta, ...rest } = parts;
  const body = {
    format: 'aura-liquid-model' as const,
    version: 1 as const,
    ...rest,
    features: [...FEATURE_NAMES],
    architecture: network.architecture,
    weights: encodeWeights(network.layout, theta),
  };
  return `${JSON.stringify({ hash: contentHash(body), ...body }, null, 1)}\n`;
}

/**
 * Reads a model file that was parsed as JSON. Throws model-malformed (not of this format), model-hash (content changed since it was
 * written), architecture-invalid, weights-shape, not-finite, or model-features (made for other inputs than this program computes).
 */
export function readModel(json: unknown): Model {
  checkDepth(json, 'model file');
  const parsed = modelFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LiquidError('model-malformed', `model file: ${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  }
  const { hash, weights, architecture, format: _format, version: _version, ...rest } = parsed.data;
  const { hash: _hash, ...body } = parsed.data;
  const actual = contentHash(body);
  if (hash !== actual) throw new LiquidError('model-hash', `model file: hash is ${hash}, its content has ${actual}`);
  checkNames('features', rest.features, FEATURE_NAMES);
  checkNames('cascade.features', rest.cascade.features, CASCADE_FEATURES);
  checkLength('cascade.weights', rest.cascade.weights.length, CASCADE_FEATURES.length);
  checkLength('memoryless.weights', rest.memoryless.weights.length, FEATURE_NAMES.length);
  checkLength('normal', rest.normal.length, FEATURE_NAMES.length);
  checkLength('architecture.inputs', inputsOf(architecture), FEATURE_NAMES.length);
  const network = networkOf(architecture);
  const theta = decodeWeights(network.layout, weights);
  return { ...rest, hash, id: modelId(rest.name, hash), network, theta };
}

function checkNames(what: string, given: readonly string[], wanted: readonly string[]): void {
  const length = Math.max(given.length, wanted.length);
  for (let i = 0; i < length; i++) {
    if (given[i] !== wanted[i]) {
      throw new LiquidError(
        'model-features',
        `model file: ${what}[${i}] is ${given[i] ?? 'missing'}; valid is ${wanted[i] ?? 'no more'}`,
      );
    }
  }
}

function checkLength(what: string, given: number, wanted: number): void {
  if (given !== wanted) throw new LiquidError('model-features', `model file: ${what} is ${given}; valid is ${wanted}`);
}
