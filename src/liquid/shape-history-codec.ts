/**
 * A cell's ShapeHistory as bytes, and what a window adds to it. Little-endian: version u8, then of a step: distance f64 (NaN: the first);
 * by dimension bars u32, births, deaths f64; of a history: its steps without their version, each with its length before it as u32.
 *
 * The first form had no version byte, and is still read. Its lengths are multiples of four; those of every form since must not be, which is how
 * they are told apart.
 */
import type { Diagram, Moment } from '../topology/index.ts';
import { MOMENTS_KEPT, NO_HISTORY, type ShapeHistory } from './cell-shape.ts';
import { LiquidError } from './errors.ts';

const VERSION = 1;
/** What lengths without a version byte are multiples of. */
const UNVERSIONED_UNIT = 4;

export interface ShapeStep {
  readonly moment: Moment;
  /** Distance from the moment before; null for the first. */
  readonly step: number | null;
}

/** What the newest moment of a history added. */
export function latestStep(history: ShapeHistory): ShapeStep {
  return {
    moment: history.moments.at(-1) ?? [],
    step: history.moments.length > 1 ? (history.steps.at(-1) ?? null) : null,
  };
}

export function addStep(history: ShapeHistory, { moment, step }: ShapeStep): ShapeHistory {
  return {
    moments: [...history.moments, moment].slice(-MOMENTS_KEPT),
    steps: [...history.steps, ...(step === null ? [] : [step])].slice(1 - MOMENTS_KEPT),
  };
}

export function encodeStep(step: ShapeStep): Uint8Array {
  return versioned([stepBody(step)]);
}

/** @throws LiquidError state-malformed */
export function decodeStep(bytes: Uint8Array): ShapeStep {
  return readStep(bodyOf(bytes));
}

/** The same history gives the same bytes. */
export function encodeHistory(history: ShapeHistory): Uint8Array {
  const first = history.moments.length - history.steps.length;
  const parts = history.moments.flatMap((moment, i) => {
    const body = stepBody({ moment, step: i < first ? null : (history.steps[i - first] ?? null) });
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, body.length, true);
    return [length, body];
  });
  return versioned(parts);
}

/** @throws LiquidError state-malformed */
export function decodeHistory(bytes: Uint8Array): ShapeHistory {
  const body = bodyOf(bytes);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let history = NO_HISTORY;
  for (let at = 0; at < body.length; ) {
    const end = at + 4 + (at + 4 <= body.length ? view.getUint32(at, true) : 0);
    if (end > body.length) throw cutShort(end, body.length);
    history = addStep(history, readStep(body.subarray(at + 4, end)));
    at = end;
  }
  return history;
}

function versioned(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  bytes[0] = VERSION;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What follows the version; all of it where there is none yet. */
function bodyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length % UNVERSIONED_UNIT === 0) return bytes;
  if (bytes[0] !== VERSION) {
    throw new LiquidError('state-malformed', `shape history: version ${bytes[0]}; valid is ${VERSION}`);
  }
  return bytes.subarray(1);
}

function cutShort(end: number, length: number): LiquidError {
  return new LiquidError('state-malformed', `shape history: the bytes end at ${length}; valid is at least ${end}`);
}

function stepBody({ moment, step }: ShapeStep): Uint8Array {
  const numbers = moment.reduce((sum, { births }) => sum + 2 * births.length, 0);
  const bytes = new Uint8Array(8 + 4 * moment.length + 8 * numbers);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, step ?? Number.NaN, true);
  let at = 8;
  for (const { births, deaths } of moment) {
    view.setUint32(at, births.length, true);
    at += 4;
    for (const values of [births, deaths]) {
      for (const value of values) {
        view.setFloat64(at, value, true);
        at += 8;
      }
    }
  }
  return bytes;
}

function readStep(bytes: Uint8Array): ShapeStep {
  if (bytes.length < 8) throw cutShort(8, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = view.getFloat64(0, true);
  const moment: Diagram[] = [];
  for (let at = 8; at < bytes.length; ) {
    const from = at + 4;
    const count = from <= bytes.length ? view.getUint32(at, true) : 0;
    at = from + 16 * count;
    if (at > bytes.length) throw cutShort(at, bytes.length);
    const read = (first: number): Float64Array =>
      Float64Array.from({ length: count }, (_, i) => view.getFloat64(first + 8 * i, true));
    moment.push({ births: read(from), deaths: read(from + 8 * count) });
  }
  return { moment, step: Number.isNaN(step) ? null : step };
}
