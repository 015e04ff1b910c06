import { expect, test } from 'vitest';
import { Evidence } from '../../../pipelines/consensus/evidence.ts';
import { HostedValidator } from '../../../pipelines/consensus/hosted-validator.ts';
import { OpenProposals } from '../../../pipelines/consensus/open-proposals.ts';
import { Policies } from '../../../pipelines/policies.ts';
import type { Proposal, Snapshot } from '../../../schemas/records.ts';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import type { Message } from '../../../src/consensus/message.ts';
import type { Effect } from '../../../src/consensus/protocol.ts';
import { ed25519, ed25519Signer, VerifiedSignatures } from '../../../src/consensus/signature.ts';
import { cellKey } from '../../../src/fleet/ids.ts';
import { Planner } from '../../../src/interventions/planner.ts';
import { checkProposal, proposalId } from '../../../src/interventions/proposal.ts';
import { testInstance, testKeys } from '../../consensus/cluster.ts';
import { agents, cell, hashOf, policyWith, scoresOf, snapshotOf } from '../../interventions/world.ts';

const specs = agents({ agent: 'a04', failure: 0.85, deviation: { saturation: 12, latency: 9, traffic: 5 } });
const snapshots = [0, 1, 2].map((window) => snapshotOf(window, specs));

/** What a planner without memory would ask for after a window: the same again. */
function wishAfter(window: number): Proposal {
  const planner = new Planner(cell, { windowsInARow: 1 });
  const [wish] = planner.plan(scoresOf(snapshots[window], specs), null, policyWith()).proposals;
  return { ...wish, id: proposalId(wish) };
}

test('what was judged before a block was decided is judged again before anybody proposes or votes for it', () => {
  const house = new OneProcess();
  // The later window's proposal comes first, and its snapshot last: so the other is approved as if this one were not.
  house.read(wishAfter(2));
  house.read(wishAfter(1));
  house.see(snapshots[1]);
  house.judge();
  // The block with the other is prepared when the snapshot comes.
  while (house.validators[0].replica.ledger.lock === null) house.takeOne();
  house.see(snapshots[2]);
  house.judge();
  house.takeAll();
  expect(house.verdicts).toEqual(['1 APPROVED', '0 REJECTED COOLDOWN']);
});

test('nothing is proposed or found valid while a process has not read what it has seen decided: its budgets and cooldowns would lack it', () => {
  const before = new OneProcess();
  before.read(wishAfter(2));
  before.read(wishAfter(1));
  before.see(snapshots[1]);
  before.judge();
  while (before.verdicts.length === 0) before.takeOne();
  expect(before.verdicts).toEqual(['1 APPROVED']);
  // The process ends there, and starts again. It reads the validators' messages sooner than the proposals that they are about.
  const house = new OneProcess(before.log);
  for (const window of [1, 2]) house.see(snapshots[window]);
  house.read(wishAfter(2));
  house.judge();
  house.takeAll();
  expect(house.verdicts).toEqual(['1 APPROVED']);
  house.read(wishAfter(1));
  house.judge();
  house.takeAll();
  expect(house.verdicts).toEqual(['1 APPROVED', '0 REJECTED COOLDOWN']);
});

/** Four validators that share a log, a writer and their reading, as ValidatorTask drives them. */
class OneProcess {
  readonly #shared = { policies: new Policies(), evidence: new Evidence(), open: new OpenProposals() };
  readonly #log: Message[];
  readonly validators: readonly HostedValidator[];
  #taken = 0;
  #offset = 0;
  readonly verdicts: string[] = [];

  /** `log`: what an earlier process has left. */
  constructor(log: readonly Message[] = []) {
    this.#log = [...log];
    const { validators, pairs } = testKeys(4);
    const scheme = new VerifiedSignatures(ed25519());
    const instance = testInstance(validators);
    this.#shared.policies.take(cell.tenant, policyWith());
    this.validators = validators.map(({ id }, i) => {
      const signer = ed25519Signer(pairs[i]);
      const parameters = createParameters();
      return new HostedValidator(
        { instance, validator: id, signer, scheme, parameters, logStart: 0 },
        this.#shared,
        null,
      );
    });
    this.#all((validator) =>
      validator.step({ type: 'start', nonce: new Uint8Array(16).fill(validator.id.charCodeAt(1) + log.length) }),
    );
    this.takeAll();
  }

  get log(): readonly Message[] {
    return this.#log;
  }

  read(proposal: Proposal): void {
    const offset = this.#offset++;
    const digest = sha256(Buffer.from(proposal.id));
    const open = { offset, appendMs: 0, digest, proposal, problem: checkProposal(proposal) };
    this.#shared.open.readTo(offset + 1);
    this.#shared.open.add(open);
    for (const validator of this.validators) validator.noteProposal(open);
  }

  see(snapshot: Snapshot): void {
    const key = cellKey(cell.tenant, cell.fleet, cell.cell);
    this.#shared.evidence.take(key, snapshot, { hash: hashOf(snapshot), offset: 0, appendMs: 0 });
  }

  judge(): void {
    this.#all((validator) => validator.judge());
  }

  takeOne(): void {
    const position = this.#taken++;
    const message = this.#log[position];
    this.#all((validator) => validator.step({ type: 'message', position, message }));
  }

  /** In batches, after each of which what is open is judged. */
  takeAll(): void {
    while (this.#taken < this.#log.length) {
      for (const end = this.#log.length; this.#taken < end; ) this.takeOne();
      this.judge();
    }
  }

  #all(step: (validator: HostedValidator) => readonly Effect[]): void {
    const steps = this.validators.map((validator) => ({ validator, effects: step(validator) }));
    for (const { validator, effects } of steps) this.#carryOut(validator, effects);
  }

  #carryOut(validator: HostedValidator, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'committed' && validator === this.validators[0])
        for (const { offset, verdict, reason } of effect.block.items)
          this.verdicts.push(`${offset} ${verdict} ${reason}`.trim());
      if (effect.type !== 'send') continue;
      const { message } = effect;
      this.#log.push(message);
      if (message.body.type !== 'proposal') continue;
      for (const other of this.validators)
        if (other !== validator) this.#carryOut(other, other.step({ type: 'overheard', message }));
    }
  }
}
