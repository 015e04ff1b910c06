/** Every topic of AURA, bound to its schema. The table in README.md lists who reads and writes them. */
import { readFileSync } from 'node:fs';
import type { Records } from '../schemas/records.ts';
import { parseHeartbeat } from '../src/fleet/check-heartbeat.ts';
import { parseInteraction } from '../src/fleet/check-interaction.ts';
import type { TopicSpec } from '../src/streams/log.ts';
import { changelogOf, orderTopicOf } from '../src/streams/names.ts';
import type { Processor, Topic } from '../src/streams/processor.ts';
import { AvroOrJsonCodec } from '../src/streams/schema/avro-or-json.ts';
import { AvroCodec } from '../src/streams/schema/codec.ts';
import type { SchemaRegistry } from '../src/streams/schema/registry.ts';

/** Topic by the part of its name after `aura.`, with the schema file of its records. */
const schemaOf = {
  heartbeats: 'heartbeat',
  interactions: 'interaction',
  observations: 'observations',
  snapshots: 'snapshot',
  signatures: 'signature',
  scores: 'scores',
  proposals: 'proposal',
  consensus: 'consensus-message',
  decisions: 'decision',
  actions: 'action',
  outcomes: 'outcome',
  alerts: 'alert',
  late: 'late',
  'dead-letters': 'dead-letter',
  fleets: 'fleet',
  policies: 'policy',
  validators: 'validator',
  models: 'model-use',
} as const satisfies Readonly<Record<string, keyof Records>>;

type Name = keyof typeof schemaOf;

/** Compacted, one partition, read whole by every worker. */
const tables: ReadonlySet<Name> = new Set<Name>(['fleets', 'policies', 'validators', 'models']);

export type Topics = { readonly [N in Name]: Topic<Records[(typeof schemaOf)[N]]> } & {
  /** The runtime's own record of the order in which a task took its inputs. */
  readonly orders: AvroCodec<Records['order']>;
};

export function schema(name: keyof Records): object {
  return JSON.parse(readFileSync(new URL(`../schemas/${name}.avsc`, import.meta.url), 'utf8')) as object;
}

/** Registers every schema and binds the topics to them. */
export async function openTopics(registry: SchemaRegistry): Promise<Topics> {
  const topics: Record<string, Topic> = {};
  for (const name of Object.keys(schemaOf) as Name[]) {
    const topic = `aura.${name}`;
    const avro = await AvroCodec.register<never>(topic, schema(schemaOf[name]), registry);
    const codec =
      name === 'heartbeats'
        ? new AvroOrJsonCodec(avro as unknown as AvroCodec<Records['heartbeat']>, parseHeartbeat)
        : name === 'interactions'
          ? new AvroOrJsonCodec(avro as unknown as AvroCodec<Records['interaction']>, parseInteraction)
          : avro;
    topics[name] = { name: topic, codec: codec as Topic['codec'], table: tables.has(name) };
  }
  const orders = await AvroCodec.register<Records['order']>('aura.order', schema('order'), registry);
  return { ...topics, orders } as unknown as Topics;
}

/** What owns internal topics: a processor, of which its name and those of its stores are enough. */
export interface TopicOwner extends Pick<Processor, 'name'> {
  readonly stores: readonly { readonly name: string }[];
}

/** All topics to be made: the public ones, and the internal ones of the processors given. */
export function topicSpecs(topics: Topics, processors: readonly TopicOwner[], partitions: number): TopicSpec[] {
  const { orders: _orders, ...named } = topics;
  /** Intake takes what they hold from anywhere and places it by cell: their partitions are their producers' affair. */
  const producers = [topics.heartbeats.name, topics.interactions.name];
  const specs = new Map<string, TopicSpec>();
  for (const { name, table } of Object.values(named)) {
    // A validator that cannot read what it said may not vote: the record of its votes is kept.
    const kept = name === topics.consensus.name ? { retentionMs: -1 } : {};
    const foreign = producers.includes(name) ? { mayHaveMore: true } : {};
    specs.set(name, { name, partitions: table ? 1 : partitions, compacted: table, ...kept, ...foreign });
  }
  for (const processor of processors) {
    const name = orderTopicOf(processor);
    const follows = processor.name === 'intake' ? { asManyAs: producers } : {};
    specs.set(name, { name, partitions, compacted: false, ...follows });
    for (const store of processor.stores) {
      const name = changelogOf(processor, store.name);
      specs.set(name, { name, partitions, compacted: true });
    }
  }
  return [...specs.values()];
}
