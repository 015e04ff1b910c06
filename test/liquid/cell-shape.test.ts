import { expect, test } from 'vitest';
import { cellShape, MOMENTS_KEPT, NO_HISTORY, type ShapeHistory } from '../../src/liquid/cell-shape.ts';
import { type Moment, stability } from '../../src/topology/index.ts';
import { mulberry32 } from './random.ts';
import { agentState, edge, snapshot } from './snapshots.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

function restless(random: () => number, outlier = 0) {
  const z = () => 2 * random() - 1;
  const agents = names.map((agent, i) =>
    agentState(agent, {
      deviation: { latency: i === 3 ? outlier : z(), traffic: z(), errors: z(), saturation: i === 3 ? outlier : z() },
    }),
  );
  return snapshot(agents, [edge('a', 'b'), edge('b', 'c'), edge('c', 'a', { count: 3 })]);
}

test('stability kept step by step equals stability of the last windows as a whole', () => {
  const random = mulberry32(1);
  const moments: Moment[] = [];
  let history: ShapeHistory = NO_HISTORY;
  for (let t = 0; t < 12; t++) {
    const shape = cellShape(restless(random, t === 9 ? 40 : 0), history);
    if (shape === null) throw new Error('a cell with agents has a shape');
    moments.push(shape.topology.state.persistence.diagrams);
    expect(shape.stability).toBe(stability(moments.slice(-1 - MOMENTS_KEPT)).score);
    history = shape.history;
    expect(history.moments.length).toBe(Math.min(t + 1, MOMENTS_KEPT));
  }
});

test('an agent that leaves the others stands apart and upsets the shape', () => {
  const random = mulberry32(2);
  let history: ShapeHistory = NO_HISTORY;
  for (let t = 0; t < 6; t++) history = cellShape(restless(random), history)?.history ?? NO_HISTORY;
  const shape = cellShape(restless(random, 45), history);
  expect(shape?.stability).toBeLessThan(0.7);
  const apartness = Array.from(shape?.input.apartness ?? []);
  expect(apartness.indexOf(Math.max(...apartness))).toBe(3);
});

test('a cell without agents has no shape', () => {
  expect(cellShape(snapshot([]), NO_HISTORY)).toBeNull();
});
