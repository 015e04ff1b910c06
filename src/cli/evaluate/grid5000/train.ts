/**
 * Trains the network for Grid'5000's question on the first two thirds of a folder's events, and writes its file:
 *   node src/cli/evaluate/grid5000/train.ts --data DIR --out src/liquid/models/grid5000-cfc.json
 * With --peers DIR also what it is compared with: one CfC alone, a GRU, and a CfC that is told nothing of other nodes. Takes about five minutes on one core.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../../fleet/reference/index.ts';
import type { Architecture } from '../../../liquid/architecture.ts';
import { BlockCollector } from '../../../liquid/availability/blocks.ts';
import { isCascadeFeature } from '../../../liquid/availability/features.ts';
import { HORIZON_S, LEAD_S, TICK_S } from '../../../liquid/availability/question.ts';
import { folded, standardisationOf, standardised } from '../../../liquid/availability/standardisation.ts';
import { Sweep } from '../../../liquid/availability/sweep.ts';
import { splitInTime } from '../../../liquid/availability/trace.ts';
import { averagedCfc, linearCfc, type Member } from '../../../liquid/averaged-cfc.ts';
import { plattScaling } from '../../../liquid/calibration.ts';
import { sigmoid } from '../../../liquid/dense.ts';
import { fitLogistic, type Logistic } from '../../../liquid/logistic.ts';
import { type Network, networkOf } from '../../../liquid/network.ts';
import { serializeNetwork } from '../../../liquid/network-file.ts';
import { probabilityReport, rankingReport } from '../../../liquid/training/evaluate.ts';
import { predictLogits } from '../../../liquid/training/predict.ts';
import type { Sequence } from '../../../liquid/training/sequence.ts';
import { type TrainingOptions, train } from '../../../liquid/training/train.ts';
import { readFolder } from './folder.ts';
import { localWeek } from './local-week.ts';
import { isValidationTime, LEARNED_SHARE, TIME_ZONE } from './protocol.ts';

const help = `Usage: node src/cli/evaluate/grid5000/train.ts --data DIR --out FILE [options]
  --data DIR       folder with events.csv.gz, and nodes.csv in it or beside it
  --out FILE       where the network's file goes
  --peers DIR      also train what it is compared with, and write it there
  --members N      CfCs that it is made of              (3)
  --epochs N       most epochs                          (2)
  --seed N         of the first member's weights        (1)
  --help`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    peers: { type: 'string' },
    members: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

/** Sequences that hold a failure are drawn more often than the others. For validation they are not, so that probabilities can be read off it. */
const DRAWN = {
  training: { failing: 0.2, quiet: 0.04, seed: 1 },
  validation: { failing: 0.12, quiet: 0.12, seed: 2 },
} as const;
/** Of the logistic regression in the sum. */
const LINEAR_SHARE = 0.5;
const UNITS = 24;
const BACKBONE = 32;

/** What a network is made of: in words, and the CfCs that stand first in it, side by side. */
interface Parts {
  readonly text: string;
  readonly members: readonly { readonly units: number; readonly backboneUnits: number; readonly share: number }[];
}

const ONE_CFC: Parts = { text: 'one CfC', members: [{ units: UNITS, backboneUnits: BACKBONE, share: 1 }] };

