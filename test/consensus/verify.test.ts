import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../schemas/records.ts';
import { checkCopies, verifyDecision } from '../../src/consensus/verify.ts';
import { Cluster, proposalValue, summarize, testKeys } from './cluster.ts';

const cluster = new Cluster(4);
for (let i = 0; i < 5; i++) cluster.append(proposalValue(`p${i}`));
cluster.append(proposalValue('refused'), Array(4).fill({ verdict: 'reject', dryRun: false, reason: 'COOLDOWN' }));
cluster.append(proposalValue('dry'), Array(4).fill({ verdict: 'approve', dryRun: true }));
cluster.settle();
const { decisions, keys } = cluster;
const byId = (id: string): Decision =>
  decisions.find(({ proposalId }) => proposalId === id) ?? expect.fail(`no decision ${id}`);
const approved = byId('p3');

test('every decision of a cluster verifies from the public keys alone', () => {
  expect(decisions).toHaveLength(7);
  for (const decision of decisions) expect(verifyDecision(decision, keys.validators)).toMatchObject({ ok: true });
  expect(verifyDecision(approved, keys.validators)).toMatchObject({ verdict: 'APPROVED', mayAct: true });
  expect(verifyDecision(byId('refused'), keys.validators)).toMatchObject({ verdict: 'REJECTED', mayAct: false });
  expect(verifyDecision(byId('dry'), keys.validators)).toMatchObject({ verdict: 'APPROVED', mayAct: false });
});

test('changing anything that the proof covers is noticed', () => {
  const { certificate } = approved;
  const [first, second] = certificate.signatures;
  const inCertificate = (changed: Partial<Decision['certificate']>) => ({
    certificate: { ...certificate, ...changed },
  });
  const changes: readonly Partial<Decision>[] = [
    { verdict: 'REJECTED', reason: 'COOLDOWN' },
    { verdict: 'UNKNOWN' },
    { reason: 'COOLDOWN' },
    { dryRun: true },
    { decidedMs: approved.decidedMs + 1 },
    { decidedMs: -1 },
    { proposal: Buffer.concat([approved.proposal, Buffer.of(0)]) },
    inCertificate({ protocol: 'pbft' }),
    inCertificate({ instance: 'test/aura.proposals/1' }),
    inCertificate({ instance: '' }),
    inCertificate({ view: certificate.view + 1 }),
    inCertificate({ height: certificate.height + 1 }),
    inCertificate({ height: Number.NaN }),
    inCertificate({ parent: certificate.itemsRoot }),
    inCertificate({ parent: Buffer.alloc(3) }),
    inCertificate({ blockView: certificate.blockView + 1 }),
    inCertificate({ itemsRoot: certificate.parent }),
    inCertificate({ itemIndex: certificate.itemIndex + 1 }),
    inCertificate({ itemCount: certificate.itemCount + 1 }),
    inCertificate({ itemPath: certificate.itemPath.slice(1) }),
    inCertificate({ proposalOffset: certificate.proposalOffset + 1 }),
    inCertificate({ validatorSet: certificate.parent }),
    inCertificate({ signatures: [first, second] }),
    inCertificate({ signatures: [first, second, second] }),
    inCertificate({ signatures: [] }),
  ];
  for (const change of changes) {
    expect(verifyDecision({ ...approved, ...change }, keys.validators), JSON.stringify(change)).toMatchObject({
      ok: false,
    });
  }
});

test('a flipped bit in any hash or signature is noticed', () => {
  const { certificate } = approved;
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (which, bit) => {
      const flip = (bytes: Uint8Array) => {
        const flipped = Buffer.from(bytes);
        flipped[(bit >> 3) % flipped.length] ^= 1 << (bit & 7);
        return flipped;
      };
      const at = which % certificate.signatures.length;
      const signatures = certificate.signatures.map((vote, i) =>
        i === at ? { ...vote, signature: flip(vote.signature) } : vote,
      );
      const itemPath = certificate.itemPath.map((hash, i) =>
        i === which % certificate.itemPath.length ? flip(hash) : hash,
      );
      for (const changed of [{ signatures }, { itemPath }]) {
        const result = verifyDecision({ ...approved, certificate: { ...certificate, ...changed } }, keys.validators);
        expect(result).toMatchObject({ ok: false });
      }
    }),
    { numRuns: 60 },
  );
});

test('numbers and hashes that no validator would write are refused, and nothing is thrown', () => {
  const { certificate } = approved;
  const numbers = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-1, 2 ** 31, 2 ** 32, 2 ** 53, Number.NaN));
  const bytes = fc.uint8Array({ maxLength: 40, size: 'max' }).map((array) => Buffer.from(array));
  const changed = fc.oneof(
    ...(['view', 'height', 'blockView', 'itemCount', 'itemIndex', 'proposalOffset'] as const).map((field) =>
      numbers.filter((value) => value !== certificate[field]).map((value) => ({ [field]: value })),
    ),
    ...(['parent', 'itemsRoot', 'validatorSet'] as const).map((field) => bytes.map((value) => ({ [field]: value }))),
    fc.array(bytes).map((itemPath) => ({ itemPath })),
    numbers
      .filter((value) => value !== certificate.signatures[0].incarnation)
      .map((incarnation) => ({
        signatures: certificate.signatures.map((vote) => ({ ...vote, incarnation })),
      })),
  );
  fc.assert(
    fc.property(changed, (change) => {
      const decision: Decision = { ...approved, certificate: { ...certificate, ...change } };
      expect(verifyDecision(decision, keys.validators)).toMatchObject({ ok: false });
    }),
    { numRuns: 300 },
  );
});

test('another set of validators, or another instance than the caller takes, is refused', () => {
  const refusal = (reason: string) => ({ ok: false, reason });
  expect(verifyDecision(approved, keys.validators.slice(0, 3))).toEqual(refusal('WRONG_VALIDATOR_SET'));
  expect(verifyDecision(approved, testKeys(7).validators)).toEqual(refusal('WRONG_VALIDATOR_SET'));
  expect(verifyDecision(approved, keys.validators, { instances: ['prod/aura.proposals/0'] })).toEqual(
    refusal('WRONG_INSTANCE'),
  );
  expect(verifyDecision(approved, keys.validators, { instances: ['test/aura.proposals/0'] })).toMatchObject({
    ok: true,
  });
});

test('copies that differ from the proposal are named', () => {
  const summary = summarize(approved.proposal);
  expect(checkCopies(approved, summary)).toEqual([]);
  expect(checkCopies({ ...approved, targets: ['b'], kind: 'ISOLATE' }, summary)).toEqual(['kind', 'targets']);
  expect(checkCopies({ ...approved, proposalId: 'x', expiresMs: 1 }, summary)).toEqual(['proposalId', 'expiresMs']);
});
