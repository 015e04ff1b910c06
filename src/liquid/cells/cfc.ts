import { affine, affineBackward, sigmoid } from '../dense.ts';
import { LiquidError } from '../errors.ts';
import { ALONE, applyMasks, blockOf, layoutOf, type Placement, type Shape } from '../parameters.ts';
import type { Cell, CellStep } from './cell.ts';

/**
 * Closed-form continuous-time cell (Hasani et al., Closed-form continuous-time neural networks, Nature Machine Intelligence 4, 2022).
 *
 *   z = backbone([x; h])                       layers of lecun_tanh(u) = 1.7159 tanh(0.666 u); none: z = [x; h]
 *   default:  h' = g (1 - t) + t k             g = tanh(ff1 z), k = tanh(ff2 z), t = sigmoid(time_a(z) dt + time_b(z))
 *   no-gate:  h' = g + t k
 *   pure:     h' = A - A exp(-dt (|w_tau| + |f|)) f,  f = ff1 z
 *
 * Parameters carry the names that ncps gives them; in `backbone.N` its activations count too, so the layers are 0, 2, 4, ...
 */
export type CfcMode = 'default' | 'no-gate' | 'pure';

export interface CfcArchitecture {
  readonly cell: 'cfc';
  readonly mode: CfcMode;
  readonly inputs: number;
  readonly units: number;
  readonly backboneUnits: number;
  /** 0 or more; without a backbone the heads read [x; h] itself. */
  readonly backboneLayers: number;
}

const SCALE = 1.7159;
const SLOPE = 0.666;
const modes: readonly CfcMode[] = ['default', 'no-gate', 'pure'];

/**
 * mask [units, inputs + units], if given, says which inputs and units ff1 and ff2 may read, in a cell without a backbone; the heads of
 * the gate read all, as in ncps. Throws architecture-invalid.
 */
