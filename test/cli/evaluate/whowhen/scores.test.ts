import { describe, expect, test } from 'vitest';
import { type Case, caseOf, crossValidate } from '../../../../src/cli/evaluate/whowhen/cross-validate.ts';
import {
  agentFloors,
  chosenPerPart,
  type FaultyRun,
  highest,
  stepFloors,
} from '../../../../src/cli/evaluate/whowhen/floors.ts';
import { anyCandidate, logLinear, type Method } from '../../../../src/cli/evaluate/whowhen/methods.ts';
import { type Hits, hitsOf, interval, percent } from '../../../../src/cli/evaluate/whowhen/scores.ts';
import { runOf } from '../../../liquid/attribution/runs.ts';
import { mulberry32 } from '../../../liquid/random.ts';

function faulty(agent: string, step: number, ...lines: readonly string[]): FaultyRun {
  return { part: '', file: '', run: runOf(null, ...lines), fault: { agent, step } };
}

describe('hits', () => {
  const attribution = {
    steps: [4, 2, 7, 1].map((index, i) => ({ index, probability: 0.4 - i / 10 })),
    agents: [{ agent: 'Ann', probability: 1 }],
  };

  test('say whether the agent and the step are named, how far down, and how near', () => {
    expect(hitsOf(attribution, { agent: 'Ann', step: 4 })).toEqual({
      agent: true,
      step: true,
      top3: true,
      withinOne: true,
    });
    expect(hitsOf(attribution, { agent: 'Bob', step: 7 })).toEqual({
      agent: false,
      step: false,
      top3: true,
      withinOne: false,
    });
    expect(hitsOf(attribution, { agent: 'Ann', step: 5 })).toMatchObject({ step: false, top3: false, withinOne: true });
    expect(hitsOf({ steps: [], agents: [] }, { agent: 'Ann', step: 0 })).toEqual({
      agent: false,
      step: false,
      top3: false,
      withinOne: false,
    });
  });

  test('have a bootstrap interval as wide as the binomial one', () => {
    const hits = Array.from(
      { length: 100 },
      (_, i): Hits => ({ agent: i % 2 === 0, step: false, top3: true, withinOne: true }),
    );
    expect(percent(hits, 'agent')).toBe(50);
    const [low, high] = interval(hits, 'agent', mulberry32(1));
    expect(Math.abs(low - 40.2)).toBeLessThan(2);
    expect(Math.abs(high - 59.8)).toBeLessThan(2);
    expect(interval(hits, 'top3', mulberry32(1))).toEqual([100, 100]);
  });
});

describe('floors', () => {
  const first = [faulty('A', 1, 'A: x', 'A: y', 'B: z'), faulty('B', 1, 'A: x', 'B: y', 'B: z', 'A: w')];
  const second = [faulty('B', 0, 'B: x', 'A: y')];

  test('are measured on the data at hand, each place by itself', () => {
    const agents = Object.fromEntries(agentFloors(first).map(({ name, percent: hit }) => [name, hit]));
    expect(agents).toMatchObject({
      'first speaker': 50,
      'last speaker': 0,
      'most frequent speaker': 50,
      'speaker of step 1': 100,
      'speaker of a step drawn at random': 58.3,
    });
    expect(highest(stepFloors(first))).toEqual({ name: 'step 1', percent: 100 });
    expect(stepFloors(first)).toContainEqual({ name: 'step 2 from the end', percent: 50 });
  });

  test('may be another one in each part', () => {
    expect(highest(stepFloors([...first, ...second])).percent).toBe(66.7);
    expect(chosenPerPart([first, second], stepFloors)).toBe(100);
  });
});

describe('cross-validation', () => {
  /** The mistake is always the improvising step. */
  const cases = Array.from({ length: 20 }, (_, i): Case => {
    const lines = ['Chief: the task', 'Ann: one', 'Bob: two', 'Ann: three'];
    const step = 1 + (i % 3);
    return caseOf(
      faulty(step === 2 ? 'Bob' : 'Ann', step, ...lines.map((line, k) => (k === step ? `${line}, I assume` : line))),
    );
  });

  test('finds a rule that the other folds show, and scores every case once, in its place', () => {
    const hits = crossValidate(cases, 5, logLinear(0.1), mulberry32(3));
    expect(hits).toHaveLength(20);
    expect(percent(hits, 'step')).toBe(100);
    expect(percent(crossValidate(cases, 5, anyCandidate, mulberry32(3)), 'step')).toBeLessThan(50);
  });

  test('no case is among those that its own method was fitted on', () => {
    let fits = 0;
    const spying: Method = (_, training) => {
      fits++;
      const known = new Set(training.map(({ x }) => x));
      return (candidates) => {
        expect(known.has(candidates.x)).toBe(false);
        return candidates.indices.map(() => 1);
      };
    };
    crossValidate(cases, cases.length, spying, mulberry32(1));
    expect(fits).toBe(cases.length);
  });

  test('two cases are left to chance, and so are those that leave no choice', () => {
    const never: Method = () => {
      throw new Error('there is nothing to fit');
    };
    expect(crossValidate(cases.slice(0, 2), 10, never, mulberry32(1))).toHaveLength(2);
    const oneStep = Array.from({ length: 8 }, () => caseOf(faulty('Ann', 0, 'Ann: done')));
    expect(percent(crossValidate(oneStep, 5, never, mulberry32(1)), 'step')).toBe(100);
  });
});
