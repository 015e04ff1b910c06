/** What `--model` may name where networks are trained by the evaluation itself: a variant to train in place of the chosen one, or a file. */
import type { NetworkModel } from '../../../liquid/network-file.ts';
import { VARIANT_NAMES, type VariantName } from '../../../liquid/variants.ts';
import { CliError } from '../../errors.ts';
import { findModel } from '../../model-store.ts';

export type ChosenNetwork =
  | { readonly kind: 'trained-here'; readonly variant: VariantName }
  | { readonly kind: 'file'; readonly model: NetworkModel };

/** The network of a file must have one of these shapes: inputs and outputs. */
export interface NetworkShape {
  readonly inputs: number;
  readonly outputs: readonly number[];
}

/** Throws CliError model-not-found, or usage-invalid where the file holds no network of that shape. */
export async function chosenNetwork(
  wanted: string | undefined,
  modelsDir: string,
  usual: VariantName,
  { inputs, outputs }: NetworkShape,
): Promise<ChosenNetwork> {
  if (wanted === undefined) return { kind: 'trained-here', variant: usual };
  const variant = VARIANT_NAMES.find((name) => name === wanted);
  if (variant !== undefined) return { kind: 'trained-here', variant };
  const found = await findModel(modelsDir, wanted);
  const valid = `valid is a network of ${inputs} inputs and ${outputs.join(' or ')} outputs, or a variant to train: ${VARIANT_NAMES.join(', ')}`;
  if (found.kind !== 'network') {
    throw new CliError('usage-invalid', `${wanted} gives failure scores of agents; ${valid}`);
  }
  const { network } = found.model;
  if (network.cell.inputs !== inputs || !outputs.includes(network.outputs)) {
    throw new CliError(
      'usage-invalid',
      `${wanted} has ${network.cell.inputs} inputs and ${network.outputs} outputs; ${valid}`,
    );
  }
  return { kind: 'file', model: found.model };
}
