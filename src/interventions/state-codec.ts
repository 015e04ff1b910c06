/** State as bytes for the changelog: versioned JSON. Finite doubles survive JSON exactly, so a decoded copy goes on as the original would. */
import { InterventionError } from './errors.ts';

export function encodeState(kind: string, version: number, state: unknown): Uint8Array {
  return Buffer.from(JSON.stringify({ kind, version, state }));
}

/** Throws UNREADABLE_STATE where the bytes are no state of this kind and version. */
export function decodeState<T>(kind: string, version: number, bytes: Uint8Array): T {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (error) {
    throw new InterventionError('UNREADABLE_STATE', `state of ${kind}: ${String(error)}`, bytes.length, 'JSON');
  }
  if (typeof read === 'object' && read !== null && 'kind' in read && 'version' in read && 'state' in read) {
    if (read.kind === kind && read.version === version) return read.state as T;
    throw new InterventionError(
      'UNREADABLE_STATE',
      'other state',
      `${read.kind} v${read.version}`,
      `${kind} v${version}`,
    );
  }
  throw new InterventionError(
    'UNREADABLE_STATE',
    `state of ${kind}`,
    typeof read,
    'an object with kind, version and state',
  );
}