export function cfcCell(
  architecture: CfcArchitecture,
  mask: Uint8Array | null = null,
  placement: Placement = ALONE,
): Cell {
  check(architecture);
  const { inputs, units, mode, backboneUnits, backboneLayers } = architecture;
  const layout = layoutOf(shapes(architecture, mask), placement);
  const width = backboneLayers === 0 ? inputs + units : backboneUnits;
  const at = (name: string): number => blockOf(layout, placement.prefix + name).offset;
  const backbone = Array.from({ length: backboneLayers }, (_, i) => ({
    weight: at(`backbone.${2 * i}.weight`),
    bias: at(`backbone.${2 * i}.bias`),
    inputs: i === 0 ? inputs + units : backboneUnits,
  }));
  const heads = headNames(mode).map((name) => ({ weight: at(`${name}.weight`), bias: at(`${name}.bias`) }));
  const pure = mode === 'pure' ? { tau: at('w_tau'), asymptote: at('A') } : null;

  function createStep(rows: number): CellStep {
    const joined = new Float64Array(rows * (inputs + units));
    const layers = backbone.map(() => new Float64Array(rows * backboneUnits));
    const z = layers.at(-1) ?? joined;
    const outs = heads.map(() => new Float64Array(rows * units));
    const gradOuts = heads.map(() => new Float64Array(rows * units));
    const gradLayers = layers.map((layer) => new Float64Array(layer.length));
    const gradJoined = new Float64Array(joined.length);
    const gradZ = gradLayers.at(-1) ?? gradJoined;
    const spans = new Float64Array(rows);
    let n = 0;

    return {
      forward(theta, x, state, elapsed, count, next) {
        n = count;
        for (let i = 0; i < n; i++) {
          const row = i * (inputs + units);
          for (let k = 0; k < inputs; k++) joined[row + k] = x[i * inputs + k];
          for (let k = 0; k < units; k++) joined[row + inputs + k] = state[i * units + k];
          spans[i] = elapsed[i];
        }
        let below = joined;
        for (let l = 0; l < backbone.length; l++) {
          const { weight, bias, inputs: fanIn } = backbone[l];
          const layer = layers[l];
          affine(theta, weight, bias, below, n, fanIn, backboneUnits, layer);
          for (let j = 0; j < n * backboneUnits; j++) layer[j] = SCALE * Math.tanh(SLOPE * layer[j]);
          below = layer;
        }
        for (let k = 0; k < heads.length; k++) {
          affine(theta, heads[k].weight, heads[k].bias, z, n, width, units, outs[k]);
        }
        if (pure !== null) mixPure(theta, pure.tau, pure.asymptote, outs[0], spans, n, units, next);
        else mixGated(outs, spans, n, units, mode === 'default' ? 1 : 0, next);
      },

      backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
        if (pure !== null) {
          const { tau, asymptote } = pure;
          unmixPure(theta, tau, asymptote, outs[0], spans, n, units, gradNext, gradOuts[0], gradTheta, gradElapsed);
        } else unmixGated(outs, spans, n, units, mode === 'default' ? 1 : 0, gradNext, gradOuts, gradElapsed);
        gradZ.fill(0);
        for (let k = 0; k < heads.length; k++) {
          const { weight, bias } = heads[k];
          affineBackward(theta, weight, bias, z, n, width, units, gradOuts[k], gradTheta, gradZ);
        }
        for (let l = backbone.length - 1; l >= 0; l--) {
          const { weight, bias, inputs: fanIn } = backbone[l];
          const layer = layers[l];
          const gradLayer = gradLayers[l];
          // d/du SCALE tanh(SLOPE u) = SCALE SLOPE (1 - tanh^2), with tanh = layer / SCALE.
          for (let j = 0; j < n * backboneUnits; j++) gradLayer[j] *= SLOPE * (SCALE - (layer[j] * layer[j]) / SCALE);
          const below = l === 0 ? joined : layers[l - 1];
          const gradBelow = l === 0 ? gradJoined : gradLayers[l - 1];
          gradBelow.fill(0);
          affineBackward(theta, weight, bias, below, n, fanIn, backboneUnits, gradLayer, gradTheta, gradBelow);
        }
        for (let i = 0; i < n; i++) {
          const row = i * (inputs + units);
          for (let k = 0; k < units; k++) gradState[i * units + k] = gradJoined[row + inputs + k];
          if (gradX !== null) for (let k = 0; k < inputs; k++) gradX[i * inputs + k] = gradJoined[row + k];
        }
        if (mask !== null) applyMasks(layout, gradTheta);
      },
    };
  }

  return { inputs, state: units, output: { offset: 0, size: units }, layout, createStep };
}

/** The cell's linear heads, in the order of its layout. */
export function headNames(mode: CfcMode): readonly string[] {
  return mode === 'pure' ? ['ff1'] : ['ff1', 'ff2', 'time_a', 'time_b'];
}

function shapes(
  { inputs, units, mode, backboneUnits, backboneLayers }: CfcArchitecture,
  mask: Uint8Array | null,
): readonly Shape[] {
  const shapes: Shape[] = [];
  let fanIn = inputs + units;
  for (let i = 0; i < backboneLayers; i++) {
    shapes.push({ name: `backbone.${2 * i}.weight`, rows: backboneUnits, columns: fanIn });
    shapes.push({ name: `backbone.${2 * i}.bias`, rows: 1, columns: backboneUnits });
    fanIn = backboneUnits;
  }
  for (const name of headNames(mode)) {
    const masked = mask !== null && name.startsWith('ff') ? { mask } : {};
    shapes.push({ name: `${name}.weight`, rows: units, columns: fanIn, ...masked });
    shapes.push({ name: `${name}.bias`, rows: 1, columns: units });
  }
  if (mode === 'pure') {
    shapes.push({ name: 'w_tau', rows: 1, columns: units });
    shapes.push({ name: 'A', rows: 1, columns: units });
  }
  return shapes;
}

