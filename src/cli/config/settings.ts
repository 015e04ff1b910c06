/** Every setting: its name in the file, what is valid, and what holds without it. The names in the environment follow from these. */
import { z } from 'zod';
import { COMPUTE_CHOICES } from '../../compute/compute-choice.ts';
import { defaultKafkaOptions } from '../../streams/kafka/options.ts';

export interface Setting {
  readonly schema: z.ZodType;
  /** How its text in the environment reads: `list` is comma separated, `whole` a number without a fraction, `flag` true or false. */
  readonly kind: 'text' | 'list' | 'whole' | 'flag';
  readonly doc: string;
  /** As the end of the sentence "NAME is VALUE; valid is ...". */
  readonly valid: string;
  /** Never shown; of an address only its password. */
  readonly secret?: 'whole' | 'password';
}

const { topics: topicDefaults, clientId, prefix, sessionTimeoutMs } = defaultKafkaOptions;
const address = /^(\[[0-9A-Fa-f:]+\]|[^\s:,/]+):(\d{1,5})$/;
const name = /^[A-Za-z0-9._-]{1,128}$/;

const text = (pattern: RegExp) => z.string().regex(pattern);
const file = z.string().min(1);
const whole = (min: number, max: number) => z.int().min(min).max(max);
const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1)));
const isAddress = (value: string): boolean => {
  const port = Number(address.exec(value)?.[2] ?? 0);
  return port >= 1 && port <= 65_535;
};
const dayMs = 24 * 3600 * 1000;

