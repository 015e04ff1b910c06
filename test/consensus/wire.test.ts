import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { expect, test } from 'vitest';
import type { ConsensusMessage, Decision } from '../../schemas/records.ts';
import { hashBlock } from '../../src/consensus/block.ts';
import { statement } from '../../src/consensus/message.ts';
import { ed25519 } from '../../src/consensus/signature.ts';
import { verifyDecision } from '../../src/consensus/verify.ts';
import { fromWire, toWire } from '../../src/consensus/wire.ts';
import { APPROVE, Cluster, proposalValue } from './cluster.ts';

function load(name: string): { readonly json: unknown; readonly type: avro.Type } {
  const json: unknown = JSON.parse(readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8'));
  return { json, type: avro.Type.forSchema(json as avro.Schema, { wrapUnions: false }) };
}

const message = load('consensus-message');
const decision = load('decision');

const cluster = new Cluster(4, { checkpointEvery: 1 });
cluster.append(proposalValue('a'));
cluster.settle();
cluster.append(proposalValue('b'), [
  APPROVE,
  APPROVE,
  APPROVE,
  { verdict: 'reject', dryRun: false, reason: 'COOLDOWN' },
]);
cluster.settle();

test('every kind of message keeps its meaning and its signature through Avro', () => {
  const kinds = new Set<string>();
  for (const original of cluster.log) {
    const bytes = message.type.toBuffer(toWire(original));
    const read = fromWire(message.type.fromBuffer(bytes) as ConsensusMessage);
    if (read === null) return expect.fail('not a message');
    const { instance, keys } = cluster;
    const { validator, incarnation, body, signature } = read;
    const blockHash = body.type === 'proposal' ? hashBlock(instance, body.block) : undefined;
    const signed = statement(instance, validator, incarnation, body, blockHash);
    const { publicKey } = keys.validators[instance.set.indexOf(validator)];
    expect(ed25519().verify(publicKey, signed, signature)).toBe(true);
    expect(message.type.toBuffer(toWire(read)).equals(bytes)).toBe(true);
    kinds.add(body.type);
  }
  expect([...kinds].sort()).toEqual(['checkpoint', 'incarnation', 'proposal', 'timeout', 'vote']);
});

test('a decision verifies after Avro', () => {
  for (const original of cluster.decisions) {
    const read = decision.type.fromBuffer(decision.type.toBuffer(original)) as Decision;
    expect(verifyDecision(read, cluster.keys.validators)).toMatchObject({ ok: true });
  }
});

test('a record without a body, with two, or with unknown words is no message', () => {
  const vote = toWire(cluster.log.find(({ body }) => body.type === 'vote') ?? expect.fail('no vote'));
  const proposal = toWire(cluster.log.find(({ body }) => body.type === 'proposal') ?? expect.fail('no proposal'));
  expect(fromWire({ ...vote, vote: null })).toBe(null);
  expect(fromWire({ ...vote, proposal: proposal.proposal })).toBe(null);
  expect(fromWire({ ...vote, vote: vote.vote && { ...vote.vote, phase: 'UNKNOWN' } })).toBe(null);
});

test.each(['consensus-message', 'decision', 'validator'])('every field of %s is documented', (name) => {
  const undocumented: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (Array.isArray(node)) for (const branch of node) visit(branch, path);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const { name: own, doc, fields, items, type } = node as Record<string, unknown>;
    if (typeof own === 'string' && typeof doc !== 'string') undocumented.push(`${path}.${own}`);
    if (Array.isArray(fields)) for (const field of fields) visit(field, `${path}.${String(own)}`);
    visit(items, path);
    visit(type, path);
  };
  visit(load(name).json, name);
  expect(undocumented).toEqual([]);
});
