import { z } from 'zod';
import { architectureSchema } from './architecture.ts';
import { contentHash, modelId } from './content-hash.ts';
import { LiquidError } from './errors.ts';
import { checkDepth } from './file-depth.ts';
import { type Network, networkOf } from './network.ts';
import { decodeWeights, encodeWeights, weightsSchema } from './weights-codec.ts';

/**
 * A network file: a network of any inputs and outputs, such as one imported from ncps. Unlike a model file it says nothing of failure scores, so
 * the pipeline does not run it; it is for export. JSON, hashed as a model file is.
 */
const networkFile = z.strictObject({
  format: z.literal('aura-liquid-network'),
  version: z.literal(1),
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  architecture: architectureSchema,
  /** Numbers that the readout gives. */
  outputs: z.int(),
  weights: weightsSchema,
  /** Where it came from. */
  made: z.record(z.string(), z.json()),
  /** What was checked when it was imported. */
  metrics: z.record(z.string(), z.json()),
});

export interface NetworkModel {
  readonly name: string;
  readonly id: string;
  readonly hash: string;
  readonly network: Network;
  /** Flat parameters, exactly representable as float32. */
  readonly theta: Float64Array;
  readonly made: Readonly<Record<string, z.core.util.JSONType>>;
  readonly metrics: Readonly<Record<string, z.core.util.JSONType>>;
}

export type NetworkModelParts = Omit<NetworkModel, 'id' | 'hash'>;

/** The file of a network, as JSON text. Parameters are rounded to float32. */
export function serializeNetwork({ name, network, theta, made, metrics }: NetworkModelParts): string {
  const body = {
    format: 'aura-liquid-network' as const,
    version: 1 as const,
    name,
    made,
    metrics,
    architecture: network.architecture,
    outputs: network.outputs,
    weights: encodeWeights(network.layout, theta),
  };
  return `${JSON.stringify({ hash: contentHash(body), ...body }, null, 1)}\n`;
}

/** Throws model-malformed, model-hash, architecture-invalid, wiring-invalid, weights-shape or not-finite. */
export function readNetwork(json: unknown): NetworkModel {
  checkDepth(json, 'network file');
  const parsed = networkFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LiquidError('model-malformed', `network file: ${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  }
  const { hash, ...body } = parsed.data;
  const actual = contentHash(body);
  if (hash !== actual) throw new LiquidError('model-hash', `network file: hash is ${hash}, its content has ${actual}`);
  const network = networkOf(body.architecture, body.outputs);
  const { name, made, metrics } = body;
  return {
    name,
    id: modelId(name, hash),
    hash,
    network,
    theta: decodeWeights(network.layout, body.weights),
    made,
    metrics,
  };
}
