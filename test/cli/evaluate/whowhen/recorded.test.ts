/** The shipped attribution model on the recorded dev runs; they are read from ../shared/data, or from AURA_DATA. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agentFloors, type FaultyRun, stepFloors } from '../../../../src/cli/evaluate/whowhen/floors.ts';
import { loadAttribution } from '../../../../src/cli/evaluate/whowhen/model-file.ts';
import { readRuns } from '../../../../src/cli/evaluate/whowhen/read-runs.ts';
import { hitsOf, percent } from '../../../../src/cli/evaluate/whowhen/scores.ts';
import { attribute } from '../../../../src/liquid/attribution/attribute.ts';
import { candidatesOf } from '../../../../src/liquid/attribution/candidates.ts';
import { fitAttribution, fitForm, prepareRun } from '../../../../src/liquid/attribution/fit.ts';
import { runHash } from '../../../../src/liquid/attribution/model.ts';

const folder = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url))}/whowhen/dev`;
const present = existsSync(folder);
if (!present) {
  console.info(
    `left out: attribution on recorded runs, not found in ${folder}; set AURA_DATA to the folder that holds whowhen/`,
  );
}

test.runIf(present)(
  'the shipped weights are those of a fit on the dev runs, and each held-out set those of a fit without that run',
  async () => {
    const model = await loadAttribution();
    const runs = (await readRuns(folder)).flatMap(({ run, fault }) =>
      fault === null ? [] : [{ run, step: fault.step }],
    );
    expect(new Set(runs.map(({ run }) => runHash(run)))).toEqual(new Set(model.fittedOn.keys()));
    const prepared = runs.map(prepareRun);
    const fitted = fitAttribution(prepared, model.ridge);
    for (const form of ['group', 'led'] as const) {
      fitted[form].forEach((w, k) => {
        expect(model.weights[form][k]).toBeCloseTo(w, 5);
      });
    }
    for (const i of [0, 40, 70, 92]) {
      const without = fitForm(
        prepared[i].form,
        prepared.filter((_, j) => j !== i),
        model.ridge,
      );
      model.fittedOn.get(runHash(runs[i].run))?.forEach((w, k) => {
        expect(w).toBeCloseTo(without[k], 5);
      });
    }
  },
);

test.runIf(present)(
  'with each run held out, agents and steps at fault are named more often than by any position',
  async () => {
    const model = await loadAttribution();
    const runs = (await readRuns(folder)).filter((one): one is FaultyRun => one.fault !== null);
    for (const part of new Set(runs.map((one) => one.part))) {
      const some = runs.filter((one) => one.part === part);
      const hits = some.map(({ run, fault }) => {
        const weights = { ...model.weights, [candidatesOf(run).form]: model.fittedOn.get(runHash(run)) ?? [] };
        return hitsOf(attribute(run, weights), fault);
      });
      expect(percent(hits, 'agent')).toBeGreaterThan(Math.max(55, ...agentFloors(some).map((floor) => floor.percent)));
      expect(percent(hits, 'step')).toBeGreaterThan(Math.max(25.5, ...stepFloors(some).map((floor) => floor.percent)));
    }
  },
);
