import { LiquidError } from './errors.ts';

/** What scoring carries from one window of a cell to the next. */
export interface CellMemory {
  /** End of the last window scored; null before the first. */
  readonly endMs: number | null;
  /** By agent of that window; an agent that left the snapshot is forgotten. */
  readonly agents: ReadonlyMap<string, AgentMemory>;
}

export interface AgentMemory {
  /** [H] */
  readonly hidden: Float32Array;
  /** Windows scored so far, counted up to 255. */
  readonly windows: number;
}

export const NO_MEMORY: CellMemory = { endMs: null, agents: new Map() };

const VERSION = 1;
const HEADER = 1 + 2 + 2 + 8;

/**
 * Little-endian: version u8, H u16, agents u16, end f64 (NaN: none); then by agent id length u8, id, windows u8, hidden f32 x H. The same
 * memory gives the same bytes.
 */
export function encodeMemory(memory: CellMemory, hiddenSize: number): Uint8Array {
  const ids = [...memory.agents.keys()].map((id) => new TextEncoder().encode(id));
  const size = ids.reduce((sum, id) => sum + 2 + id.length + 4 * hiddenSize, HEADER);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(1, hiddenSize, true);
  view.setUint16(3, ids.length, true);
  view.setFloat64(5, memory.endMs ?? Number.NaN, true);
  let at = HEADER;
  for (const [index, { hidden, windows }] of [...memory.agents.values()].entries()) {
    const id = ids[index];
    bytes[at++] = id.length;
    bytes.set(id, at);
    at += id.length;
    bytes[at++] = windows;
    for (let k = 0; k < hiddenSize; k++, at += 4) view.setFloat32(at, hidden[k], true);
  }
  return bytes;
}

/** H of an encoded memory; of bytes that are none whatever decodeMemory then refuses. */
export function hiddenSizeOfBytes(bytes: Uint8Array): number {
  return bytes.length < HEADER ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(1, true);
}

/** Throws state-malformed where the bytes are cut short, of another version, or of a model with another hidden size. */
export function decodeMemory(bytes: Uint8Array, hiddenSize: number): CellMemory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || view.getUint8(0) !== VERSION || view.getUint16(1, true) !== hiddenSize) {
    const found = bytes.length < HEADER ? `${bytes.length} bytes` : `version ${bytes[0]}, H ${view.getUint16(1, true)}`;
    throw new LiquidError('state-malformed', `cell memory: ${found}; valid is version ${VERSION}, H ${hiddenSize}`);
  }
  const count = view.getUint16(3, true);
  const endMs = view.getFloat64(5, true);
  const agents = new Map<string, AgentMemory>();
  const text = new TextDecoder();
  const all = new Float32Array(Math.floor(Math.min(count * hiddenSize, bytes.length / 4)));
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const length = bytes[at] ?? 0;
    const end = at + 2 + length + 4 * hiddenSize;
    if (end > bytes.length) {
      throw new LiquidError(
        'state-malformed',
        `cell memory: agent ${i} of ${count} ends at byte ${end} of ${bytes.length}`,
      );
    }
    const id = text.decode(bytes.subarray(at + 1, at + 1 + length));
    const windows = bytes[at + 1 + length];
    at += 2 + length;
    const hidden = all.subarray(i * hiddenSize, (i + 1) * hiddenSize);
    for (let k = 0; k < hiddenSize; k++, at += 4) hidden[k] = view.getFloat32(at, true);
    agents.set(id, { hidden, windows });
  }
  if (at !== bytes.length) {
    throw new LiquidError(
      'state-malformed',
      `cell memory: ${bytes.length - at} bytes after the last of ${count} agents`,
    );
  }
  return { endMs: Number.isNaN(endMs) ? null : endMs, agents };
}
