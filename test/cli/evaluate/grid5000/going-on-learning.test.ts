import { describe, expect, it } from 'vitest';
import { GoingOnLearning } from '../../../../src/cli/evaluate/grid5000/going-on-learning.ts';
import { Random } from '../../../../src/fleet/reference/index.ts';
import { Sweep } from '../../../../src/liquid/availability/sweep.ts';
import { type AvailabilityEvent, type AvailabilityTrace, traceOf } from '../../../../src/liquid/availability/trace.ts';
import { averagedCfc } from '../../../../src/liquid/averaged-cfc.ts';
import { networkOf } from '../../../../src/liquid/network.ts';
import { type NetworkModel, readNetwork, serializeNetwork } from '../../../../src/liquid/network-file.ts';
import { initialParameters } from '../../../../src/liquid/parameters.ts';
import { hourOfWeek, places, randomEvents, START_S } from '../../../liquid/availability/fleets.ts';

const NODES = 12;
const DAY_S = 86_400;
const SPLIT_S = START_S + 12 * DAY_S;
const NOW_S = START_S + 20 * DAY_S;

function modelFor(inputs: readonly string[], more = {}): NetworkModel {
  const random = new Random(1, 'weights');
  const network = networkOf({
    cell: 'cfc',
    mode: 'default',
    inputs: inputs.length,
    units: 3,
    backboneUnits: 4,
    backboneLayers: 1,
  });
  const whole = averagedCfc(
    [0, 1].map(() => ({ network, theta: initialParameters(network.layout, () => random.uniform()), share: 0.5 })),
  );
  const made = {
    inputs: [...inputs],
    scale: { mean: inputs.map(() => 1), deviation: inputs.map(() => 4) },
    members: [0, 1].map(() => ({ units: 3, backboneUnits: 4, share: 0.5 })),
    ...more,
  };
  return readNetwork(JSON.parse(serializeNetwork({ name: 'small', ...whole, made, metrics: {} })));
}

/** Log-odds of every case until then, by tick and node. */
function scoresUntil(trace: AvailabilityTrace, toS: number): Map<string, number> {
  const sweep = new Sweep(trace, hourOfWeek);
  const width = sweep.names.length;
  const online = new GoingOnLearning(modelFor(sweep.names), sweep.names, trace, SPLIT_S);
  const rows = new Float32Array(NODES * width);
  const scores = new Map<string, number>();
  for (const tick of sweep.ticks(START_S, toS)) {
    online.advance(tick);
    for (const [i, node] of tick.nodes.entries()) tick.features(node, rows, i * width);
    const { ours } = online.score(rows, tick.nodes, tick.number);
    for (const [i, node] of tick.nodes.entries()) scores.set(`${tick.tS} ${node}`, ours[i]);
  }
  return scores;
}

describe('learning in the stream', () => {
  it('knows nothing of what begins later, and gives a number for every case', () => {
    const events = randomEvents(8, NODES, 24);
    const known = events
      .filter(({ startS }) => startS <= NOW_S)
      .map((event): AvailabilityEvent => (event.stopS > NOW_S ? { ...event, stopS: NOW_S + 1e9 } : event));
    const whole = scoresUntil(traceOf(events, places(NODES)), NOW_S);
    const past = scoresUntil(traceOf(known, places(NODES)), NOW_S);
    expect(past.size).toBeGreaterThan(1000);
    expect([...past]).toEqual([...whole]);
    for (const score of past.values()) expect(Number.isFinite(score)).toBe(true);
  });

  it('needs a file that says how its inputs were scaled and what it is made of', () => {
    const trace = traceOf(randomEvents(8, NODES, 24), places(NODES));
    const { names } = new Sweep(trace, hourOfWeek);
    const make = (more: object) => new GoingOnLearning(modelFor(names, more), names, trace, SPLIT_S);
    expect(() => make({ scale: null })).toThrow(/made\.scale/);
    expect(() => make({ members: [] })).toThrow(/made\.members/);
    expect(() => make({ scale: { mean: [1], deviation: [1] } })).toThrow(/do not fit/);
  });
});