export const settings = {
  brokers: {
    schema: z.array(z.string().refine(isAddress)).min(1).optional(),
    kind: 'list',
    doc: 'Kafka brokers to begin with',
    valid: 'host:port, several separated by commas',
  },
  clientId: {
    schema: text(name).default(clientId),
    kind: 'text',
    doc: 'name of this client in the brokers’ logs',
    valid: '1 to 128 of the characters A-Z a-z 0-9 . _ -',
  },
  prefix: {
    schema: text(/^[A-Za-z0-9._-]{0,100}$/).default(prefix),
    kind: 'text',
    doc: 'put before every topic, group and transactional id',
    valid: 'up to 100 of the characters A-Z a-z 0-9 . _ -',
  },
  'tls.enabled': {
    schema: z.boolean().optional(),
    kind: 'flag',
    doc: 'speak TLS to the brokers; true where another tls setting is given',
    valid: 'true or false',
  },
  'tls.ca': {
    schema: file.optional(),
    kind: 'text',
    doc: 'file of the authority that signed the brokers’ certificates',
    valid: 'the path of a PEM file',
  },
  'tls.cert': {
    schema: file.optional(),
    kind: 'text',
    doc: 'file of this client’s certificate',
    valid: 'the path of a PEM file',
  },
  'tls.key': {
    schema: file.optional(),
    kind: 'text',
    doc: 'file of its private key',
    valid: 'the path of a PEM file',
  },
  'tls.rejectUnauthorized': {
    schema: z.boolean().default(true),
    kind: 'flag',
    doc: 'refuse brokers whose certificate does not check out',
    valid: 'true or false',
  },
  'sasl.mechanism': {
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    kind: 'text',
    doc: 'how to log in to the brokers',
    valid: 'plain, scram-sha-256 or scram-sha-512',
  },
  'sasl.username': { schema: z.string().min(1).optional(), kind: 'text', doc: 'who logs in', valid: 'a user name' },
  'sasl.password': {
    schema: z.string().min(1).optional(),
    kind: 'text',
    doc: 'its password',
    valid: 'a password that is not empty',
    secret: 'whole',
  },
  partitions: {
    schema: whole(1, 4096).default(4),
    kind: 'whole',
    doc: 'partitions of every topic that is not a table',
    valid: 'a whole number from 1 to 4096',
  },
  replication: {
    schema: whole(1, 9).default(topicDefaults.replication),
    kind: 'whole',
    doc: 'copies of each new topic',
    valid: 'a whole number from 1 to 9',
  },
  minInsyncReplicas: {
    schema: whole(1, 9).default(topicDefaults.minInsyncReplicas),
    kind: 'whole',
    doc: 'copies that must acknowledge a write to a new topic',
    valid: 'a whole number from 1 to replication',
  },
  compression: {
    schema: z.enum(['uncompressed', 'gzip']).default(topicDefaults.compression),
    kind: 'text',
    doc: 'codec of new topics; the broker rewrites what producers send in another',
    valid: 'uncompressed or gzip',
  },
  retentionMs: {
    schema: whole(-1, 3650 * dayMs).default(topicDefaults.retentionMs),
    kind: 'whole',
    doc: 'how long new topics keep records, in ms; -1: for ever',
    valid: 'a whole number of ms up to ten years, or -1',
  },
  sessionTimeoutMs: {
    schema: whole(1000, 300_000).default(sessionTimeoutMs),
    kind: 'whole',
    doc: 'a worker unheard of for so long loses its partitions, in ms',
    valid: 'a whole number from 1000 to 300000',
  },
  'registry.url': {
    schema: url('http', 'https').optional(),
    kind: 'text',
    doc: 'schema registry that speaks Confluent’s protocol',
    valid: 'an http or https URL',
    secret: 'password',
  },
  'registry.user': {
    schema: z.string().min(1).optional(),
    kind: 'text',
    doc: 'who logs in to the registry',
    valid: 'a user name',
  },
  'registry.password': {
    schema: z.string().min(1).optional(),
    kind: 'text',
    doc: 'its password',
    valid: 'a password that is not empty',
    secret: 'whole',
  },
  'postgres.url': {
    schema: url('postgres', 'postgresql').optional(),
    kind: 'text',
    doc: 'database of the history',
    valid: 'a postgres URL, such as postgres://user@host:port/database with a password after the user',
    secret: 'password',
  },
  'neo4j.url': {
    schema: url('bolt', 'bolt+s', 'bolt+ssc', 'neo4j', 'neo4j+s', 'neo4j+ssc').optional(),
    kind: 'text',
    doc: 'database of the graph',
    valid: 'a bolt or neo4j URL, such as bolt://host:7687',
    secret: 'password',
  },
  'neo4j.user': {
    schema: z.string().min(1).default('neo4j'),
    kind: 'text',
    doc: 'who logs in to Neo4j',
    valid: 'a user name',
  },
  'neo4j.password': {
    schema: z.string().min(1).optional(),
    kind: 'text',
    doc: 'its password',
    valid: 'a password that is not empty',
    secret: 'whole',
  },
  keysDir: {
    schema: file.default('.aura/keys'),
    kind: 'text',
    doc: 'folder of the validators’ keys',
    valid: 'the path of a folder',
  },
  validators: {
    schema: z.array(text(name)).min(1).optional(),
    kind: 'list',
    doc: 'validators that this process hosts; all in keysDir unless given',
    valid: 'ids of validators, separated by commas',
  },
  cluster: {
    schema: text(name).default('aura'),
    kind: 'text',
    doc: 'name of the deployment in what validators sign',
    valid: '1 to 128 of the characters A-Z a-z 0-9 . _ -',
  },
  'http.host': {
    schema: z
      .string()
      .regex(/^[^\s/]+$/)
      .default('127.0.0.1'),
    kind: 'text',
    doc: 'where /metrics, /health and /ready are served',
    valid: 'a host name or address',
  },
  'http.port': {
    schema: whole(0, 65_535).default(9464),
    kind: 'whole',
    doc: 'its port; 0: any free one',
    valid: 'a whole number from 0 to 65535',
  },
  logLevel: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    kind: 'text',
    doc: 'least level of what is logged, to standard error',
    valid: 'trace, debug, info, warn, error, fatal or silent',
  },
  model: {
    schema: file.optional(),
    kind: 'text',
    doc: 'model that scores; the one shipped unless given',
    valid: 'a name or id of `aura model list`, or the path of a model file',
  },
  compute: {
    schema: z.enum(COMPUTE_CHOICES).default('auto'),
    kind: 'text',
    doc: 'what models compute on; auto: the fastest that is there, measured at the start',
    valid: 'auto, cpu, webgpu or cuda',
  },
  computeTile: {
    schema: whole(1, 65_536).default(64),
    kind: 'whole',
    doc: 'agents that one run of a model takes; a GPU wants more, such as 4096',
    valid: 'a whole number from 1 to 65536',
  },
  cpuLatencyUs: {
    schema: whole(0, 1_000_000).optional(),
    kind: 'whole',
    doc: 'longest wake-up of an idle core in microseconds; 0: cores spin instead of sleeping, for the shortest latency (Linux, needs /dev/cpu_dma_latency)',
    valid: 'a whole number from 0 to 1000000',
  },
  modelsDir: {
    schema: file.default('.aura/models'),
    kind: 'text',
    doc: 'folder of imported and trained models',
    valid: 'the path of a folder',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;

export const settingNames = Object.keys(settings) as SettingName[];

/** `tls.rejectUnauthorized` is AURA_TLS_REJECT_UNAUTHORIZED. */
export function environmentName(setting: SettingName): string {
  return `AURA_${setting
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('.', '_')
    .toUpperCase()}`;
}
