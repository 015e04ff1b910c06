/** A step of our cells, in TypeScript, in SIMD and through ONNX Runtime, and of ncps in torch with the same weights, in turns. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Contestant, compareSteps, oursOf, type StepComparison } from './liquid/steps.ts';
import { machine } from './machine.ts';
import { NCPS_MODELS, NcpsPeer } from './peers/ncps.ts';

const USAGE = `Usage: npm run -s bench -- liquid [--json]

One step of a liquid network with 16 inputs for 1 and for 1,000 agents: the TypeScript cell, its SIMD kernel where it has one, the ONNX
step on the CPU (one thread), and ncps in torch on the CPU (one thread) with the same weights, all in turns; ratios of medians. ncps and torch are
installed from PyPI into the cache on first use (2 GB); python3 with venv is needed.

  --quick   fewer rounds
  --json    one object, as the last line
`;

const INPUTS = 16;
const BATCHES = [1, 1000];

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const say = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const budgetMs = values.quick ? 1_000 : 6_000;
  const [loadAtStart] = loadavg();
  if (loadAtStart > 0.5) say(`others keep ${loadAtStart.toFixed(1)} threads busy; see bestRatio in --json`);
  const { peer, missing } = await openPeer();
  if (missing !== null) say(`missing: ncps in torch: ${missing}`);
  const comparisons: StepComparison[] = [];
  try {
    say(`\n${'model'.padEnd(16)}${'rows'.padStart(6)}  step in us (share of ncps), medians`);
    for (const model of NCPS_MODELS) {
      const record = peer === null ? null : await peer.make(model, INPUTS);
      for (const rows of BATCHES) {
        const ours = await oursOf(model, record, INPUTS, rows);
        const theirs: readonly Contestant[] =
          peer === null ? [] : [{ name: 'ncps', run: (steps) => peer.run(model, rows, steps) }];
        try {
          const comparison = await compareSteps(model, rows, [...ours.contestants, ...theirs], budgetMs);
          comparisons.push(comparison);
          say(lineOf(comparison));
        } finally {
          await ours.close();
        }
      }
    }
  } finally {
    await peer?.close();
  }
  const batched = comparisons.find(({ model, rows }) => model === 'CfC-32' && rows === 1000);
  say(
    `\nagent-steps a second on one core, CfC-32, 1,000 agents a batch: ${batched?.stepsPerSecond.toLocaleString('en')}`,
  );
  const on = machine();
  say(`${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, Node ${on.node}`);
  if (peer !== null) say(`ncps ${peer.versions.ncps}, torch ${peer.versions.torch}, Python ${peer.versions.python}`);
  if (values.json) {
    const versions = peer?.versions ?? null;
    process.stdout.write(
      `${JSON.stringify({ inputs: INPUTS, comparisons, missing, versions, machine: on, loadAtStart, quick: values.quick })}\n`,
    );
  }
}

async function openPeer(): Promise<{ readonly peer: NcpsPeer | null; readonly missing: string | null }> {
  try {
    return { peer: await NcpsPeer.open(), missing: null };
  } catch (error) {
    return { peer: null, missing: error instanceof Error ? error.message : String(error) };
  }
}

function lineOf({ model, rows, times }: StepComparison): string {
  const cells = times.map(({ name, medianUs, ratio }) => {
    const share = ratio === null || name === 'ncps' ? '' : ` (${ratio.toFixed(3)})`;
    return `${name} ${(medianUs ?? 0).toPrecision(3)}${share}`;
  });
  return `${model.padEnd(16)}${String(rows).padStart(6)}  ${cells.join(', ')}`;
}
