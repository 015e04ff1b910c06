/**
 * What a thread can be asked to do, as functions of what was sent: plain data in, plain data out. Distances lie in shared memory where
 * several threads read them. This is the module that a worker pool loads in each of its threads.
 */
import { type CellTopology, cellTopology } from '../cell.ts';
import { DistanceEdges } from '../filtrations/distance-edges.ts';
import { type Distances, fillDistances } from '../filtrations/distances.ts';
import { FlagFiltration, refuseTooLarge } from '../filtrations/flag.ts';
import type { InteractionOptions, Interactions } from '../filtrations/interactions.ts';
import { type PartialSurvey, type Survey, surveyRows } from '../filtrations/nearest.ts';
import { type OpenPairs, openPairs } from '../filtrations/relative-neighbourhood.ts';
import { type RipsOptions, ripsOfLowerTriangle, ripsOfPoints } from '../filtrations/rips.ts';
import { type Persistence, type PersistenceOptions, persistence } from '../homology/persistence.ts';

/** What goes to a thread besides distances or points; callbacks can't. */
export type JobOptions = Omit<PersistenceOptions, 'onBar'> & RipsOptions;

/** Rows `from` to `to`, excluded, of a lower triangle. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** The topology of one cell, without the filtrations: those don't travel. */
export interface CellResult {
  readonly state: Persistence;
  readonly graph: Persistence;
  readonly signature: CellTopology['signature'];
}

export const jobs = {
  /** A whole input, by distances; see ripsOfLowerTriangle() and persistence(). */
  rips: (input: Distances & { readonly options: JobOptions }): Persistence =>
    persistence(ripsOfLowerTriangle(input.lower, input.count, input.options), input.options),

  /** A whole input, by points; see ripsOfPoints() and persistence(). */
  points: (input: {
    readonly points: Float64Array;
    readonly dimension: number;
    readonly options: JobOptions;
  }): Persistence => persistence(ripsOfPoints(input.points, input.dimension, input.options), input.options),

  /** See cellTopology(). */
  cell: (input: {
    readonly states: Float64Array;
    readonly dimension: number;
    readonly interactions: Interactions;
    readonly options: InteractionOptions;
  }): CellResult => {
    const { state, graph, signature } = cellTopology(input.states, input.dimension, input.interactions, input.options);
    return { state: state.persistence, graph: graph.persistence, signature };
  },

  /** A part of a large input: distances of some rows, written to shared memory. */
  fillDistances: (input: Distances & Rows & { readonly points: Float64Array; readonly dimension: number }): void =>
    fillDistances(input.points, input.dimension, input.lower, input.from, input.to),

  /** A part of a large input: what its rows tell of radius and neighbours. */
  surveyRows: (input: Distances & Rows): PartialSurvey => surveyRows(input, input.from, input.to),

  /** A part of a large input: the open edges of its rows. */
  openPairs: (input: Distances & Rows & { readonly nearest: Survey; readonly limit: number }): OpenPairs =>
    openPairs(input, input.nearest, input.limit, input.from, input.to),

  /** The rest of a large input whose open edges are known. */
  ripsOfPairs: (
    input: Distances & { readonly threshold: number; readonly pairs: OpenPairs; readonly options: JobOptions },
  ): Persistence => {
    refuseTooLarge(input.count, input.pairs.within, input.options.memoryLimitBytes);
    return persistence(new FlagFiltration(new DistanceEdges(input, input.threshold, input.pairs)), input.options);
  },
} as const;

export type TopologyJobs = typeof jobs;

/** Inputs of a few sizes, so that the first real one does not wait for the compiler. */
export function warm(): void {
  for (let round = 0; round < 60; round++) {
    for (const count of [30, 100]) {
      const points = Float64Array.from({ length: 3 * count }, (_, k) => Math.sin(1 + k * k + round));
      jobs.points({ points, dimension: 3, options: {} });
    }
  }
}
