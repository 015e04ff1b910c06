/** The data sets that `aura evaluate` knows, in the order in which --help lists them. A file is loaded when it is called. */
import type { Evaluate } from './evaluation.ts';

export interface DataSet {
  readonly name: string;
  readonly summary: string;
  readonly folder: string;
  load(): Promise<Evaluate>;
}

export const dataSets: readonly DataSet[] = [
  {
    name: 'nezha',
    summary:
      'OnlineBoutique and TrainTicket with injected faults (Nezha, ESEC/FSE 2023): which service, how soon, how many false alarms.',
    folder: 'folder of SYSTEM_DATE_metrics.csv.gz and what goes with them',
    load: async () => (await import('./nezha/evaluate.ts')).evaluateNezha,
  },
  {
    name: 'whowhen',
    summary:
      'Failed runs of language-model agents (Who&When, ICML 2025): which agent is at fault and at which step, without a language model.',
    folder: 'folder of runs as JSON files, or of parts that are such folders',
    load: async () => (await import('./whowhen/evaluate-whowhen.ts')).evaluateWhowhen,
  },
  {
    name: 'petshop',
    summary:
      'Microservices with injected issues (PetShop, CLeaR 2024): the rank of the service that is the root cause.',
    folder: 'folder of scenarios, each with graph.csv and issues below it',
    load: async () => (await import('./petshop/evaluate-petshop.ts')).evaluatePetshop,
  },
  {
    name: 'grid5000',
    summary:
      "Real failures of a grid's nodes (Grid'5000, Failure Trace Archive): which nodes in service fail in 10 to 60 minutes, split in time.",
    folder: 'folder with events.csv.gz, and nodes.csv in it or beside it',
    load: async () => (await import('./grid5000/evaluate-grid5000.ts')).evaluateGrid5000,
  },
  {
    name: 'occupancy',
    summary:
      'Whether somebody is in a room, by its sensors: a benchmark of the liquid networks that one threshold beats.',
    folder: 'folder of datatraining.txt, datatest.txt and datatest2.txt',
    load: async () => (await import('./occupancy/evaluate-occupancy.ts')).evaluateOccupancy,
  },
  {
    name: 'half-cheetah',
    summary:
      'The next observation of a simulated half-cheetah: the regression benchmark of the liquid networks. Trains for some minutes.',
    folder: 'folder of .npy traces',
    load: async () => (await import('./half-cheetah/evaluate-half-cheetah.ts')).evaluateHalfCheetah,
  },
];
