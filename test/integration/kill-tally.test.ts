/**
 * One processor with state on a real broker under load, its workers killed with SIGKILL at random moments: its output equals the replay of the order
 * it logged, and every input counted exactly once. AURA_KILL_ROUNDS sets how many kills (50 in the record of ARCHITECTURE.md).
 */
import { randomInt, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Order } from '../../schemas/records.ts';
import { Random } from '../../src/fleet/reference/random.ts';
import { orderTopicOf } from '../../src/streams/names.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import { replay } from '../../src/streams/replay.ts';
import { readAll } from '../streams/log-contract.ts';
import { tally, tallySpecs, tallyTopics } from '../streams/tally.ts';
import { makeRuntime, until } from '../streams/wire.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';
import { type Started, sleep, startScript } from './kill/processes.ts';

const rounds = Number(process.env.AURA_KILL_ROUNDS ?? 5);
const partitions = 3;
const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));

test.skipIf(!hasKafka)(
  `tally survives ${rounds} kills under load (AURA_SEED=${seed})`,
  {
    timeout: 120_000 + rounds * 10_000,
  },
  async () => {
    const draws = new Random(seed, 'kills');
    const random = () => draws.uniform();
    const prefix = `kill-${randomUUID().slice(0, 8)}.`;
    const log = openKafkaLog({ prefix });
    const specs = tallySpecs(partitions);
    await log.createTopics(specs);
    const runtime = await makeRuntime(log);

    let sent = 0;
    let producing = true;
    const load = (async () => {
      const writer = await log.writer();
      while (producing) {
        const records = Array.from({ length: 20 }, () => {
          const key = Buffer.from(`k${Math.floor(random() * 40)}`);
          const topic = random() < 0.5 ? tallyTopics.left.name : tallyTopics.right.name;
          return { topic, partition: partitionOf(key, partitions), key, value: Buffer.from(`n${sent++}=1`) };
        });
        await writer.write(records);
        await sleep(10);
      }
    })();

    const workers: (Started | null)[] = [null, null];
    try {
      for (let i = 0; i < workers.length; i++)
        workers[i] = await startScript('./tally-worker.ts', [testBrokers().join(','), prefix]);
      for (let round = 0; round < rounds; round++) {
        await sleep(200 + random() * 1_800);
        const victim = Math.floor(random() * workers.length);
        workers[victim]?.child.kill('SIGKILL');
        workers[victim] = await startScript('./tally-worker.ts', [testBrokers().join(','), prefix]);
      }
      producing = false;
      await load;
      let written = 0;
      await until(
        `all ${sent} inputs are summed`,
        async () => {
          written = 0;
          for (let partition = 0; partition < partitions; partition++)
            written += (await readAll(log, tallyTopics.sums.name, partition)).length;
          return written >= sent;
        },
        60_000,
      );
      expect(written).toBe(sent);
    } finally {
      producing = false;
      for (const worker of workers) worker?.child.kill('SIGKILL');
    }

    const ids = new Set<string>();
    for (let partition = 0; partition < partitions; partition++) {
      const orders = (await readAll(log, orderTopicOf(tally), partition)).map(
        ({ value }): Order => runtime.orders.decode(value ?? Buffer.alloc(0)),
      );
      const inputs = await Promise.all([
        readAll(log, tallyTopics.left.name, partition),
        readAll(log, tallyTopics.right.name, partition),
        readAll(log, tallyTopics.factors.name, 0),
      ]);
      const partitionCounts = new Map([
        [tallyTopics.sums.name, partitions],
        ['aura.dead-letters', 1],
      ]);
      const replayed = await replay({
        processor: tally,
        partition,
        deadLetters: runtime.deadLetters,
        partitionCounts,
        orders,
        inputs,
      });
      const written = await readAll(log, tallyTopics.sums.name, partition);
      expect(written.length).toBe(replayed.length);
      written.forEach(({ key, value }, i) => {
        expect(Buffer.compare(key ?? Buffer.alloc(0), replayed[i].key ?? Buffer.alloc(1))).toBe(0);
        expect(Buffer.compare(value ?? Buffer.alloc(0), replayed[i].value ?? Buffer.alloc(1))).toBe(0);
        ids.add(
          Buffer.from(value ?? [])
            .toString()
            .split('=')[0],
        );
      });
      const perKey = new Map<string, number>();
      for (const { key, value } of written) {
        const name = Buffer.from(key ?? []).toString();
        const sum = Number(
          Buffer.from(value ?? [])
            .toString()
            .split(' ')[1],
        );
        expect(sum).toBe((perKey.get(name) ?? 0) + 1);
        perKey.set(name, sum);
      }
    }
    expect(ids.size).toBe(sent);
    await log.close();
  },
);
