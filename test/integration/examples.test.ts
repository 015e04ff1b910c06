/** The examples, as a user would run them, against the pipelines on a real broker and a real registry. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { pipelineNames, startPipelines } from '../../src/cli/assembly.ts';
import { loadEngine } from '../../src/cli/engine.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { generateKeyPair, publicKeyToBase64 } from '../../src/consensus/keys.ts';
import { ed25519Signer } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';
import { ConfluentRegistry } from '../../src/streams/schema/confluent-registry.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';

const registryUrl = inject('registry')?.url ?? null;

test.skipIf(!hasKafka || registryUrl === null)(
  'the producer example leads to a decision that the consumer example verifies and would act on',
  { timeout: 180_000 },
  async () => {
    const prefix = `examples-${randomUUID().slice(0, 8)}.`;
    const folder = await mkdtemp(join(tmpdir(), 'aura-examples-'));
    const keys = new Map(['v1', 'v2', 'v3', 'v4'].map((id) => [id, generateKeyPair()]));
    const members = [...keys].map(([id, { publicKey }]) => ({ id, publicKey }));
    const log = openKafkaLog({ prefix });
    const engine = await loadEngine();
    const problems: string[] = [];
    const running = await startPipelines({
      log,
      registry: new ConfluentRegistry({ url: registryUrl ?? '' }),
      partitions: 2,
      pipelines: new Set(pipelineNames.filter((name) => name !== 'history' && name !== 'graph')),
      engine,
      validators: {
        agreement: { cluster: prefix, set: createValidatorSet(members), parameters: createParameters(), partitions: 2 },
        signers: new Map([...keys].map(([id, pair]) => [id, ed25519Signer(pair)])),
      },
      history: null,
      graph: null,
      observer: { deadLetter: (processor, _partition, code) => problems.push(`${processor}: ${code}`) },
      failed: (error) => problems.push(error.message),
    });
    try {
      const writer = await log.writer();
      const policy = { ...defaultPolicy('acme'), dryRun: false };
      await writer.write([
        {
          topic: 'aura.policies',
          partition: 0,
          key: Buffer.from('acme'),
          value: running.topics.policies.codec.encode(policy),
        },
      ]);
      const keysFile = join(folder, 'validators.json');
      await writeFile(
        keysFile,
        JSON.stringify({
          validators: members.map(({ id, publicKey }) => ({ id, publicKey: publicKeyToBase64(publicKey) })),
        }),
      );
      const where = ['--brokers', testBrokers().join(','), '--prefix', prefix];
      // What anybody may write before it does not keep the consumer from the decision.
      await writer.write(
        [Buffer.from('nonsense'), Buffer.from([0, 0, 0, 0, 1]), null].map((value) => ({
          topic: 'aura.decisions',
          partition: 0,
          key: Buffer.from('k'),
          value,
        })),
      );
      const consumed = runExample('consumer', [...where, '--cluster', prefix, '--keys', keysFile, '--decisions', '4']);
      const produced = await runExample('producer', [...where, '--registry', registryUrl ?? '', '--seconds', '36']);
      expect(produced).toContain('sent 720 heartbeats');
      expect(await consumed).toContain('REFUSED a record: it is no decision');
      expect(await consumed).toMatch(/^ACT [A-Z]+ worker-3: .*Signed by v\d, v\d, v\d\.$/m);
      // The pipelines that read decisions give the nonsense up.
      expect(problems.filter((problem) => !/: (avro-|schema-|value-)/.test(problem))).toEqual([]);
    } finally {
      await running.close();
      await engine.close();
      await log.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

async function runExample(name: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['--no-warnings', `examples/${name}.ts`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complained = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk.toString();
  });
  const stop = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(stop);
  if (code !== 0) throw new Error(`examples/${name}.ts ended with ${code}: ${complained}`);
  return said;
}
