/** Every protocol in one process with real signatures: latency one at a time, throughput batched, and both with a third Byzantine. HotStuff over Kafka besides. */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { VerifyingThreads } from '../../src/compute/verifying-threads/verifying-threads.ts';
import { ed25519, type SignatureScheme } from '../../src/consensus/signature.ts';
import { type AnyContestant, CONTESTANTS } from './consensus/contestants.ts';
import { overKafka, signatureUnits } from './consensus/kafka.ts';
import { type Fault, type Latency, type Memory, measure, type Setting, type Throughput } from './consensus/measure.ts';
import { type SpareLine, spareValidators } from './consensus/spare-validators.ts';
import { machine, rounded } from './machine.ts';

const USAGE = `Usage: npm run -s bench -- consensus [options]

In one process, messages handed over at once, ed25519 by node:crypto. 'independent': each validator verifies every signature that it counts,
those that several are about to check at once on all threads.
'shared': validators of one process share one memory of verified signatures. Latency is until every honest validator has committed.

  --protocol NAME,...   ${CONTESTANTS.map(({ name }) => name).join(', ')} (all)
  --n N,...             (4,7,16,31)
  --lies NAME,...       what the Byzantine third does, as the simulator names it (silent,equivocating); Raft's is silent
  --threads N           threads that verify beside the main one (one a further core)
  --quick               shorter, and n = 4 and 7 alone
  --kafka               HotStuff, 4 validators, over a real broker as well; with --n 0 nothing else
  --json                one object
`;

const MEMORIES: readonly Memory[] = ['independent', 'shared'];

interface Line {
  readonly protocol: string;
  readonly n: number;
  readonly memory: Memory | 'nothing is signed';
  readonly latency: Latency;
  readonly throughput: Throughput;
  /** floor((n - 1) / 3) validators. */
  readonly withAThirdByzantine: readonly ByzantineLine[];
}

interface ByzantineLine {
  readonly fault: Fault;
  readonly latency: Latency;
  readonly throughput: Throughput;
  /** Decisions a core second, against those with none faulty. */
  readonly ratio: number | null;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      protocol: { type: 'string' },
      n: { type: 'string' },
      lies: { type: 'string', default: 'silent,equivocating' },
      threads: { type: 'string' },
      quick: { type: 'boolean', default: false },
      kafka: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { quick } = values;
  const lies = values.lies.split(',');
  const say = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const names = values.protocol?.split(',');
  const chosen = CONTESTANTS.filter(({ name }) => names === undefined || names.includes(name));
  const given = values.n ?? (quick ? '4,7' : '4,7,16,31');
  const sizes = given
    .split(',')
    .map(Number)
    .filter((n) => n > 0);

  const threads = Number(values.threads ?? availableParallelism() - 1);
  const module = new URL('../../src/consensus/verifying-program.ts', import.meta.url);
  const scheme = await VerifyingThreads.open({ threads, module, here: ed25519() });
  const lines: Line[] = [];
  if (sizes.length > 0) say(HEAD);
  for (const n of sizes) {
    const limitMs = quick ? 400 : n < 16 ? 1000 : n < 31 ? 1500 : 2000;
    for (const contestant of chosen) {
      for (const memory of contestant.tolerates === 'lies' ? MEMORIES : (['independent'] as const)) {
        const line = measureLine(contestant, { n, memory, fault: 'none' }, lies, limitMs, scheme);
        lines.push(line);
        say(format(line));
      }
    }
  }
  await scheme.close();
  const weighs = sizes.length > 0 && chosen.some(({ name }) => name === 'weighted');
  const spare = weighs ? spareValidators(quick ? 100 : 300) : [];
  if (weighs) say(`\n${SPARE_HEAD}\n${spare.map(formatSpare).join('\n')}`);
  const kafka = values.kafka ? await overKafka(quick ? 100 : 500) : null;
  if (kafka !== null) say(`\nHotStuff, n = 4, over Kafka, one at a time:\n${JSON.stringify(kafka, null, 2)}`);
  const { signMs, verifyMs } = signatureUnits();
  const conditions = {
    machine: machine(),
    threads,
    loadAverage: rounded(loadavg()[0]),
    openssl: process.versions.openssl,
    signMs: rounded(signMs, 3),
    verifyMs: rounded(verifyMs, 3),
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ lines, spare, kafka, ...conditions })}\n`);
  else say(`\n${JSON.stringify(conditions)}`);
}

function measureLine(
  contestant: AnyContestant,
  setting: Setting,
  lies: readonly string[],
  limitMs: number,
  scheme: SignatureScheme,
): Line {
  const { name: protocol, tolerates } = contestant;
  const { n, memory } = setting;
  const limits = { rounds: 300, latencyMs: limitMs, throughputMs: limitMs };
  const { latency, throughput } = measure(contestant, setting, limits, scheme);
  const faults = tolerates === 'lies' ? lies : lies.filter((lie) => lie === 'silent');
  const withAThirdByzantine = faults.map((fault): ByzantineLine => {
    const faulty = measure(
      contestant,
      { ...setting, fault },
      { ...limits, rounds: 100, latencyMs: limitMs / 2 },
      scheme,
    );
    const ratio =
      (faulty.throughput.decisionsPerCoreSecond ?? Number.NaN) / (throughput.decisionsPerCoreSecond ?? Number.NaN);
    return { fault, ...faulty, ratio: rounded(ratio) };
  });
  const named = tolerates === 'lies' ? memory : 'nothing is signed';
  return { protocol, n, memory: named, latency, throughput, withAThirdByzantine };
}

const HEAD = `one at a time: by the wall clock, and by processor time and waits for timers (work); batched: decisions by wall clock, by processor time and waits
protocol    n   signatures         p50 ms    p99 ms    work ms   /s        /core s   with a third Byzantine: /core s (ratio)`;

function format({ protocol, n, memory, latency, throughput, withAThirdByzantine }: Line): string {
  const byzantine = withAThirdByzantine.map(
    (line) => `${line.fault} ${line.throughput.decisionsPerCoreSecond} (${line.ratio})`,
  );
  const { p50Ms, p99Ms, workMs } = latency;
  const figures = [p50Ms, p99Ms, workMs, throughput.decisionsPerSecond, throughput.decisionsPerCoreSecond];
  const cells = figures.map((figure) => String(figure).padEnd(10)).join('');
  return `${protocol.padEnd(12)}${String(n).padEnd(4)}${memory.padEnd(19)}${cells}${byzantine.join(' / ')}`;
}

const SPARE_HEAD = `validators to spare, in virtual time: from proposal to first commit, ms. Reads and appends take 1 to 20 ms; far validators append in 4 to 80
n   f   silent  far             HotStuff p50 / p99   weighted p50 / p99   ratio of p50`;

function formatSpare({ n, f, silent, far, hotstuff, weighted, ratio }: SpareLine): string {
  const pair = ({ p50Ms, p99Ms }: typeof hotstuff): string => `${p50Ms} / ${p99Ms}`.padEnd(21);
  const cells = [String(n).padEnd(4), String(f).padEnd(4), String(silent).padEnd(8), far.padEnd(16)];
  return `${cells.join('')}${pair(hotstuff)}${pair(weighted)}${ratio}`;
}
