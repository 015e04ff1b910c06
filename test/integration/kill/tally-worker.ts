/** A process that runs the tally processor until it is killed: BROKERS PREFIX. Prints a line once it has joined. */
import { KafkaLog } from '../../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../../src/streams/kafka/options.ts';
import { processorWorker, Worker } from '../../../src/streams/worker.ts';
import { tally } from '../../streams/tally.ts';
import { makeRuntime } from '../../streams/wire.ts';

const [brokers, prefix] = process.argv.slice(2);
const log = new KafkaLog({ ...defaultKafkaOptions, brokers: brokers.split(','), prefix, sessionTimeoutMs: 1_000 });
const observer = {
  taskState: (_processor: string, partition: number, state: string, error?: unknown) => {
    if (state === 'failed') process.stderr.write(`task ${partition} failed: ${String(error)}\n`);
  },
};
const runtime = await makeRuntime(log, { observer });
await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
process.stdout.write('joined\n');
