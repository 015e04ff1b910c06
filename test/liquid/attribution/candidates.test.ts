import { describe, expect, test } from 'vitest';
import { candidatesOf, featureNames } from '../../../src/liquid/attribution/candidates.ts';
import type { Run } from '../../../src/liquid/attribution/run.ts';
import { runOf } from './runs.ts';

/** The features that are not 0, by step. */
function shown(run: Run): Readonly<Record<number, readonly string[]>> {
  const { form, indices, x } = candidatesOf(run);
  const names = featureNames[form];
  return Object.fromEntries(
    indices.map((index, i) => [index, names.filter((_, k) => Math.abs(x[i * names.length + k]) > 1e-9)]),
  );
}

describe('a group chat', () => {
  test('every step but the terminal’s is a candidate, with what its wording and the terminal’s answer show', () => {
    const run = runOf(
      'how many albums did she publish',
      'Music: how many albums did she publish',
      'Coder: ```python\nscrape()\n```',
      'Terminal: exitcode: 1 (execution failed)\nCode output: Traceback',
      'Checker: Let us manually count how many albums did she publish',
      'Terminal: There is no code from the last 1 message for me to execute.',
      'Music: I agree. TERMINATE',
    );
    expect(shown(run)).toEqual({
      0: ['kickoff'],
      1: ['code', 'code fails', 'new words'],
      3: ['order', 'improvised', 'after a failure, no code', 'new words'],
      5: ['order', 'after a failure, no code', 'closes', 'new words'],
    });
  });

  test('a kickoff that hands out another task, or code that runs at once, stands out', () => {
    const wrongTask = runOf('how many albums did she publish', 'Debugger: exit code, unknown language', 'Tester: fine');
    expect(shown(wrongTask)[0]).toEqual(['kickoff', 'kickoff misses the question']);
    const code = runOf(
      'add one and two',
      'Coder: add one and two ```1 + 2```',
      'Terminal: exitcode: 0 (ok)\nCode output: 3',
    );
    expect(shown(code)[0]).toEqual(['kickoff', 'kickoff code is run']);
  });

  test('a run without a known question is no run that misses it', () => {
    expect(shown(runOf(null, 'Coder: something', 'Tester: fine'))[0]).toEqual(['kickoff']);
  });

  test('code that runs and finds nothing is told from code that finds something', () => {
    const saying = (output: string) =>
      shown(
        runOf(null, 'A: go', 'B: ```code```', `Terminal: exitcode: 0 (execution succeeded)\nCode output: ${output}`),
      )[1];
    expect(saying('[]')).toContain('code finds nothing');
    expect(saying('Population data not found.')).toContain('code finds nothing');
    expect(saying('42')).not.toContain('code finds nothing');
  });
});

describe('a led team', () => {
  const ledger = (satisfied: boolean) =>
    `{"is_request_satisfied": {"reason": "r", "answer": ${satisfied}}, "is_in_loop": {"reason": "r", "answer": ${!satisfied}}}`;

  test('the leader’s plans and instructions and the workers’ replies are candidates, its bookkeeping is not', () => {
    const run = runOf(
      'what is it',
      'human: what is it',
      'Leader (thought): Initial plan: look it up',
      'Leader -> Surfer: search for it',
      'Leader (thought): Next speaker Surfer',
      'Surfer: I typed it into the search bar. Here is a screenshot of a page',
      `Leader (thought): ${ledger(false)}`,
      'Leader -> Helper: answer from the page',
      'Helper: It is a stone.',
      `Leader (thought): ${ledger(true)}`,
      'Leader (thought): Request satisfied.',
      'Leader (termination): done',
    );
    expect(shown(run)).toEqual({
      1: [],
      2: [],
      4: ['worker'],
      5: ['order'],
      6: ['order'],
      7: ['worker', 'order', 'last turn', 'answers'],
      8: ['order'],
    });
  });

  test('a reply after which the leader asks the same again is marked', () => {
    const run = runOf(
      null,
      'human: what is it',
      'Leader -> Surfer: please scroll down to the first week of August',
      'Surfer: I scrolled down one page',
      'Leader -> Surfer: please continue to scroll down to the first week of August',
      'Surfer: I scrolled down one page',
    );
    expect(shown(run)[2]).toEqual(['worker', 'asked again']);
  });

  test('a team whose leader never got to instruct anybody is led all the same', () => {
    const run = runOf(
      null,
      'human: translate',
      'Leader (thought): Initial plan: say it',
      'Leader (thought): Request satisfied.',
    );
    expect(candidatesOf(run)).toMatchObject({ form: 'led', indices: [1] });
  });
});

test('a run in which only a terminal speaks has no candidate', () => {
  expect(candidatesOf(runOf(null, 'Terminal: exitcode: 0 (ok)'))).toMatchObject({ indices: [] });
});
