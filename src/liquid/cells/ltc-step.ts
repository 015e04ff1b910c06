import { sigmoid, softplus } from '../dense.ts';
import type { CellStep } from './cell.ts';
import {
  conduct,
  conductBackward,
  gather,
  gatheredSynapses,
  type SynapseParameters,
  type Synapses,
  scatter,
} from './synapses.ts';

export const LTC_UNFOLDS = 6;
export const LTC_EPSILON = 1e-8;

/** Where an LTC's step finds what it reads: the synapses, and the offsets of the parameters in the flat vector. */
export interface LtcPlan {
  readonly inputs: number;
  readonly units: number;
  readonly inner: Synapses;
  readonly sensory: Synapses;
  readonly innerParameters: SynapseParameters;
  readonly sensoryParameters: SynapseParameters;
  readonly leak: number;
  readonly rest: number;
  readonly capacity: number;
  readonly inputScale: number;
  readonly inputShift: number;
}

/** A step of the cell in ltc.ts, whose equation stands there. */
export function createLtcStep(plan: LtcPlan, rows: number): CellStep {
  const { inputs, units, inner, sensory, innerParameters, sensoryParameters } = plan;
  const { leak, rest, capacity, inputScale, inputShift } = plan;
  const innerNow = gatheredSynapses(inner.count);
  const sensoryNow = gatheredSynapses(sensory.count);
  const gradInner = gatheredSynapses(inner.count);
  const gradSensory = gatheredSynapses(sensory.count);
  const leaks = new Float64Array(units);
  const capacities = new Float64Array(units);
  const xSeen = new Float64Array(rows * inputs);
  const mapped = new Float64Array(rows * inputs);
  const spans = new Float64Array(rows);
  const sensoryActivation = new Float64Array(rows * sensory.count);
  /** Before each unfold and after the last, [unfolds + 1, units] a row. */
  const potentials = new Float64Array(rows * (LTC_UNFOLDS + 1) * units);
  const activations = new Float64Array(rows * LTC_UNFOLDS * inner.count);
  /** What drives a neuron in an unfold, and how strongly it is held: g_l v_l + sum f E and g_l + sum f, [rows, unfolds, units]. */
  const inflows = new Float64Array(rows * LTC_UNFOLDS * units);
  const flows = new Float64Array(rows * LTC_UNFOLDS * units);
  const current = new Float64Array(units);
  const conductance = new Float64Array(units);
  const sensoryCurrent = new Float64Array(units);
  const sensoryConductance = new Float64Array(units);
  const gradCurrent = new Float64Array(units);
  const gradConductance = new Float64Array(units);
  const gradSensoryCurrent = new Float64Array(units);
  const gradSensoryConductance = new Float64Array(units);
  const gradPotential = new Float64Array((LTC_UNFOLDS + 1) * units);
  const gradMapped = new Float64Array(rows * inputs);
  const gradPace = new Float64Array(units);
  let n = 0;

  return {
    forward(theta, x, state, elapsed, count, next) {
      n = count;
      gather(inner, innerParameters, theta, innerNow);
      gather(sensory, sensoryParameters, theta, sensoryNow);
      for (let u = 0; u < units; u++) {
        leaks[u] = softplus(theta[leak + u]);
        capacities[u] = softplus(theta[capacity + u]);
      }
      for (let i = 0; i < n; i++) {
        spans[i] = elapsed[i];
        for (let k = 0; k < inputs; k++) {
          xSeen[i * inputs + k] = x[i * inputs + k];
          mapped[i * inputs + k] = theta[inputScale + k] * x[i * inputs + k] + theta[inputShift + k];
        }
        sensoryCurrent.fill(0);
        sensoryConductance.fill(0);
        conduct(
          sensory,
          sensoryNow,
          mapped,
          i * inputs,
          sensoryActivation,
          i * sensory.count,
          sensoryCurrent,
          sensoryConductance,
        );
        const first = i * (LTC_UNFOLDS + 1) * units;
        for (let u = 0; u < units; u++) potentials[first + u] = state[i * units + u];
        for (let f = 0; f < LTC_UNFOLDS; f++) {
          const v = first + f * units;
          const unfold = (i * LTC_UNFOLDS + f) * units;
          current.set(sensoryCurrent);
          conductance.set(sensoryConductance);
          conduct(
            inner,
            innerNow,
            potentials,
            v,
            activations,
            (i * LTC_UNFOLDS + f) * inner.count,
            current,
            conductance,
          );
          for (let u = 0; u < units; u++) {
            const pace = spans[i] / (LTC_UNFOLDS * capacities[u]);
            const inflow = leaks[u] * theta[rest + u] + current[u];
            const flow = leaks[u] + conductance[u] + LTC_EPSILON;
            potentials[v + units + u] = (potentials[v + u] + pace * inflow) / (1 + pace * flow);
            inflows[unfold + u] = inflow;
            flows[unfold + u] = flow;
          }
        }
        const last = first + LTC_UNFOLDS * units;
        for (let u = 0; u < units; u++) next[i * units + u] = potentials[last + u];
      }
    },

    backward(theta, gradNext, gradTheta, gradState, gradX = null, gradElapsed = null) {
      gradMapped.fill(0);
      for (let i = 0; i < n; i++) {
        const first = i * (LTC_UNFOLDS + 1) * units;
        gradPotential.fill(0);
        for (let u = 0; u < units; u++) gradPotential[LTC_UNFOLDS * units + u] = gradNext[i * units + u];
        gradSensoryCurrent.fill(0);
        gradSensoryConductance.fill(0);
        gradPace.fill(0);
        for (let f = LTC_UNFOLDS - 1; f >= 0; f--) {
          const unfold = (i * LTC_UNFOLDS + f) * units;
          for (let u = 0; u < units; u++) {
            const pace = spans[i] / (LTC_UNFOLDS * capacities[u]);
            const flow = flows[unfold + u];
            const gradNumerator = gradPotential[(f + 1) * units + u] / (1 + pace * flow);
            const gradDenominator = -gradNumerator * potentials[first + (f + 1) * units + u];
            gradPotential[f * units + u] += gradNumerator;
            gradPace[u] += gradNumerator * inflows[unfold + u] + gradDenominator * flow;
            gradCurrent[u] = pace * gradNumerator;
            gradConductance[u] = pace * gradDenominator;
            gradSensoryCurrent[u] += gradCurrent[u];
            gradSensoryConductance[u] += gradConductance[u];
            gradTheta[rest + u] += gradCurrent[u] * leaks[u];
            const gradLeak = gradCurrent[u] * theta[rest + u] + gradConductance[u];
            gradTheta[leak + u] += gradLeak * sigmoid(theta[leak + u]);
          }
          conductBackward(
            inner,
            innerNow,
            innerParameters.erev,
            theta,
            potentials.subarray(first + f * units, first + (f + 1) * units),
            0,
            activations,
            (i * LTC_UNFOLDS + f) * inner.count,
            gradCurrent,
            gradConductance,
            gradInner,
            gradPotential.subarray(f * units, (f + 1) * units),
          );
        }
        conductBackward(
          sensory,
          sensoryNow,
          sensoryParameters.erev,
          theta,
          mapped,
          i * inputs,
          sensoryActivation,
          i * sensory.count,
          gradSensoryCurrent,
          gradSensoryConductance,
          gradSensory,
          gradMapped,
        );
        let gradSpan = 0;
        for (let u = 0; u < units; u++) {
          const perSpan = gradPace[u] / (LTC_UNFOLDS * capacities[u]);
          gradSpan += perSpan;
          gradTheta[capacity + u] -= (perSpan * spans[i] * sigmoid(theta[capacity + u])) / capacities[u];
          gradState[i * units + u] = gradPotential[u];
        }
        if (gradElapsed !== null) gradElapsed[i] = gradSpan;
        for (let k = 0; k < inputs; k++) {
          const j = i * inputs + k;
          gradTheta[inputScale + k] += gradMapped[j] * xSeen[j];
          gradTheta[inputShift + k] += gradMapped[j];
          if (gradX !== null) gradX[j] = gradMapped[j] * theta[inputScale + k];
        }
      }
      scatter(inner, innerParameters, gradInner, theta, gradTheta);
      scatter(sensory, sensoryParameters, gradSensory, theta, gradTheta);
    },
  };
}
