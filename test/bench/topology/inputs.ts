/** What the topology bench computes: made from seeds, read from Ripser's examples, and taken from the reference fleet. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../../schemas/records.ts';
import { createReferenceFleet, randomFaults } from '../../../src/fleet/reference/index.ts';
import { STATE_DIMENSION, stateSpace } from '../../../src/fleet/state-space.ts';
import { snapshotsOf } from '../../../src/liquid/training/windows.ts';
import { mulberry32, uniformPoints } from '../../topology/inputs.ts';
import type { PeerName } from '../peers/peer.ts';

/** Distances that a float32 holds exactly: the lower triangle row by row, d(i, j) with i > j at i (i - 1) / 2 + j. */
export interface Instance {
  readonly count: number;
  readonly lower: Float64Array;
}

export interface BenchInput {
  readonly name: string;
  readonly maxDimension: number;
  readonly threshold: number | null;
  /** Taken in turn, one a round. */
  readonly instances: readonly Instance[];
  /** Peers that take about a minute or more here; only --slow waits for them. */
  readonly slowFor: readonly PeerName[];
  /** Also compared in memory, and on several threads. */
  readonly isLarge: boolean;
}

const DEFAULTS = { threshold: null, slowFor: [], isLarge: false } as const;

export function uniformInput(count: number, maxDimension: number, isLarge = false): BenchInput {
  const instances = [distancesOf(uniformPoints(count, 3, 42), 3)];
  return { ...DEFAULTS, name: `${count} uniform points`, maxDimension, instances, isLarge };
}

/** Ripser's own examples, or the names of the files that are not there. */
export function ripserInputs(): { readonly inputs: readonly BenchInput[]; readonly absent: readonly string[] } {
  const folder = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))}/ripser`;
  const examples: readonly (readonly [file: string, make: (path: string) => BenchInput])[] = [
    [
      'random16.lower_distance_matrix',
      (path) => ({ ...DEFAULTS, name: 'random16', maxDimension: 1, instances: [readTriangle(path)] }),
    ],
    [
      'sphere_3_192.lower_distance_matrix',
      (path) => ({
        ...DEFAULTS,
        name: 'sphere_3_192',
        maxDimension: 2,
        instances: [readTriangle(path)],
        slowFor: ['gudhi'],
        isLarge: true,
      }),
    ],
    [
      'rp2_600.lower_distance_matrix.csv',
      (path) => ({
        ...DEFAULTS,
        name: 'rp2_600',
        maxDimension: 1,
        instances: [readTriangle(path)],
        slowFor: ['gudhi'],
        isLarge: true,
      }),
    ],
    [
      'o3_1024.txt',
      (path) => ({
        ...DEFAULTS,
        name: 'o3_1024 up to 1.4',
        maxDimension: 1,
        threshold: 1.4,
        instances: [distancesOf(readNumbers(path), 9)],
        isLarge: true,
      }),
    ],
  ];
  return {
    inputs: examples.flatMap(([file, make]) => (existsSync(`${folder}/${file}`) ? [make(`${folder}/${file}`)] : [])),
    absent: examples.flatMap(([file]) => (existsSync(`${folder}/${file}`) ? [] : [`${folder}/${file}`])),
  };
}

/** Snapshots of one cell of the reference fleet while faults come and go. */
export function fleetSnapshots(agents: number, windows: number): readonly Snapshot[] {
  const startMs = 1_700_000_000_000;
  const windowMs = 1000;
  const quietMs = 20_000;
  const endMs = startMs + quietMs + windows * windowMs;
  const faults = randomFaults({ seed: 42, agents, fromMs: startMs + quietMs, toMs: endMs, everyMs: 5_000 });
  const names = { tenant: 'bench', fleet: 'reference' };
  const fleet = createReferenceFleet({ seed: 42, ...names, agents, startMs, heartbeatMs: windowMs, faults });
  return [...snapshotsOf(fleet, { ...names, startMs, endMs, windowMs })].slice(-windows);
}

/** The states of the cell's agents, as the assessment pipeline sees them. */
export function fleetInput(snapshots: readonly Snapshot[]): BenchInput {
  const instances = snapshots.map((snapshot) => distancesOf(stateSpace(snapshot).points, STATE_DIMENSION));
  return { ...DEFAULTS, name: `fleet cell, ${instances[0].count} agents`, maxDimension: 1, instances };
}

/**
 * Sliding windows over a signal with two incommensurate periods and noise, each window's delay embedding as points (Perea & Harer 2015):
 * consecutive windows share nine tenths of their points.
 */
export function slidingInput(count: number, windows: number): BenchInput {
  const random = mulberry32(7);
  const dimension = 3;
  const delay = 9;
  const stride = Math.ceil(count / 10);
  const signal = Float64Array.from({ length: count + windows * stride + dimension * delay }, (_, t) => {
    return Math.sin(t / 6) + Math.sin((t / 6) * Math.SQRT2) / 2 + (random() - 0.5) / 5;
  });
  const instances = Array.from({ length: windows }, (_, w) => {
    const points = Float64Array.from({ length: count * dimension }, (_, k) => {
      return signal[w * stride + Math.floor(k / dimension) + delay * (k % dimension)];
    });
    return distancesOf(points, dimension);
  });
  return { ...DEFAULTS, name: `sliding window, ${count} points`, maxDimension: 1, instances };
}

/** Euclidean distances, rounded to float32. */
export function distancesOf(points: Float64Array, dimension: number): Instance {
  const count = points.length / dimension;
  const lower = new Float64Array((count * (count - 1)) / 2);
  for (let i = 1, pair = 0; i < count; i++) {
    for (let j = 0; j < i; j++, pair++) {
      let sum = 0;
      for (let k = 0; k < dimension; k++) sum += (points[i * dimension + k] - points[j * dimension + k]) ** 2;
      lower[pair] = Math.fround(Math.sqrt(sum));
    }
  }
  return { count, lower };
}

function readTriangle(path: string): Instance {
  const lower = readNumbers(path).map(Math.fround);
  return { count: (1 + Math.sqrt(1 + 8 * lower.length)) / 2, lower };
}

function readNumbers(path: string): Float64Array {
  const words = readFileSync(path, 'utf8').split(/[\s,]+/);
  return Float64Array.from(
    words.filter((word) => word !== ''),
    Number,
  );
}
