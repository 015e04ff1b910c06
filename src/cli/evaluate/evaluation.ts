/** What an evaluation on recorded data is: our figures beside what they have to beat, on the same cases. */
import type { Json } from '../command.ts';

export interface EvaluationRequest {
  /** Folder in the format of the data set; `../data` in README.md says where each can be had. */
  readonly folder: string;
  /** A model of the user's own, by name, id or file; the one chosen for this data set unless given. */
  readonly model?: string;
  /** Where models of the user's own live. */
  readonly modelsDir: string;
  /** Aborted when the person at the terminal wants it to end. */
  readonly signal: AbortSignal;
  /** One line of progress, for a person. */
  readonly tell: (line: string) => void;
}

/** Named numbers, nested by case or class where that says more. */
export type Figures = { readonly [name: string]: Json };

/** A figure that was to be reached, and what came out. */
export interface Target {
  readonly figure: string;
  readonly target: string;
  readonly measured: number | null;
  readonly met: boolean;
}

export interface Evaluation {
  /** What was read: counts of cases, spans of time. */
  readonly data: Figures;
  /** Which model or method, with its settings, and on which data those were chosen. */
  readonly method: Figures;
  readonly ours: Figures;
  /** Simple methods on the same cases, by name. */
  readonly baselines: Readonly<Record<string, Figures>>;
  /** What knows nothing but a position or a rate, on the same cases, by name. */
  readonly floors: Readonly<Record<string, Figures>>;
  /** Published numbers, by method, as quoted from their source; on other cases where `published.note` says so. */
  readonly published: Figures;
  readonly targets: readonly Target[];
  /** The same for a person, a line each: a table with ours, baselines, floors and published, and what the data does not carry. */
  readonly text: readonly string[];
}

export type Evaluate = (request: EvaluationRequest) => Promise<Evaluation>;
