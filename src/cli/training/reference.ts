/** `aura train reference`: a model from runs of the reference fleet, as the shipped one is made. */
import { FAULT_KINDS } from '../../fleet/reference/index.ts';
import { elapsedUnits } from '../../liquid/scoring.ts';
import type { Recording } from '../../liquid/training/recording.ts';
import {
  type ReferenceRun,
  recordReferenceRun,
  referenceRuns,
  type Split,
  surroundedRuns,
} from '../../liquid/training/reference-runs.ts';
import type { Answer, CommandContext, Json } from '../command.ts';
import { beginningOf, checkFree, commandLine, makeModel, type TrainOptions } from './make-model.ts';
import { modelsFolderOf } from './models-folder.ts';
import { progressOf } from './progress.ts';

export interface ReferenceTrainOptions extends TrainOptions {
  readonly training?: number;
  readonly validation?: number;
  readonly test?: number;
  readonly surrounded?: number;
}

const COUNTS = { training: 56, validation: 20, test: 24 } as const;
const TIMING = { timeUnitMs: 1000, elapsedMaxMs: 10_000, horizonMs: 10_000 } as const;

export async function trainOnReference(context: CommandContext, options: ReferenceTrainOptions): Promise<Answer> {
  const modelsFolder = await modelsFolderOf(context, options);
  await checkFree(options, modelsFolder);
  const beginning = await beginningOf(options, modelsFolder, 'none');
  const { timeUnitMs, elapsedMaxMs, horizonMs } = beginning.start ?? TIMING;
  const timing = { timeUnitMs, elapsedMaxMs, horizonMs };
  const runs = runsOf(options);
  const progress = progressOf(context);
  const recordings: Record<Split, Recording[]> = { training: [], validation: [], test: [] };
  for (const [i, run] of runs.entries()) {
    recordings[run.split].push(recordReferenceRun(run, horizonMs, (ms) => elapsedUnits(timing, ms)));
    progress.status(`${i + 1} of ${runs.length} runs of the reference fleet recorded`);
    if ((i + 1) % 10 === 0 || i + 1 === runs.length)
      progress.line(`${i + 1} of ${runs.length} runs of the reference fleet recorded`);
  }
  return await makeModel({
    progress,
    options,
    modelsFolder,
    beginning,
    recordings,
    timing,
    about: 'test recordings: seeds and fleet sizes that neither training nor calibration saw',
    warnings: [],
    made: {
      command: commandLine('reference', options),
      data: 'runs of the reference fleet (src/fleet/reference), through the snapshot fold of src/fleet/cell-state.ts',
      label:
        'the agent is failed, by the ground truth of the reference fleet, at some instant of the horizon after the window end',
      splits: Object.fromEntries(Object.entries(recordings).map(([split, list]) => [split, extent(list)])),
      seen: {
        windowsMs: [...new Set(runs.map(({ windowMs }) => windowMs))].sort((a, b) => a - b),
        agentsPerCell: {
          least: Math.min(...runs.map(({ agents }) => agents)),
          most: Math.max(...runs.map(({ agents }) => agents)),
        },
        longestGapMs: Math.max(...runs.map(({ windowMs }) => windowMs)),
        failures: [...FAULT_KINDS, ...(options.surrounded === undefined ? [] : ['slow network to an agent'])],
      },
      runs: JSON.parse(JSON.stringify(runs)) as Json,
    },
  });
}

function runsOf({ seed = 1, training, validation, test, surrounded = 0 }: ReferenceTrainOptions): ReferenceRun[] {
  const counts = {
    training: training ?? COUNTS.training,
    validation: validation ?? COUNTS.validation,
    test: test ?? COUNTS.test,
  };
  if (surrounded === 0) return [...referenceRuns(seed, counts)];
  const inProportion = (count: number): number => Math.max(1, Math.round((surrounded * count) / counts.training));
  return [
    ...referenceRuns(seed, counts),
    ...surroundedRuns(seed, {
      training: surrounded,
      validation: inProportion(counts.validation),
      test: inProportion(counts.test),
    }),
  ];
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