/** outs: the heads before their activations; on return tanh, tanh, time_a as it was, and the gate t in place of time_b. */
function mixGated(
  outs: readonly Float64Array[],
  spans: Float64Array,
  n: number,
  units: number,
  gated: 0 | 1,
  next: Float64Array,
): void {
  const [g, k, a, b] = outs;
  for (let i = 0; i < n; i++) {
    const span = spans[i];
    for (let j = i * units; j < (i + 1) * units; j++) {
      const t = sigmoid(a[j] * span + b[j]);
      g[j] = Math.tanh(g[j]);
      k[j] = Math.tanh(k[j]);
      b[j] = t;
      next[j] = g[j] * (1 - gated * t) + t * k[j];
    }
  }
}

function unmixGated(
  outs: readonly Float64Array[],
  spans: Float64Array,
  n: number,
  units: number,
  gated: 0 | 1,
  gradNext: Float64Array,
  gradOuts: readonly Float64Array[],
  gradElapsed: Float64Array | null,
): void {
  const [g, k, a, t] = outs;
  const [gradG, gradK, gradA, gradB] = gradOuts;
  for (let i = 0; i < n; i++) {
    const span = spans[i];
    let gradSpan = 0;
    for (let j = i * units; j < (i + 1) * units; j++) {
      const d = gradNext[j];
      gradG[j] = d * (1 - gated * t[j]) * (1 - g[j] * g[j]);
      gradK[j] = d * t[j] * (1 - k[j] * k[j]);
      const gradU = d * (k[j] - gated * g[j]) * t[j] * (1 - t[j]);
      gradA[j] = gradU * span;
      gradB[j] = gradU;
      gradSpan += gradU * a[j];
    }
    if (gradElapsed !== null) gradElapsed[i] = gradSpan;
  }
}

function mixPure(
  theta: Float64Array,
  tau: number,
  asymptote: number,
  f: Float64Array,
  spans: Float64Array,
  n: number,
  units: number,
  next: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    for (let u = 0; u < units; u++) {
      const j = i * units + u;
      const decay = Math.exp(-spans[i] * (Math.abs(theta[tau + u]) + Math.abs(f[j])));
      next[j] = theta[asymptote + u] * (1 - decay * f[j]);
    }
  }
}

function unmixPure(
  theta: Float64Array,
  tau: number,
  asymptote: number,
  f: Float64Array,
  spans: Float64Array,
  n: number,
  units: number,
  gradNext: Float64Array,
  gradF: Float64Array,
  gradTheta: Float64Array,
  gradElapsed: Float64Array | null,
): void {
  for (let i = 0; i < n; i++) {
    const span = spans[i];
    let gradSpan = 0;
    for (let u = 0; u < units; u++) {
      const j = i * units + u;
      const w = theta[tau + u];
      const a = theta[asymptote + u];
      const rate = Math.abs(w) + Math.abs(f[j]);
      const decay = Math.exp(-span * rate);
      gradSpan += gradNext[j] * a * f[j] * decay * rate;
      gradTheta[asymptote + u] += gradNext[j] * (1 - decay * f[j]);
      gradTheta[tau + u] += gradNext[j] * a * f[j] * decay * span * Math.sign(w);
      gradF[j] = -gradNext[j] * a * decay * (1 - span * Math.abs(f[j]));
    }
    if (gradElapsed !== null) gradElapsed[i] = gradSpan;
  }
}

function check(architecture: CfcArchitecture): void {
  const { mode, inputs, units, backboneUnits, backboneLayers } = architecture;
  if (!modes.includes(mode)) {
    throw new LiquidError('architecture-invalid', `CfC mode '${mode}' is none of ${modes.join(', ')}`);
  }
  const sizes: readonly (readonly [string, number, number, number])[] = [
    ['inputs', inputs, 1, 4096],
    ['units', units, 1, 4096],
    ['backboneLayers', backboneLayers, 0, 16],
    ['backboneUnits', backboneUnits, backboneLayers === 0 ? 0 : 1, 4096],
  ];
  for (const [name, value, least, most] of sizes) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new LiquidError(
        'architecture-invalid',
        `CfC ${name} is ${value}; valid are integers from ${least} to ${most}`,
      );
    }
  }
}
