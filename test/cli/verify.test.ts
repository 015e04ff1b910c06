import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTopics } from '../../pipelines/topics.ts';
import type { Decision } from '../../schemas/records.ts';
import { publicKeyToPem } from '../../src/consensus/keys.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { lastJson, run } from './fake-io.ts';
import { proposalOf, signedDecision, validators } from './signed-decision.ts';

let folder = '';
let decision: Decision;
let bytes: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-verify-'));
  // Ids that a registry elsewhere would give: the command must not depend on them.
  const registry = new MemoryRegistry();
  await registry.register('other-value', { type: 'record', name: 'Other', fields: [] });
  const topics = await openTopics(registry);
  for (const { id, publicKey } of validators) await writeFile(join(folder, `${id}.pub`), publicKeyToPem(publicKey));
  const proposal = proposalOf();
  decision = signedDecision(proposal, topics.proposals.codec.encode(proposal));
  bytes = topics.decisions.codec.encode(decision);
});
afterAll(() => rm(folder, { recursive: true }));

const verify = (input: Uint8Array | string) =>
  run(['verify', '-', '--keys', folder, '--json'], { input: Buffer.from(input) });

test('a decision verifies from its bytes and the public keys alone', async () => {
  const ran = await verify(bytes);
  expect(ran).toMatchObject({ exitCode: 0, err: '' });
  expect(lastJson(ran)).toMatchObject({
    ok: true,
    proposalId: '00ff',
    verdict: 'APPROVED',
    mayAct: true,
    expired: true,
    quorum: 3,
    validators: 4,
    instance: 'test/aura.proposals/0',
  });
});

test.each(['base64', 'hex', 'latin1'] as const)('a decision verifies from JSON with bytes in %s', async (encoding) => {
  const json = JSON.stringify(decision, (_key, value: unknown) => {
    const made = value as { type?: unknown; data?: number[] } | null;
    return made?.type === 'Buffer' ? Buffer.from(made.data ?? []).toString(encoding) : value;
  });
  expect(lastJson(await verify(json))).toMatchObject({ ok: true });
});

test('a decision verifies from what Node makes of Buffers', async () => {
  expect(lastJson(await verify(JSON.stringify(decision)))).toMatchObject({ ok: true });
});

test('a decision that was changed, a copy that differs, and strangers’ keys are refused with exit code 1', async () => {
  const changed = await verify(JSON.stringify({ ...decision, dryRun: !decision.dryRun }));
  expect(changed.exitCode).toBe(1);
  expect(lastJson(changed)).toMatchObject({ ok: false, reason: 'NOT_IN_BLOCK' });
  const copied = await verify(JSON.stringify({ ...decision, targets: ['b'] }));
  expect(lastJson(copied)).toMatchObject({ ok: false, reason: 'COPIES_DIFFER: targets' });
  await rm(join(folder, 'v3.pub'));
  expect(lastJson(await verify(bytes))).toMatchObject({ ok: false, reason: 'WRONG_VALIDATOR_SET' });
});

test('a time that no calendar has is shown as it is', async () => {
  const topics = await openTopics(new MemoryRegistry());
  const proposal = proposalOf({ expiresMs: 9e15 });
  const bytes = topics.decisions.codec.encode(signedDecision(proposal, topics.proposals.codec.encode(proposal)));
  for (const { id, publicKey } of validators) await writeFile(join(folder, `${id}.pub`), publicKeyToPem(publicKey));
  const ran = await run(['verify', '-', '--keys', folder], { input: Buffer.from(bytes) });
  expect(ran).toMatchObject({ exitCode: 0, out: expect.stringContaining('9000000000000000 ms since 1970') });
  expect(ran.out).toContain(`keys        ${folder}`);
});

test('what is no decision is refused as that', async () => {
  for (const input of ['', 'hello', '{"a": 1}', '{', bytes.subarray(0, 40)]) {
    const ran = await verify(input);
    expect(ran.exitCode).toBe(1);
    expect(lastJson(ran)).toMatchObject({ error: { code: 'decision-unreadable' } });
  }
});

test('one decision is named, and only one', async () => {
  expect(await run(['verify'])).toMatchObject({ exitCode: 2 });
  expect(await run(['verify', 'x', '--id', 'y'])).toMatchObject({ exitCode: 2 });
});
