/** The state that PBFT's checkpoints are over: how far, and what was decided. The same bytes at every replica. */
import { ByteReader, ByteWriter, type Hash } from '../encoding.ts';
import { DecidedWindow, readDecided, writeDecided } from '../hotstuff/decided-window.ts';

export interface ReplicatedState {
  readonly height: number;
  /** Hash of the block at `height`. */
  readonly head: Hash;
  readonly decided: DecidedWindow;
}

export function encodeState({ height, head, decided }: ReplicatedState): Uint8Array {
  const entries = decided.entries();
  const writer = new ByteWriter(64 + 24 * entries.length).u64(height).raw(head);
  writer
    .u64(decided.floor + 1)
    .u64(decided.count)
    .u32(entries.length);
  for (const entry of entries) writeDecided(writer, entry);
  return Uint8Array.from(writer.finish());
}

/** @throws ConsensusError BAD_ENCODING */
export function decodeState(bytes: Uint8Array, decidedKept: number): ReplicatedState {
  const reader = new ByteReader(bytes);
  const height = reader.u64();
  const head = reader.hash();
  const decided = new DecidedWindow(decidedKept);
  const floor = reader.u64() - 1;
  const count = reader.u64();
  const entries = Array.from({ length: reader.u32() }, () => readDecided(reader));
  reader.end();
  decided.restore(floor, count, entries);
  return { height, head, decided };
}
