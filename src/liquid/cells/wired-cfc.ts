import { joinLayouts, type Layout } from '../parameters.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { type WiringSpec, wire } from '../wiring/wiring-spec.ts';
import type { Cell, CellStep } from './cell.ts';
import { type CfcMode, cfcCell } from './cfc.ts';

/**
 * A CfC along a wiring, as ncps wires it: one CfC without backbone a layer, each fed by the layer before it through the synapses there are,
 * and by all of its own layer. The state holds the layers one after the other; the output is the last layer. Polarities play no part.
 */
export interface WiredCfcArchitecture {
  readonly cell: 'wired-cfc';
  readonly mode: CfcMode;
  readonly inputs: number;
  readonly wiring: WiringSpec;
}

/** One layer: its architecture, and its mask [units, inputs + units] over what ff1 and ff2 read. */
export interface WiredLayer {
  readonly inputs: number;
  readonly units: number;
  readonly mask: Uint8Array;
}

export function wiredCfcCell({ mode, inputs, wiring: spec }: WiredCfcArchitecture): Cell {
  const sizes = wiredLayers(wire(spec, inputs));
  let offset = 0;
  const cells = sizes.map(({ inputs: fanIn, units, mask }, l) => {
    const architecture = { cell: 'cfc', mode, inputs: fanIn, units, backboneUnits: 0, backboneLayers: 0 } as const;
    const cell = cfcCell(architecture, mask, { prefix: `layer_${l}.`, offset });
    offset += cell.layout.size;
    return cell;
  });
  const layout: Layout = joinLayouts(...cells.map((cell) => cell.layout));
  const state = cells.reduce((sum, cell) => sum + cell.state, 0);
  const starts = cells.map((_, l) => cells.slice(0, l).reduce((sum, cell) => sum + cell.state, 0));
  const last = cells.length - 1;

  function createStep(rows: number): CellStep {
    const parts = cells.map((cell, l) => ({
      step: cell.createStep(rows),
      width: cell.state,
      start: starts[l],
      before: new Float64Array(rows * cell.state),
      after: new Float64Array(rows * cell.state),
      gradBefore: new Float64Array(rows * cell.state),
      gradAfter: new Float64Array(rows * cell.state),
      gradBelow: new Float64Array(rows * cell.inputs),
    }));
    const gradSpan = new Float64Array(rows);
    let n = 0;

    return {
      forward(theta, x, whole, elapsed, count, next) {
        n = count;
        let below = x;
        for (const { step, width, start, before, after } of parts) {
          takeColumns(whole, state, start, width, n, before);
          step.forward(theta, below, before, elapsed, n, after);
          putColumns(after, state, start, width, n, next);
          below = after;
        }
      },

      backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
        gradElapsed?.fill(0, 0, n);
        for (let l = last; l >= 0; l--) {
          const { step, width, start, gradBefore, gradAfter, gradBelow } = parts[l];
          takeColumns(gradNext, state, start, width, n, gradAfter);
          // What the layer above read of this one.
          if (l < last) for (let j = 0; j < n * width; j++) gradAfter[j] += parts[l + 1].gradBelow[j];
          step.backward(theta, gradAfter, gradTheta, gradBefore, gradBelow, gradElapsed === null ? null : gradSpan);
          putColumns(gradBefore, state, start, width, n, gradState);
          if (gradElapsed !== null) for (let i = 0; i < n; i++) gradElapsed[i] += gradSpan[i];
        }
        gradX?.set(parts[0].gradBelow.subarray(0, n * inputs));
      },
    };
  }

  return { inputs, state, output: { offset: starts[last], size: cells[last].state }, layout, createStep };
}

export function wiredLayers({ inputs, units, layers, adjacency, sensory }: Wiring): readonly WiredLayer[] {
  return layers.map((layer, l) => {
    const sources = l === 0 ? Array.from({ length: inputs }, (_, i) => i) : layers[l - 1];
    const synapses = l === 0 ? sensory : adjacency;
    const width = sources.length + layer.length;
    const mask = new Uint8Array(layer.length * width).fill(1);
    for (const [row, to] of layer.entries()) {
      for (const [column, from] of sources.entries()) {
        mask[row * width + column] = synapses[from * units + to] === 0 ? 0 : 1;
      }
    }
    return { inputs: sources.length, units: layer.length, mask };
  });
}

/** part [n, width] = columns start to start + width of whole [n, wholeWidth]. */
function takeColumns(
  whole: Float64Array,
  wholeWidth: number,
  start: number,
  width: number,
  n: number,
  part: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    for (let u = 0; u < width; u++) part[i * width + u] = whole[i * wholeWidth + start + u];
  }
}

function putColumns(
  part: Float64Array,
  wholeWidth: number,
  start: number,
  width: number,
  n: number,
  whole: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    for (let u = 0; u < width; u++) whole[i * wholeWidth + start + u] = part[i * width + u];
  }
}
