/**
 * A consumer that acts on decisions, and trusts nobody but the validators' keys: it checks each decision's certificate before it acts.
 *
 *   npm run -s aura -- keys list --json > validators.json
 *   npx node examples/consumer.ts --brokers localhost:9092 --keys validators.json
 *
 * The public keys come from a file of the consumer's own, not from the broker, which is not trusted to say who the validators are. What bytes mean comes
 * from the schemas beside this file, not from the registry, which is not trusted to say what was signed. Anybody may have written what is read here.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkCopies, verifyDecision } from 'aura/verify';
import avro from 'avsc';
import { Kafka, logLevel } from 'kafkajs';
import type { Decision, Proposal } from '../schemas/records.ts';

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: 'localhost:9092' },
    prefix: { type: 'string', default: '' },
    keys: { type: 'string', default: 'validators.json' },
    /** AURA_CLUSTER of the installation: the same keys may vote in another one, whose decisions are not for this consumer. */
    cluster: { type: 'string', default: 'aura' },
    /** Ends after so many decisions; 0: never. */
    decisions: { type: 'string', default: '0' },
  },
});
const kafka = new Kafka({ brokers: values.brokers.split(','), clientId: 'example-consumer', logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `${values.prefix}example-actuator` });
const { validators: listed } = JSON.parse(readFileSync(values.keys, 'utf8')) as {
  validators: { id: string; publicKey: string }[];
};
const validators = listed.map(({ id, publicKey }) => ({ id, publicKey: Buffer.from(publicKey, 'base64') }));
const readDecision = reader<Decision>('decision');
const readProposal = reader<Proposal>('proposal');
/**
 * Proposals acted on, until they expire: Kafka delivers again after a failure, and anybody may copy a record. A real actuator keeps them where they
 * survive it, and writes them down before it acts.
 */
const actedOn = new Map<string, number>();
let seen = 0;

await consumer.connect();
await consumer.subscribe({ topics: [`${values.prefix}aura.decisions`], fromBeginning: true });
const finished = new Promise<void>((resolve) => {
  void consumer.run({
    eachMessage: async ({ message }) => {
      process.stdout.write(`${act(message.value)}\n`);
      seen++;
      if (seen === Number(values.decisions)) resolve();
    },
  });
});
await finished;
await consumer.disconnect();

/** What became of the record, in a line. */
function act(value: Buffer | null): string {
  const decision = readDecision(value);
  if (decision === null) return 'REFUSED a record: it is no decision';
  // The id is anybody's text until the certificate has been checked.
  const named = JSON.stringify(decision.proposalId.slice(0, 64));
  const verified = verifyDecision(decision, validators);
  if (!verified.ok) return `REFUSED ${named}: ${verified.reason}`;
  const { instance } = decision.certificate;
  if (!instance.startsWith(`${values.cluster}/aura.proposals/`))
    return `REFUSED ${named}: it was agreed in ${instance}`;
  const proposal = readProposal(Buffer.from(decision.proposal));
  if (proposal === null) return `REFUSED ${named}: its proposal cannot be read`;
  const differing = checkCopies(decision, proposal);
  if (differing.length > 0) return `REFUSED ${named}: ${differing.join(', ')} differ from what was signed`;

  const { id, kind, targets, expiresMs, reason } = proposal;
  if (verified.verdict === 'REJECTED') return `REJECTED (${decision.reason}) ${named}`;
  const nowMs = Date.now();
  for (const [earlier, untilMs] of actedOn) if (untilMs <= nowMs) actedOn.delete(earlier);
  const expired = expiresMs <= nowMs;
  const word = !verified.mayAct ? 'DRY RUN' : expired ? 'EXPIRED' : actedOn.has(id) ? 'ALREADY' : 'ACT';
  if (word === 'ACT') actedOn.set(id, expiresMs);
  return `${word} ${kind} ${targets.join(', ')}: ${reason} Signed by ${verified.signers.join(', ')}.`;
}

/** Reads a record's value: one byte 0, four of the registry's, which are passed over, and the Avro body. Null: it is no such record. */
function reader<T>(name: string): (value: Buffer | null) => T | null {
  const schema = JSON.parse(readFileSync(new URL(`../schemas/${name}.avsc`, import.meta.url), 'utf8')) as avro.Schema;
  const type = avro.Type.forSchema(schema, { wrapUnions: false });
  return (value) => {
    if (value === null || value.length < 5 || value[0] !== 0) return null;
    try {
      return type.fromBuffer(value.subarray(5)) as T;
    } catch {
      return null; // whoever wrote it, there is nothing in it to act on
    }
  };
}
