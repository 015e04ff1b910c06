import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../schemas/records.ts';
import { createStepRunner } from '../../src/compute/step-runner.ts';
import { findCauses } from '../../src/interventions/blame.ts';
import { FEATURE_GROUPS } from '../../src/liquid/features.ts';
import { type CellMemory, decodeMemory, encodeMemory, NO_MEMORY } from '../../src/liquid/memory.ts';
import { networkStep } from '../../src/liquid/network-step.ts';
import { stepProgram } from '../../src/liquid/onnx/step-program.ts';
import { type StepFunction, scoreCell } from '../../src/liquid/scoring.ts';
import { randomModel } from './models.ts';
import { mulberry32 } from './random.ts';
import { agentState, edge, silentAgent, snapshot } from './snapshots.ts';

const model = randomModel(4, 0);
const step = networkStep(model);

/** Windows of a fleet whose numbers wander. */
function windows(seed: number, count: number, agents: readonly string[]): readonly Snapshot[] {
  const random = mulberry32(seed);
  const z = () => 20 * random() - 10;
  return Array.from({ length: count }, (_, t) =>
    snapshot(
      agents.map((agent) =>
        agentState(agent, { deviation: { latency: z(), traffic: z(), errors: z(), saturation: z() } }),
      ),
      [edge('a', 'b'), edge('b', 'c')],
      1_000_000 + 1000 * t,
    ),
  );
}

async function scoreAll(list: readonly Snapshot[], with_: StepFunction, reopen = false) {
  let memory: CellMemory = NO_MEMORY;
  const all = [];
  for (const one of list) {
    const scores = await scoreCell(model, with_, one, null, memory);
    memory = reopen ? decodeMemory(encodeMemory(scores.memory, 8), 8) : scores.memory;
    all.push({ agents: scores.agents, cascade: scores.cascade });
  }
  return all;
}

