/** The data sets that `aura evaluate` knows, in the order in which --help lists them. A file is loaded when it is called. */
import type { Evaluate } from './evaluation.ts';

export interface DataSet {
  readonly name: string;
  readonly summary: string;
  readonly folder: string;
  load(): Promise<Evaluate>;
}

export const dataSets: readonly DataSet[] = [];
