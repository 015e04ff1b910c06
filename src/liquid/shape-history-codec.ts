/** One moment of a cell's shape as bytes: what a window adds to ShapeHistory. Little-endian: step f64 (NaN: the first); by dimension bars u32, births, deaths f64. */
import type { Diagram, Moment } from '../topology/index.ts';
import { MOMENTS_KEPT, type ShapeHistory } from './cell-shape.ts';

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

export function encodeStep({ moment, step }: ShapeStep): Uint8Array {
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

export function decodeStep(bytes: Uint8Array): ShapeStep {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = view.getFloat64(0, true);
  const moment: Diagram[] = [];
  for (let at = 8; at < bytes.length; ) {
    const count = view.getUint32(at, true);
    at += 4;
    const read = (from: number): Float64Array =>
      Float64Array.from({ length: count }, (_, i) => view.getFloat64(from + 8 * i, true));
    moment.push({ births: read(at), deaths: read(at + 8 * count) });
    at += 16 * count;
  }
  return { moment, step: Number.isNaN(step) ? null : step };
}

/** A whole history: its steps, each with its length before it as u32. */
export function encodeHistory(history: ShapeHistory): Uint8Array {
  const first = history.moments.length - history.steps.length;
  const steps = history.moments.map((moment, i) =>
    encodeStep({ moment, step: i < first ? null : (history.steps[i - first] ?? null) }),
  );
  const bytes = new Uint8Array(steps.reduce((sum, step) => sum + 4 + step.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const step of steps) {
    view.setUint32(at, step.length, true);
    bytes.set(step, at + 4);
    at += 4 + step.length;
  }
  return bytes;
}

export function decodeHistory(bytes: Uint8Array): ShapeHistory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let history: ShapeHistory = { moments: [], steps: [] };
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true);
    history = addStep(history, decodeStep(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return history;
}