const startedMs = performance.now();
const tell = (text: string) =>
  console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${text}`);

async function main(): Promise<void> {
  const { data, out, peers } = values;
  if (values.help || data === undefined || out === undefined) {
    console.error(help);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const members = count('members', values.members);
  const seed = count('seed', values.seed);
  const training = {
    learningRate: 0.003,
    weightDecay: 0.01,
    gradientNormMax: 1,
    batchRows: 32,
    span: 24,
    averaging: 0.998,
    epochsMax: count('epochs', values.epochs),
    patience: 2,
  } satisfies TrainingOptions;

  const { trace, events } = await readFolder(data);
  const splitS = splitInTime(trace, LEARNED_SHARE);
  const sweep = new Sweep(trace, localWeek(TIME_ZONE));
  const width = sweep.names.length;
  // Each member learns from a sample of its own (Breiman 1996).
  const samples = Array.from(
    { length: members },
    (_, m) => new BlockCollector(width, { ...DRAWN.training, seed: m === 0 ? 1 : m + 2 }),
  );
  const aside = new BlockCollector(width, DRAWN.validation);
  // What happens in the horizon of a tick has to lie before the split.
  for (const tick of sweep.ticks(trace.startS, splitS - HORIZON_S)) {
    for (const collector of isValidationTime(tick.tS) ? [aside] : samples) collector.add(tick);
  }
  const sampled = samples.map(sequencesOf);
  const validation = sequencesOf(aside);
  tell(`${events} events; ${extent(sampled[0])} to learn from for each member, ${extent(validation)} set aside within`);

  const all = [...sweep.names.keys()];
  const scale = standardisationOf(sampled[0], width);
  const labels = Uint8Array.from(validation.flatMap((sequence) => [...sequence.labels]));
  const learn = (columns: readonly number[], network: Network, member: number): Float64Array => {
    const learned = standardised(sampled[member], width, columns, scale);
    const held = standardised(validation, width, columns, scale);
    const random = new Random(seed + member, 'weights');
    const { theta } = train(
      network,
      learned,
      held,
      training,
      () => random.uniform(),
      (report) => {
        const best = report.best ? ', the best so far' : '';
        tell(
          `epoch ${report.epoch}: loss ${report.trainingLoss.toFixed(5)}, on validation ${report.validationLoss.toFixed(5)}${best}`,
        );
      },
    );
    return theta;
  };
  const write = (path: string, columns: readonly number[], network: Network, theta: Float64Array, parts: Parts) => {
    const held = standardised(validation, width, columns, scale);
    const pooled = (weights: Float64Array, sequences: readonly Sequence[]) =>
      Float64Array.from(predictLogits(network, weights, sequences).flatMap((logits) => [...logits]));
    const calibration = plattScaling(pooled(theta, held), labels);
    const stored = folded(network, theta, columns, scale, calibration).map(Math.fround);
    const plain = { mean: new Float64Array(width), deviation: new Float64Array(width).fill(1) };
    const logOdds = pooled(stored, standardised(validation, width, columns, plain));
    const { auc, ap, cases, positives } = rankingReport(logOdds, labels);
    const { brier, brierOfBaseRate } = probabilityReport(logOdds.map(sigmoid), labels);
    const onValidation = { cases, positives, auc, ap, brier, brierOfBaseRate };
    const text = serializeNetwork({
      name: basename(path, '.json'),
      network,
      theta: stored,
      made: {
        command: `node src/cli/evaluate/grid5000/train.ts ${process.argv
          .slice(2)
          .map((word) => basename(word))
          .join(' ')}`,
        date: new Date().toISOString().slice(0, 10),
        node: process.version,
        seed,
        parts: parts.text,
        data: "availability of Grid'5000's nodes (Failure Trace Archive), first two thirds of the folder's events",
        events,
        fromS: trace.startS,
        splitS,
        split:
          'by time: every fifth stretch of eight days before the split for early stopping and calibration, the others to learn from, nothing after the split',
        question: { leadS: LEAD_S, horizonS: HORIZON_S, tickS: TICK_S },
        output: 'log-odds, calibrated; inputs as they are, named here in order; elapsed in ticks',
        inputs: columns.map((k) => sweep.names[k]),
        scale: {
          mean: columns.map((k) => Math.fround(scale.mean[k])),
          deviation: columns.map((k) => Math.fround(scale.deviation[k])),
        },
        members: [...parts.members],
        training: { ...training },
        drawn: { training: { ...DRAWN.training }, validation: { ...DRAWN.validation } },
      },
      metrics: { validation: onValidation },
    });
    writeFileSync(path, text);
    tell(`${path}: on the stretches set aside AUC ${auc?.toFixed(4)}, AP ${ap?.toFixed(4)}, Brier ${brier.toFixed(5)}`);
    return onValidation;
  };

  const cfc = (inputs: number) =>
    networkOf({
      cell: 'cfc',
      mode: 'default',
      inputs,
      units: UNITS,
      backboneUnits: BACKBONE,
      backboneLayers: 1,
    } satisfies Architecture);
  const network = cfc(width);
  const thetas = Array.from({ length: members }, (_, m) => {
    tell(`CfC ${m + 1} of ${members}`);
    return learn(all, network, m);
  });
  const regression = linearCfc(linearPart(standardised(sampled[0], width, all, scale), width, seed));
  const ours = averagedCfc([
    ...thetas.map((theta): Member => ({ network, theta, share: (1 - LINEAR_SHARE) / members })),
    { ...regression, share: LINEAR_SHARE },
  ]);
  const figures: Record<string, unknown> = {
    ours: write(out, all, ours.network, ours.theta, {
      text: `${members} CfCs of ${UNITS} units, each on a sample of its own, and a logistic regression as a unit more, with share ${LINEAR_SHARE}`,
      members: thetas.map(() => ({ units: UNITS, backboneUnits: BACKBONE, share: (1 - LINEAR_SHARE) / members })),
    }),
  };
  if (peers !== undefined) {
    mkdirSync(peers, { recursive: true });
    figures.cfc = write(join(peers, 'grid5000-cfc-alone.json'), all, network, thetas[0], ONE_CFC);
    tell('CfC without cascades');
    const own = all.filter((k) => !isCascadeFeature(sweep.names[k]));
    figures.withoutCascades = write(
      join(peers, 'grid5000-cfc-without-cascades.json'),
      own,
      cfc(own.length),
      learn(own, cfc(own.length), 0),
      ONE_CFC,
    );
    tell('GRU');
    const gru = networkOf({ cell: 'gru', inputs: width, units: UNITS });
    figures.gru = write(join(peers, 'grid5000-gru.json'), all, gru, learn(all, gru, 0), {
      text: 'one GRU',
      members: [],
    });
  }
  console.log(JSON.stringify(figures));
}

/** A logistic regression on steps of the sequences, as many of those that fail as there are, the others thinned out. Its bias is the calibration's affair. */
function linearPart(sequences: readonly Sequence[], width: number, seed: number): Logistic {
  const random = new Random(seed, 'linear part');
  const x: number[] = [];
  const targets: number[] = [];
  const most = Math.max(...sequences.map(({ weights }) => weights[0]));
  for (const { steps, features, labels, weights } of sequences) {
    for (let t = 0; t < steps; t++) {
      if (labels[t] === 0 && random.uniform() >= (0.3 * weights[t]) / most) continue;
      for (let k = 0; k < width; k++) x.push(features[t * width + k]);
      targets.push(labels[t]);
    }
  }
  return fitLogistic(Float64Array.from(x), targets, width, 10);
}

function sequencesOf(collector: BlockCollector): readonly Sequence[] {
  collector.finish();
  return collector.blocks.map(({ sequence }) => sequence);
}

function extent(sequences: readonly Sequence[]): string {
  const steps = sequences.reduce((sum, one) => sum + one.steps, 0);
  const failures = sequences.reduce((sum, { labels }) => sum + labels.reduce((a, b) => a + b, 0), 0);
  return `${sequences.length} sequences (${steps} ticks, ${failures} before a failure)`;
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`--${name} is '${text}'; valid are whole numbers from 1`);
  }
  return value;
}

await main();
