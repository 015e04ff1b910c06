/** The topology engine and its peers: ripser, gudhi and giotto-ph from PyPI, on the same inputs, in turns. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Snapshot } from '../../schemas/records.ts';
import { openWorkerPool, type WorkerPool } from '../../src/compute/worker-pool/worker-pool.ts';
import { type TopologyJobs, topologyProgram } from '../../src/topology/parallel/index.ts';
import { machine, rounded } from './machine.ts';
import { PEER_NAMES, PEERS, Peer, type PeerName } from './peers/peer.ts';
import { cellsThroughPool, cellTimes } from './topology/cells.ts';
import {
  type Comparison,
  type Contestant,
  compare,
  GIOTTO_ON_TWO,
  instanceName,
  OURS_ON_TWO,
  peerContestant,
  triangleBytes,
} from './topology/comparison.ts';
import {
  type BenchInput,
  fleetInput,
  fleetSnapshots,
  ripserInputs,
  slidingInput,
  uniformInput,
} from './topology/inputs.ts';
import { memoryOfOurs, memoryOfPeer } from './topology/memory.ts';
import { compute, computeOn } from './topology/ours.ts';
import { streamingLines, streamingTimes } from './topology/streaming.ts';
import { inputLine, type MemoryLine, memoryLine, TABLE_HEAD } from './topology/table.ts';

const USAGE = `Usage: npm run -s bench -- topology [options]

From distances in memory to bars: ours and ripser, gudhi (with edge collapse) and giotto-ph in turns, ratios of medians. The peers are
installed from PyPI into the cache on first use; python3 with venv is needed. It is sized to take less than ten
minutes on a quiet machine.

  --only TEXT   inputs whose name contains it; also cells, streaming
  --quick       fewer rounds
  --slow        also what takes a peer about a minute or more: GUDHI on sphere_3_192 and rp2_600
  --json        one object, as the last line
`;

interface Missing {
  readonly what: string;
  readonly reason: string;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      slow: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { quick, slow, only } = values;
  const startedAt = performance.now();
  // With --json the table is only for who watches.
  const table = values.json ? process.stderr : process.stdout;
  const say = (line: string): void => {
    table.write(`${line}\n`);
  };
  const missing: Missing[] = [];
  const peers = await openPeers(missing);
  const pool = await openWorkerPool(topologyProgram, { threads: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  try {
    const snapshots = fleetSnapshots(100, quick ? 10 : 40);
    const { inputs: examples, absent } = ripserInputs();
    missing.push(
      ...absent.map((what) => ({ what, reason: 'no such file; AURA_DATA names the folder that holds ripser/' })),
    );
    const inputs = [
      ...[100, 200, 500, 1000].map((count) => uniformInput(count, 1, count >= 500)),
      ...[100, 200].map((count) => uniformInput(count, 2, count >= 200)),
      ...examples,
      fleetInput(snapshots),
      slidingInput(150, quick ? 10 : 40),
    ].filter(({ name }) => name.includes(only));
    for (const { name, slowFor } of slow ? [] : inputs) {
      missing.push(
        ...slowFor.map((peer) => ({ what: `${peer} on ${name}`, reason: 'takes about a minute or more; see --slow' })),
      );
    }
    const [loadAtStart] = loadavg();
    if (loadAtStart > 0.5) {
      say(
        `others keep ${loadAtStart.toFixed(1)} threads busy: ratios of medians then favour short runs; see bestRatio in --json`,
      );
    }
    for (const { what, reason } of missing) say(`missing: ${what}: ${reason}`);
    say(TABLE_HEAD);
    const comparisons: Comparison[] = [];
    for (const input of inputs) {
      const contestants = await contestantsFor(input, peers, pool, folder, slow);
      const comparison = await compare(input, contestants, quick ? 1_000 : 5_000);
      comparisons.push(comparison);
      say(inputLine(comparison));
    }
    const cells = 'cells'.includes(only) ? await cellLines(snapshots, pool, quick, say) : null;
    const streaming = 'streaming'.includes(only)
      ? await streamingTimes(quick ? 200 : 1_000, peers.get('ripser'), join(folder, 'streaming.ldm'))
      : null;
    if (streaming !== null) say(streamingLines(streaming));
    const memory = peers.has('ripser') ? await memoryLines(inputs, folder, say) : [];
    const versions = Object.fromEntries([...peers].map(([name, { version, python }]) => [name, { version, python }]));
    const on = machine();
    const tookS = rounded((performance.now() - startedAt) / 1000, 0);
    say(`\ntook ${tookS} s`);
    say(`${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, Node ${on.node}`);
    for (const [name, { version, python }] of peers) say(`${name} ${version} on Python ${python}`);
    if (values.json) {
      process.stdout.write(
        `${JSON.stringify({ inputs: comparisons, cells, streaming, memory, missing, versions, machine: on, loadAtStart, quick, tookS })}\n`,
      );
    }
  } finally {
    await pool.terminate();
    await Promise.all([...peers.values()].map((peer) => peer.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function cellLines(
  snapshots: readonly Snapshot[],
  pool: WorkerPool<TopologyJobs>,
  quick: boolean,
  say: (line: string) => void,
) {
  const alone = cellTimes(snapshots, quick ? 500 : 5_000);
  const pooled = await cellsThroughPool(snapshots, quick ? 500 : 5_000, pool);
  say(`\ncell of 100 agents, states and interactions H0-1 with signature: ${alone.medianMs} ms, p99 ${alone.p99Ms} ms`);
  say(`such cells a second: ${alone.perSecond} on one thread, ${pooled.perSecond} through a pool of ${pooled.threads}`);
  return { alone, pooled };
}

async function memoryLines(inputs: readonly BenchInput[], folder: string, say: (line: string) => void) {
  // /proc tells a process's peak.
  const large = inputs.filter(({ isLarge }) => isLarge);
  if (process.platform !== 'linux' || large.length === 0) return [];
  say('\npeak memory above an idle process');
  const lines: MemoryLine[] = [];
  for (const input of large) {
    const { name, maxDimension, threshold, instances } = input;
    const task = { path: pathOf(folder, input, 0), count: instances[0].count, maxDimension, threshold };
    const oursKiB = await memoryOfOurs(task);
    const ripserKiB = await memoryOfPeer('ripser', task);
    const line = { name, maxDimension, oursKiB, ripserKiB, ratio: rounded(oursKiB / ripserKiB, 3) };
    lines.push(line);
    say(memoryLine(line));
  }
  return lines;
}

async function openPeers(missing: Missing[]): Promise<ReadonlyMap<PeerName, Peer>> {
  const peers = new Map<PeerName, Peer>();
  for (const name of PEER_NAMES) {
    try {
      peers.set(name, await Peer.open(name));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      missing.push({ what: `${name} ${PEERS[name]}`, reason });
    }
  }
  return peers;
}

/** Ours first. Each peer that takes part has loaded the input's instances. */
async function contestantsFor(
  input: BenchInput,
  peers: ReadonlyMap<PeerName, Peer>,
  pool: WorkerPool<TopologyJobs>,
  folder: string,
  slow: boolean,
): Promise<readonly [Contestant, ...Contestant[]]> {
  const ours: Contestant = {
    name: 'ours',
    run: async (instance) => compute(input.instances[instance], input),
  };
  const others: Contestant[] = [];
  if (input.isLarge) others.push({ name: OURS_ON_TWO, run: computeOn(pool, input) });
  for (const [k, instance] of input.instances.entries()) {
    await writeFile(pathOf(folder, input, k), triangleBytes(instance));
  }
  for (const [name, peer] of peers) {
    if (!slow && input.slowFor.includes(name)) continue;
    for (const [k, { count }] of input.instances.entries()) {
      await peer.load(instanceName(input, k), pathOf(folder, input, k), count);
    }
    others.push(peerContestant(name, peer, 1));
    if (name === 'giotto-ph') others.push(peerContestant(GIOTTO_ON_TWO, peer, 2));
  }
  return [ours, ...others];
}

function pathOf(folder: string, input: BenchInput, instance: number): string {
  return join(folder, `${instanceName(input, instance).replaceAll(/[^a-zA-Z0-9]+/g, '-')}.ldm`);
}
