/** An operator's word that a running cluster is to score by another model from a time on: the record of `aura.models`. */
import { gzipSync } from 'node:zlib';
import type { ModelUse } from '../../schemas/records.ts';
import type { Model } from '../liquid/model.ts';
import { CliError } from './errors.ts';

/** Of a model file, uncompressed. */
export const modelFileBytesMax = 8 * 1024 * 1024;
/** Kafka takes records of 1 MiB unless told otherwise. */
const recordBytesMax = 768 * 1024;

/** Throws CliError record-invalid for a file that is too large for a record. */
export function modelUse(
  { id }: Pick<Model, 'id'>,
  text: string,
  { warmFromMs, effectiveMs }: Pick<ModelUse, 'warmFromMs' | 'effectiveMs'>,
): { readonly key: string; readonly value: ModelUse } {
  const length = Buffer.byteLength(text);
  const file = gzipSync(text);
  if (length > modelFileBytesMax || file.length > recordBytesMax) {
    throw new CliError(
      'record-invalid',
      `the file of ${id} has ${length} bytes, ${file.length} compressed; valid are ${modelFileBytesMax} and ${recordBytesMax}`,
    );
  }
  return { key: `${effectiveMs}/${id}`, value: { model: id, file, warmFromMs, effectiveMs } };
}
