/**
 * A producer: twenty agents that report once a second, in Confluent's Avro framing; after half the time one of them slows down.
 *
 *   npx node examples/producer.ts --brokers localhost:9092 --registry http://localhost:8081/apis/ccompat/v7 --seconds 40
 *
 * Any key will do. JSON of the same shape will do as well, so with kcat one line is a producer:
 *
 *   echo '{"tenant":"acme","fleet":"checkout","agent":"worker-1","timeMs":'$(date +%s000)',"signals":{"latencyMs":12,"errorRate":0}}' | \
 *     kcat -b localhost:9092 -t aura.heartbeats -P
 */
import { parseArgs } from 'node:util';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: 'localhost:9092' },
    registry: { type: 'string', default: 'http://localhost:8081/apis/ccompat/v7' },
    prefix: { type: 'string', default: '' },
    seconds: { type: 'string', default: '40' },
  },
});
const seconds = Number(values.seconds);
const registry = new SchemaRegistry({ host: values.registry });
const producer = new Kafka({
  brokers: values.brokers.split(','),
  clientId: 'example-producer',
  logLevel: logLevel.ERROR,
}).producer();
await producer.connect();
// AURA registered the schema when it started; a producer only needs its id.
const schemaId = await registry.getLatestSchemaId('aura.heartbeats-value');

for (let second = 0; second < seconds; second++) {
  const messages = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const slow = i === 3 && second >= seconds / 2;
      const heartbeat = {
        tenant: 'acme',
        fleet: 'checkout',
        agent: `worker-${i}`,
        timeMs: Date.now(),
        status: slow ? 'DEGRADED' : 'UP',
        signals: {
          latencyMs: (slow ? 900 : 20) + Math.random() * 5,
          trafficPerS: 10 + Math.random(),
          errorRate: slow ? 0.6 : 0,
          saturation: slow ? 1.5 : 0.3 + Math.random() / 20,
        },
        metrics: {},
      };
      return { value: await registry.encode(schemaId, heartbeat) };
    }),
  );
  await producer.send({ topic: `${values.prefix}aura.heartbeats`, messages });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
await producer.disconnect();
process.stdout.write(`sent ${20 * seconds} heartbeats\n`);
