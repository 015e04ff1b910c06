/**
 * A consumer that acts on decisions, and trusts nobody but the validators' keys: it checks each decision's certificate before it acts.
 *
 *   npm run -s aura -- keys list --json > validators.json
 *   npx node examples/consumer.ts --brokers localhost:9092 --registry http://localhost:8081/apis/ccompat/v7 --keys validators.json
 *
 * The public keys come from a file of the consumer's own, not from the broker, which is not trusted to say who the validators are.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { checkCopies, verifyDecision } from 'aura/verify';
import { Kafka, logLevel } from 'kafkajs';
import type { Decision, Proposal } from '../schemas/records.ts';

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: 'localhost:9092' },
    registry: { type: 'string', default: 'http://localhost:8081' },
    prefix: { type: 'string', default: '' },
    keys: { type: 'string', default: 'validators.json' },
    /** Ends after so many decisions; 0: never. */
    decisions: { type: 'string', default: '0' },
  },
});
const registry = new SchemaRegistry({ host: values.registry });
const kafka = new Kafka({ brokers: values.brokers.split(','), clientId: 'example-consumer', logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `${values.prefix}example-actuator` });
const { validators: listed } = JSON.parse(readFileSync(values.keys, 'utf8')) as {
  validators: { id: string; publicKey: string }[];
};
const validators = listed.map(({ id, publicKey }) => ({ id, publicKey: Buffer.from(publicKey, 'base64') }));
let seen = 0;

await consumer.connect();
await consumer.subscribe({ topics: [`${values.prefix}aura.decisions`], fromBeginning: true });
const finished = new Promise<void>((resolve) => {
  void consumer.run({
    eachMessage: async ({ message }) => {
      if (message.value === null) return;
      await act((await registry.decode(message.value)) as Decision);
      seen++;
      if (seen === Number(values.decisions)) resolve();
    },
  });
});
await finished;
await consumer.disconnect();

async function act(decision: Decision): Promise<void> {
  const verified = verifyDecision(decision, validators);
  if (!verified.ok) {
    process.stdout.write(`REFUSED ${decision.proposalId}: ${verified.reason}\n`);
    return;
  }
  const proposal = (await registry.decode(Buffer.from(decision.proposal))) as Proposal;
  const differing = checkCopies(decision, proposal);
  if (differing.length > 0) {
    process.stdout.write(`REFUSED ${decision.proposalId}: ${differing.join(', ')} differ from what was signed\n`);
    return;
  }
  const { kind, targets, expiresMs, reason } = proposal;
  const expired = Number(expiresMs) <= Date.now();
  const word =
    verified.mayAct && !expired
      ? 'ACT'
      : verified.verdict === 'REJECTED'
        ? `REJECTED (${decision.reason})`
        : expired
          ? 'EXPIRED'
          : 'DRY RUN';
  process.stdout.write(`${word} ${kind} ${targets.join(', ')}: ${reason} Signed by ${verified.signers.join(', ')}.\n`);
}