describe('scoring', () => {
  test('keeps the state by agent: neither company nor storing it between windows changes a score', async () => {
    const list = windows(1, 12, ['a', 'b', 'c']);
    expect(await scoreAll(list, step, true)).toEqual(await scoreAll(list, step));
    const fewer = list.map((one) => ({ ...one, agents: one.agents.slice(2), edges: [] }));
    const together = list.map((one) => ({ ...one, edges: [] }));
    // Alone in its cell an agent has the same signals but another cell: only the cell's own entries may differ, so set these aside.
    const blind: StepFunction = (values, hidden, elapsed, n) =>
      step(
        values.map((value, k) => ([1, 14, 15, 16, 17, 18, 19, 20].includes(k % 24) ? 0 : value)),
        hidden,
        elapsed,
        n,
      );
    const alone = (await scoreAll(fewer, blind)).map(({ agents }) => agents[0].failure);
    expect((await scoreAll(together, blind)).map(({ agents }) => agents[2].failure)).toEqual(alone);
  });

  test('remembers: the same window scores otherwise after another past', async () => {
    const [first, ...rest] = windows(2, 6, ['a']);
    const withPast = (await scoreAll([first, ...rest], step)).at(-1);
    const without = (await scoreAll(rest.slice(-1), step)).at(-1);
    expect(withPast?.agents[0].failure).not.toBe(without?.agents[0].failure);
  });

  test('evidence is what the log-odds lose when a group is put back to normal', async () => {
    const [one] = windows(3, 1, ['a', 'b', 'c']);
    const { agents } = await scoreCell(model, step, one, null, NO_MEMORY);
    for (const { signals } of agents) {
      expect(signals.map(({ signal }) => signal).toSorted()).toEqual([...FEATURE_GROUPS].toSorted());
      expect(signals.map(({ weight }) => weight)).toEqual(
        signals.map(({ weight }) => weight).toSorted((a, b) => b - a),
      );
    }
    // Without edges and with a quiet cell, healing the latency by hand must lower the log-odds by the evidence's weight.
    const sick = agentState('a', { latencyMs: 20, deviation: { latency: 8, traffic: 0, errors: 0, saturation: 0 } });
    const logOddsOf = async (state: typeof sick) => {
      const failure = (await scoreCell(model, step, snapshot([state]), null, NO_MEMORY)).agents[0].failure;
      return Math.log(failure / (1 - failure));
    };
    const evidence = (await scoreCell(model, step, snapshot([sick]), null, NO_MEMORY)).agents[0].signals;
    const groups = new Map(evidence.map(({ signal, weight }) => [signal, weight]));
    const healed = agentState('a');
    // Healing by hand also takes the agent's own trouble out of the cell's mean, which belongs to the group of neighbours.
    const both = (await logOddsOf(sick)) - (await logOddsOf(healed));
    expect(Math.abs(both)).toBeGreaterThan(1e-3);
    expect(groups.get('errors')).toBeCloseTo(0, 6);
    expect(groups.get('latency')).not.toBe(0);
  });

  test('names a peer of another cell by the requests that failed there, and the planner finds it to blame', async () => {
    const victim = agentState('a', {
      deviation: { latency: 0, traffic: 0, errors: 30, saturation: 0 },
      errorRate: 0.9,
    });
    const calls = [
      edge('a', 'b'),
      edge('a', 'gone', { errors: 10 }),
      edge('a', 'far', { boundary: true, count: 80, errors: 72 }),
    ];
    const window = snapshot([victim, agentState('b')], calls);
    const { agents, cascade } = await scoreCell(model, step, window, null, NO_MEMORY);
    // As much as errors alone may weigh in an agent's trouble: 2 of 10.
    expect(agents[0].neighbours).toEqual([{ agent: 'far', weight: 0.8 * 2 * 0.9 }]);
    const { windowStartMs, windowEndMs } = window;
    const signals = [{ signal: 'neighbours', weight: 3 }];
    const blaming = { ...agents[0], failure: 0.9, signals };
    const [cause] = findCauses(
      {
        ...{ tenant: 't', fleet: 'f', cell: 0, windowStartMs, windowEndMs, cascade },
        ...{ snapshotHash: new Uint8Array(32), model: 'm', horizonMs: 1_000, agents: [blaming] },
      },
      0.6,
    );
    expect(cause).toMatchObject({ trouble: 'FOREIGN_PEER', foreignPeer: 'far' });
  });

  test('names the neighbours that weigh, at most five, only for agents at the threshold', async () => {
    const bad = agentState('b', { deviation: { latency: 50, traffic: 0, errors: 50, saturation: 0 } });
    const others = ['c', 'd', 'e', 'f', 'g', 'h'].map((agent) =>
      agentState(agent, { deviation: { latency: 2, traffic: 0, errors: 0, saturation: 0 } }),
    );
    const edges = [
      edge('a', 'a'),
      edge('a', 'b'),
      ...others.map(({ agent }) => edge('a', agent)),
      edge('a', 'far', { boundary: true }),
    ];
    const window = snapshot([agentState('a'), bad, ...others], edges);
    const { agents } = await scoreCell(model, step, window, null, NO_MEMORY);
    expect(agents[0].neighbours.map(({ agent }) => agent)).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(agents[0].neighbours[0].weight).toBeCloseTo(4 / 9, 10);
    const strict = await scoreCell({ ...model, threshold: 1 }, step, window, null, NO_MEMORY);
    expect(strict.agents.every(({ signals, neighbours }) => signals.length === 0 && neighbours.length === 0)).toBe(
      true,
    );
  });

  test('confidence grows while the baselines fill, and falls with what is missing', async () => {
    const all = await scoreAll(windows(5, 13, ['a', 'b', 'c']), step);
    const confidences = all.map(({ agents }) => agents[0].confidence);
    expect(confidences[0]).toBeLessThan(confidences[5]);
    expect(confidences[11]).toBeCloseTo(6 / 7, 6);
    expect(confidences[12]).toBe(confidences[11]);
    const silent = await scoreCell(model, step, snapshot([silentAgent('a', 3)]), null, NO_MEMORY);
    expect(silent.agents[0].confidence).toBeCloseTo(1 / 7 / 12, 6);
  });

  test('an agent back after a week, a cell without agents, and a window seen twice give finite scores', async () => {
    const before = await scoreCell(model, step, snapshot([agentState('a')]), null, NO_MEMORY);
    const later = snapshot([agentState('a')], [], 1_000_000 + 7 * 86_400_000);
    for (const again of [later, snapshot([agentState('a')])]) {
      const { agents } = await scoreCell(model, step, again, null, before.memory);
      expect(Number.isFinite(agents[0].failure)).toBe(true);
    }
    expect(await scoreCell(model, step, snapshot([]), null, before.memory)).toMatchObject({ agents: [], cascade: 0 });
  });

  test('gives through ONNX what it gives in TypeScript, to 1e-5', async () => {
    const program = stepProgram(model.network, model.theta, {
      name: model.id,
      tile: 64,
      calibration: model.calibration,
    });
    const runner = await createStepRunner(program);
    const list = windows(6, 20, ['a', 'b', 'c', 'd']);
    const [ours, theirs] = [await scoreAll(list, step), await scoreAll(list, runner.step)];
    for (const [t, { agents, cascade }] of ours.entries()) {
      expect(theirs[t].cascade).toBeCloseTo(cascade, 5);
      for (const [i, { failure }] of agents.entries())
        expect(Math.abs(theirs[t].agents[i].failure - failure)).toBeLessThan(1e-5);
    }
    await runner.close();
  });
});

describe('the memory of a cell', () => {
  test('reads back from its bytes, and the same memory gives the same bytes', () => {
    const agents = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/), { maxLength: 20, size: 'max' });
    fc.assert(
      fc.property(agents, fc.option(fc.nat(), { nil: null }), fc.integer(), (ids, endMs, seed) => {
        const random = mulberry32(seed);
        const memory: CellMemory = {
          endMs,
          agents: new Map(
            ids.map((id) => [
              id,
              { hidden: Float32Array.from({ length: 8 }, random), windows: Math.floor(256 * random()) },
            ]),
          ),
        };
        const bytes = encodeMemory(memory, 8);
        const back = decodeMemory(bytes, 8);
        expect(back).toEqual(memory);
        expect(encodeMemory(back, 8)).toEqual(bytes);
      }),
    );
  });

  test('is refused when cut short, run over, or of another model', () => {
    const memory: CellMemory = { endMs: 5, agents: new Map([['a', { hidden: new Float32Array(8), windows: 1 }]]) };
    const bytes = encodeMemory(memory, 8);
    for (const bad of [bytes.subarray(0, 5), bytes.subarray(0, -1), Uint8Array.from([...bytes, 0])]) {
      expect(() => decodeMemory(bad, 8)).toThrow(expect.objectContaining({ code: 'state-malformed' }));
    }
    expect(() => decodeMemory(bytes, 16)).toThrow(/H 8; valid is version 1, H 16/);
  });
});
