/** What one hop costs on a real broker, through the log port: the budget that decision latency is made of. */
import { parseArgs } from 'node:util';
import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../src/streams/kafka/options.ts';
import type { OutRecord } from '../../src/streams/log.ts';
import { withServers } from './broker.ts';
import { machine, quantile, rounded } from './machine.ts';

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '500' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write('Usage: npm run -s bench -- hop [--rounds 500] [--json]\n');
    return;
  }
  const rounds = Number(values.rounds);
  await withServers({ postgres: false }, async ({ brokers }) => {
    const log = new KafkaLog({ ...defaultKafkaOptions, brokers, prefix: `hop-${Date.now()}.` });
    await log.createTopics(['plain', 'transacted'].map((name) => ({ name, partitions: 1, compacted: false })));
    const record = (topic: string): OutRecord => ({ topic, partition: 0, key: null, value: Buffer.alloc(256) });
    const writer = await log.writer();
    const transactional = await log.transactionalWriter('hop');
    let arrived: () => void = () => undefined;
    const consumer = await log.consume({
      kind: 'positions',
      positions: ['plain', 'transacted'].map((topic) => ({ topic, partition: 0, offset: 0 })),
      records: (_from, records) => {
        if (records.length > 0) arrived();
      },
      failed: (error) => {
        throw error;
      },
    });
    const time = async (write: () => Promise<void>): Promise<number> => {
      const seen = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const startedMs = performance.now();
      await Promise.all([write(), seen]);
      return performance.now() - startedMs;
    };
    const plain: number[] = [];
    const transacted: number[] = [];
    let offset = 0;
    for (let i = 0; i < rounds + 50; i++) {
      // Interleaved, and apart by a moment: markers of the transaction before are then written.
      const a = await time(() => writer.write([record('plain')]));
      await new Promise((resolve) => setTimeout(resolve, 5));
      const b = await time(() =>
        transactional.commit([record('transacted')], 'hop', [{ topic: 'plain', partition: 0, offset: ++offset }]),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (i < 50) continue;
      plain.push(a);
      transacted.push(b);
    }
    await consumer.close();
    await log.close();
    const figures = (values: readonly number[]) => ({
      p50: rounded(quantile(values, 0.5)),
      p99: rounded(quantile(values, 0.99)),
    });
    const result = { rounds, writeMs: figures(plain), transactionMs: figures(transacted), machine: machine() };
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`);
  });
}
