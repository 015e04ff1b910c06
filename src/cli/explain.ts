/** Any error as one line for a person, without secrets, and what to do next. */
import { redactText } from '../observability/redact.ts';
import { CliError, codeOf, messageOf } from './errors.ts';

export interface Explanation {
  /** Stable, in kebab-case. */
  readonly code: string;
  readonly message: string;
  /** Empty: the message says it all. */
  readonly next: string;
}

/** By the error's own code, whichever part of the program threw it. */
const advice: Readonly<Record<string, string>> = {
  TOPOLOGY_TOO_LARGE: 'at the command line: aura persistence --memory allows more, --threshold and --dim ask for less',
  'topic-unknown': 'make the topics first: aura topics create',
  'topic-partitions-differ':
    'set AURA_PARTITIONS to the number that the topics have (aura topics list), or choose another AURA_PREFIX',
  'partition-unknown':
    'where partitions were added to aura.heartbeats or aura.interactions: aura topics create gives the internal topics theirs',
  'writer-fenced': 'another process took over; this one may be started again',
  'topic-refused':
    'see AURA_REPLICATION (at most one copy a broker), AURA_MIN_INSYNC_REPLICAS and AURA_RETENTION_MS, or what the brokers allow; then aura topics create',
  'not-authorized':
    'README.md lists the permissions that the brokers are to give, under “TLS and logins”; where only some may make topics, have one of them run aura topics create',
  'authentication-failed':
    'see AURA_SASL_MECHANISM, AURA_SASL_USERNAME and AURA_SASL_PASSWORD, and that AURA_BROKERS names the port for logins',
  'certificate-untrusted':
    'AURA_TLS_CA is to name the PEM file of the authority that signed it, and the hosts in AURA_BROKERS are to stand in it',
  'certificate-refused':
    'AURA_TLS_CERT and AURA_TLS_KEY are to name the PEM files of a certificate that the brokers’ authority signed',
  'certificate-invalid': 'see that AURA_TLS_CERT and AURA_TLS_KEY are PEM files that belong together',
  'connection-closed':
    'see that AURA_BROKERS names the right port, with AURA_TLS_CA where it speaks TLS and AURA_SASL_… where it wants a login',
  'registry-unreachable': 'see that the registry runs and that AURA_REGISTRY_URL names it; aura stack status',
  'schema-incompatible': 'the registry holds a newer schema: run a newer program, or another AURA_PREFIX and registry',
  'schema-missing': 'bring the database up to date: aura migrate',
  'schema-newer': 'the database was migrated by a newer program; run that one',
  'database-unavailable': 'see that the database runs and that its URL is right; aura stack status',
};

/** PostgreSQL's SQLSTATEs and Neo4j's code of a login or a database that is not there. */
const loginRefused = /^Postgres (28\w{3}|3D000):|^Neo4j Neo\.ClientError\.Security\./;
const checkLogin =
  'see the user, password and database in AURA_POSTGRES_URL, or AURA_NEO4J_USER and AURA_NEO4J_PASSWORD; aura stack status';

const debug = 'AURA_DEBUG=1 shows where it comes from';
const unreachable = 'see that the brokers run and that AURA_BROKERS names them; aura stack status';

/** In kafkajs's words: one that takes connections and says nothing is left in the midst of its handshake. */
const silentBroker = 'Broker not connected';

export function explain(error: unknown): Explanation {
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0]);
  const message = oneLine(messageOf(error));
  if (error instanceof CliError) return { code: error.code, message, next: error.next };
  const name = error instanceof Error ? error.name : '';
  if (
    /^KafkaJS(NumberOfRetriesExceeded|Connection|BrokerNotFound|RequestTimeout)/.test(name) ||
    message === silentBroker
  )
    return { code: 'brokers-unreachable', message, next: unreachable };
  const code = codeOf(error) ?? 'unexpected';
  const next = advice[code] ?? (loginRefused.test(message) ? checkLogin : code === 'unexpected' ? debug : '');
  // Some errors begin with their code; it is printed once.
  const bare = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
  return { code: code.toLowerCase().replaceAll('_', '-'), message: bare, next };
}

function oneLine(text: string): string {
  return redactText(text)
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
}
