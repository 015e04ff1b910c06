import { softplus } from '../dense.ts';

/**
 * The synapses of an LTC, one entry each, sorted by the neuron they feed. A synapse from value v has the conductance
 * softplus(w) x sigmoid(sigma (v - mu)) and drives its neuron towards erev.
 */
export interface Synapses {
  readonly count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Index of the synapse in the matrices [sources, units] of its parameters. */
  readonly place: Int32Array;
}

/** matrix [sources, units], 0 where there is no synapse. */
export function synapsesOf(matrix: Int8Array, units: number): Synapses {
  const places: number[] = [];
  for (let to = 0; to < units; to++) {
    for (let place = to; place < matrix.length; place += units) if (matrix[place] !== 0) places.push(place);
  }
  return {
    count: places.length,
    from: Int32Array.from(places, (place) => Math.floor(place / units)),
    to: Int32Array.from(places, (place) => place % units),
    place: Int32Array.from(places),
  };
}

/** Offsets of the four parameter matrices [sources, units] in the flat vector. */
export interface SynapseParameters {
  readonly sigma: number;
  readonly mu: number;
  readonly w: number;
  readonly erev: number;
}

/** The parameters of the synapses side by side, as one unfold after the other reads them. */
export interface GatheredSynapses {
  readonly sigma: Float64Array;
  readonly mu: Float64Array;
  /** softplus(w), and that times erev. */
  readonly weight: Float64Array;
  readonly drive: Float64Array;
}

export function gatheredSynapses(count: number): GatheredSynapses {
  const column = () => new Float64Array(count);
  return { sigma: column(), mu: column(), weight: column(), drive: column() };
}

export function gather(
  { count, place }: Synapses,
  { sigma, mu, w, erev }: SynapseParameters,
  theta: Float64Array,
  into: GatheredSynapses,
): void {
  for (let s = 0; s < count; s++) {
    const weight = softplus(theta[w + place[s]]);
    into.sigma[s] = theta[sigma + place[s]];
    into.mu[s] = theta[mu + place[s]];
    into.weight[s] = weight;
    into.drive[s] = weight * theta[erev + place[s]];
  }
}

/**
 * activation[s] = sigmoid(sigma (v - mu)), where v is value[offset + from[s]]; adds the conductances to conductance[to] and conductance
 * x erev to current[to].
 */
export function conduct(
  { count, from, to }: Synapses,
  { sigma, mu, weight, drive }: GatheredSynapses,
  value: Float64Array,
  offset: number,
  activation: Float64Array,
  activationOffset: number,
  current: Float64Array,
  conductance: Float64Array,
): void {
  for (let s = 0; s < count; s++) {
    const a = 1 / (1 + Math.exp(-sigma[s] * (value[offset + from[s]] - mu[s])));
    activation[activationOffset + s] = a;
    current[to[s]] += drive[s] * a;
    conductance[to[s]] += weight[s] * a;
  }
}

/**
 * Backwards: given the gradients of current and conductance by neuron, adds the gradients of sigma, mu, softplus(w) and erev by synapse to
 * `grad` (where weight stands for softplus(w) and drive for erev), and that of the values to gradValue[offset + from].
 */
export function conductBackward(
  { count, from, to, place }: Synapses,
  { sigma, mu, weight }: GatheredSynapses,
  erev: number,
  theta: Float64Array,
  value: Float64Array,
  offset: number,
  activation: Float64Array,
  activationOffset: number,
  gradCurrent: Float64Array,
  gradConductance: Float64Array,
  grad: GatheredSynapses,
  gradValue: Float64Array,
): void {
  for (let s = 0; s < count; s++) {
    const a = activation[activationOffset + s];
    const reversal = theta[erev + place[s]];
    const gradFlow = gradCurrent[to[s]] * reversal + gradConductance[to[s]];
    grad.weight[s] += gradFlow * a;
    grad.drive[s] += gradCurrent[to[s]] * weight[s] * a;
    const gradU = gradFlow * weight[s] * a * (1 - a);
    grad.sigma[s] += gradU * (value[offset + from[s]] - mu[s]);
    grad.mu[s] -= gradU * sigma[s];
    gradValue[offset + from[s]] += gradU * sigma[s];
  }
}

/** Adds the gradients by synapse to those of the parameters and clears them. */
export function scatter(
  { count, place }: Synapses,
  { sigma, mu, w, erev }: SynapseParameters,
  grad: GatheredSynapses,
  theta: Float64Array,
  gradTheta: Float64Array,
): void {
  for (let s = 0; s < count; s++) {
    gradTheta[sigma + place[s]] += grad.sigma[s];
    gradTheta[mu + place[s]] += grad.mu[s];
    gradTheta[erev + place[s]] += grad.drive[s];
    // d softplus(u)/du = sigmoid(u)
    gradTheta[w + place[s]] += grad.weight[s] / (1 + Math.exp(-theta[w + place[s]]));
  }
  for (const column of [grad.sigma, grad.mu, grad.weight, grad.drive]) column.fill(0);
}
