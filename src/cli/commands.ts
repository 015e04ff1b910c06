/** The commands, in the order in which --help lists them. A command's file is loaded when it is called. */
import type { CommandFile } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandFile>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'everything in this process, with a fleet to watch: heartbeats become signed decisions',
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'run',
    summary: 'run pipelines on a Kafka cluster',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'reference',
    summary: 'run the reference fleet and its actuator against a cluster, with a live view',
    load: () => import('./commands/reference.ts'),
  },
  {
    name: 'stack',
    summary: 'start, stop and show real servers on this machine: Kafka, a registry, Postgres, Neo4j',
    load: () => import('./commands/stack.ts'),
  },
  {
    name: 'replay',
    summary: 'recorded telemetry through the whole pipeline, judged against what happened',
    load: () => import('./commands/replay.ts'),
  },
  {
    name: 'evaluate',
    summary: 'failure scores and attribution on recorded data, beside what they have to beat',
    load: () => import('./commands/evaluate.ts'),
  },
  {
    name: 'topics',
    summary: 'make and list the topics of a cluster',
    load: () => import('./commands/topics.ts'),
  },
  {
    name: 'migrate',
    summary: 'bring the history’s database up to date, and drop old days',
    load: () => import('./commands/migrate.ts'),
  },
  {
    name: 'keys',
    summary: 'make, list and publish the validators’ keys',
    load: () => import('./commands/keys.ts'),
  },
  {
    name: 'verify',
    summary: 'check a decision’s certificate with public keys alone',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'policy',
    summary: 'what may be done to a tenant’s agents: dry-run on and off, stop everything',
    load: () => import('./commands/policy.ts'),
  },
  {
    name: 'fleet',
    summary: 'how a fleet is cut into cells, windowed and mapped',
    load: () => import('./commands/fleet.ts'),
  },
  {
    name: 'persistence',
    summary: 'the shape of a file of points or distances: exact persistent homology',
    load: () => import('./commands/persistence.ts'),
  },
  {
    name: 'raft-scripts',
    summary: 'etcd’s own test vectors against the Raft here',
    load: () => import('./commands/raft-scripts.ts'),
  },
  {
    name: 'model',
    summary: 'list, import, export and describe the models that score',
    load: () => import('./commands/model.ts'),
  },
  {
    name: 'train',
    summary: 'a model from the reference fleet, or from your own snapshots and incidents',
    load: () => import('./commands/train.ts'),
  },
  {
    name: 'simulate',
    summary: 'the consensus protocols under adversarial schedules: faults, lies, planted bugs',
    load: () => import('./commands/simulate.ts'),
  },
];
