/**
 * Fits the attribution model that AURA ships, on a folder of annotated runs, and writes its file:
 *   node src/cli/evaluate/whowhen/fit-model.ts --data DIR --out src/liquid/attribution/models/whowhen-v1.json
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fitAttribution, fitForm, prepareRun } from '../../../liquid/attribution/fit.ts';
import { runHash, serializeAttribution } from '../../../liquid/attribution/model.ts';
import { readRuns } from './read-runs.ts';

/** By leave-one-out likelihood on the dev runs among 0.1, 0.2, 0.3, 0.5, 1 and 2, of which 0.1 to 0.5 hardly differ. */
const ridge = 0.3;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    name: { type: 'string', default: 'whowhen-v1' },
    date: { type: 'string', default: '2026-11-21' },
  },
});
const { data, out, name, date } = values;
if (data === undefined || out === undefined) {
  console.error('Usage: node src/cli/evaluate/whowhen/fit-model.ts --data DIR --out FILE [--name NAME] [--date DATE]');
  process.exitCode = 2;
} else {
  const faulty = (await readRuns(data)).flatMap(({ run, fault }) =>
    fault === null ? [] : [{ run, step: fault.step }],
  );
  const prepared = faulty.map(prepareRun);
  const fittedOn = faulty.map(({ run }, i): [string, readonly number[]] => {
    const others = prepared.filter((_, j) => j !== i);
    return [runHash(run), fitForm(prepared[i].form, others, ridge)];
  });
  await writeFile(
    out,
    serializeAttribution({
      name,
      ridge,
      weights: fitAttribution(prepared, ridge),
      fittedOn: new Map(fittedOn),
      made: {
        command: 'node src/cli/evaluate/whowhen/fit-model.ts --data whowhen/dev --out FILE',
        date,
        data: `${faulty.length} annotated runs of Who&When (ag2ai/Agents_Failure_Attribution f4d2b6da, MIT), the dev part`,
        split: 'all of them; fittedOn holds, for each, the weights of a fit without it',
        seed: 'none: the fit has one minimum',
      },
    }),
  );
  console.log(JSON.stringify({ out, runs: faulty.length, ridge }));
}
