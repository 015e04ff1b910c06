/** Reading topics that anybody may write to. */
import type { LogRecord } from '../streams/log.ts';
import type { Topic } from '../streams/processor.ts';
import { whenLoaded } from '../streams/schema/codec.ts';
import { CodecError } from '../streams/schema/codec-error.ts';

/** The record's value; null where there is none or it cannot be read. */
export async function readable<T>({ codec }: Topic<T>, { value }: Pick<LogRecord, 'value'>): Promise<T | null> {
  if (value === null) return null;
  try {
    return await whenLoaded(() => codec.decode(value));
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
