import { z } from 'zod';
import { contentHash, modelId } from '../content-hash.ts';
import { LiquidError } from '../errors.ts';
import { checkDepth } from '../file-depth.ts';
import type { ChoiceWeights } from './attribute.ts';
import { featureNames } from './candidates.ts';
import type { Run } from './run.ts';

const form = z.strictObject({ features: z.array(z.string()), weights: z.array(z.number()) });

/** An attribution model's file: weights by feature, and for every run it was fitted on the weights that a fit without that run gives. */
const attributionFile = z.strictObject({
  format: z.literal('aura-attribution'),
  version: z.literal(1),
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  made: z.record(z.string(), z.json()),
  ridge: z.number().nonnegative(),
  group: form,
  led: form,
  /** By `runHash`. */
  fittedOn: z.record(z.string(), z.array(z.number())),
});

export interface AttributionModel {
  readonly name: string;
  readonly id: string;
  readonly made: Readonly<Record<string, z.core.util.JSONType>>;
  readonly ridge: number;
  readonly weights: ChoiceWeights;
  /** By `runHash`: the weights of that run's form of team, fitted on all runs but this one. */
  readonly fittedOn: ReadonlyMap<string, readonly number[]>;
}

export type AttributionModelParts = Omit<AttributionModel, 'id'>;

/** Tells one run from another by its content, whatever its file is called. */
export function runHash({ question, steps }: Run): string {
  return contentHash({ question, steps: steps.map(({ speaker, text }) => [speaker, text]) });
}

/** The file as JSON text; weights are rounded to six digits after the point. */
export function serializeAttribution({ name, made, ridge, weights, fittedOn }: AttributionModelParts): string {
  const body = {
    format: 'aura-attribution' as const,
    version: 1 as const,
    name,
    made,
    ridge,
    group: { features: [...featureNames.group], weights: weights.group.map(rounded) },
    led: { features: [...featureNames.led], weights: weights.led.map(rounded) },
    fittedOn: Object.fromEntries(Array.from(fittedOn, ([hash, without]) => [hash, without.map(rounded)])),
  };
  return `${JSON.stringify({ hash: contentHash(body), ...body }, null, 1)}\n`;
}

/** Throws model-malformed, model-hash, model-features where the features are others than this program reads, or weights-shape. */
export function readAttribution(json: unknown): AttributionModel {
  checkDepth(json, 'attribution model');
  const parsed = attributionFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LiquidError(
      'model-malformed',
      `attribution model: ${issue.path.join('.') || 'the whole'}: ${issue.message}`,
    );
  }
  const { hash, ...body } = parsed.data;
  const actual = contentHash(body);
  if (hash !== actual) {
    throw new LiquidError('model-hash', `attribution model: hash is ${hash}, its content has ${actual}`);
  }
  for (const kind of ['group', 'led'] as const) {
    const { features, weights } = body[kind];
    const known = featureNames[kind];
    if (features.join() !== known.join() || weights.length !== known.length) {
      throw new LiquidError(
        'model-features',
        `attribution model: ${kind} has ${weights.length} weights for ${features.join(', ')}; this program reads ${known.join(', ')}`,
      );
    }
  }
  const widths = new Set([featureNames.group.length, featureNames.led.length]);
  for (const [run, weights] of Object.entries(body.fittedOn)) {
    if (!widths.has(weights.length)) {
      throw new LiquidError('weights-shape', `attribution model: fittedOn.${run} has ${weights.length} weights`);
    }
  }
  return {
    name: body.name,
    id: modelId(body.name, hash),
    made: body.made,
    ridge: body.ridge,
    weights: { group: body.group.weights, led: body.led.weights },
    fittedOn: new Map(Object.entries(body.fittedOn)),
  };
}

const rounded = (weight: number): number => Number(weight.toFixed(6));
