/**
 * Trains the failure model that AURA ships, on runs of the reference fleet, and writes its file:
 *   node src/cli/train-model.ts --out src/liquid/models/failure-v1.json
 * Takes some minutes on one core. Progress goes to standard error; the last line of standard output is one JSON object with the figures.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Random } from '../fleet/reference/index.ts';
import { FEATURE_COUNT } from '../liquid/features.ts';
import { readModel, serializeModel } from '../liquid/model.ts';
import { elapsedUnits } from '../liquid/scoring.ts';
import type { Recording } from '../liquid/training/recording.ts';
import { recordReferenceRun, referenceRuns, type Split } from '../liquid/training/reference-runs.ts';
import { type FailureModelOptions, trainFailureModel } from '../liquid/training/train-failure-model.ts';

const help = `Usage: node src/cli/train-model.ts --out FILE [options]
  --out FILE          where the model file goes
  --name NAME         name of the model                     (failure-v1)
  --seed N            of runs, faults and weights           (1)
  --training N        training runs of the reference fleet  (56)
  --validation N      validation runs                       (20)
  --test N            test runs                             (24)
  --epochs N          most epochs                           (9)
  --help`;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    name: { type: 'string', default: 'failure-v1' },
    seed: { type: 'string', default: '1' },
    training: { type: 'string', default: '56' },
    validation: { type: 'string', default: '20' },
    test: { type: 'string', default: '24' },
    epochs: { type: 'string', default: '9' },
    help: { type: 'boolean', default: false },
  },
});

function main(): void {
  if (values.help) {
    console.log(help);
    return;
  }
  const { out } = values;
  if (out === undefined) {
    console.error(help);
    process.exitCode = 2;
    return;
  }
  const seed = count('seed', values.seed);
  const runs = referenceRuns(seed, {
    training: count('training', values.training),
    validation: count('validation', values.validation),
    test: count('test', values.test),
  });
  const options: FailureModelOptions = {
    name: values.name,
    architecture: {
      cell: 'cfc',
      mode: 'default',
      inputs: FEATURE_COUNT,
      units: 32,
      backboneUnits: 32,
      backboneLayers: 1,
    },
    training: {
      learningRate: 0.004,
      weightDecay: 0.001,
      gradientNormMax: 1,
      batchRows: 32,
      span: 40,
      positiveWeight: 1,
      averaging: 0.998,
      epochsMax: count('epochs', values.epochs),
      patience: 4,
    },
    failedWeight: 0.3,
    timeUnitMs: 1000,
    elapsedMaxMs: 10_000,
    horizonMs: 10_000,
    threshold: 0.5,
  };

  const startedMs = performance.now();
  const tell = (text: string) =>
    console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${text}`);
  const recordings: Record<Split, Recording[]> = { training: [], validation: [], test: [] };
  for (const [i, run] of runs.entries()) {
    recordings[run.split].push(recordReferenceRun(run, options.horizonMs, (ms) => elapsedUnits(options, ms)));
    if ((i + 1) % 10 === 0 || i + 1 === runs.length)
      tell(`${i + 1} of ${runs.length} runs of the reference fleet recorded`);
  }
  const random = new Random(seed, 'weights');
  const { epochs, ...parts } = trainFailureModel(
    recordings,
    options,
    () => random.uniform(),
    (report) => {
      const best = report.best ? ', the best so far' : '';
      tell(
        `epoch ${report.epoch}: loss ${report.trainingLoss.toFixed(5)}, on validation ${report.validationLoss.toFixed(5)}${best}`,
      );
    },
  );
  const text = serializeModel({
    ...parts,
    made: {
      command: `node src/cli/train-model.ts ${process.argv.slice(2).join(' ')}`,
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      seed,
      data: 'runs of the reference fleet (src/fleet/reference), through the snapshot fold of src/fleet/cell-state.ts',
      label:
        'the agent is failed, by the ground truth of the reference fleet, at some instant of the horizon after the window end',
      training: { ...options.training, failedWeight: options.failedWeight, epochs: epochs.length },
      splits: Object.fromEntries(Object.entries(recordings).map(([split, list]) => [split, extent(list)])),
      runs: runs.map((run) => ({ ...run })),
    },
  });
  const model = readModel(JSON.parse(text));
  writeFileSync(out, text);
  tell(`${model.id} written to ${out}`);
  console.log(JSON.stringify({ model: model.id, metrics: model.metrics }));
}

function extent(recordings: readonly Recording[]) {
  const tracks = recordings.flatMap((recording) => recording.tracks);
  return {
    runs: recordings.length,
    agents: tracks.length,
    agentWindows: tracks.reduce((sum, { steps }) => sum + steps, 0),
    failures: recordings.reduce((sum, { failures }) => sum + failures.length, 0),
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`--${name} is '${text}'; valid are whole numbers from 1`);
  }
  return value;
}

main();
