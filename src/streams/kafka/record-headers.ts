/**
 * kafkajs makes a record's headers an object that it copies whole for every further header: a record of 8,000, some 50 KB of them, keeps the process busy for
 * twelve seconds, one of 16,000 for a minute. It also takes a header named `__proto__`, or as anything else that every object has, for one that came before.
 * Here headers are read in one go, into an object that has nothing of its own. Of several of a name the last one counts; one without a value is left out.
 */
import Decoder from 'kafkajs/src/protocol/decoder.js';
import type { Headers } from '../log.ts';

interface HeaderReader {
  readVarInt(): number;
}
type ReadHeader = (from: HeaderReader) => { readonly key: string; readonly value: Uint8Array | null };

/** Changes kafkajs's decoder for the whole process; further calls do nothing. Its `readVarIntArray` serves nothing but headers, and is asked for `reduce` alone. */
export function readHeadersAtOnce(): void {
  Object.assign(Decoder.prototype, {
    readVarIntArray(this: HeaderReader, read: ReadHeader) {
      const headers: Record<string, Uint8Array> = Object.create(null);
      for (let left = this.readVarInt(); left > 0; left--) {
        const { key, value } = read(this);
        if (value === null) delete headers[key];
        else headers[key] = value;
      }
      return { reduce: () => headers };
    },
  });
}

/** Of a message of kafkajs, which calls them what they were before. */
export function headersOf({ headers }: { readonly headers?: object | undefined }): Headers {
  return (headers ?? {}) as Headers;
}
