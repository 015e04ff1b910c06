import { expect, test } from 'vitest';
import { Evidence } from '../../../pipelines/consensus/evidence.ts';
import { HostedValidator } from '../../../pipelines/consensus/hosted-validator.ts';
import { OpenProposals } from '../../../pipelines/consensus/open-proposals.ts';
import { Policies } from '../../../pipelines/policies.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { ed25519, ed25519Signer } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { defaultPolicy } from '../../../src/interventions/policy.ts';
import { checkProposal } from '../../../src/interventions/proposal.ts';
import { pairs, proposalOf, validators } from '../../cli/signed-decision.ts';

test('whoever judged before the policy changed says afterwards what those say that judged after it, of what is rejected too', () => {
  const early = makeValidator();
  const late = makeValidator();
  const before = early.validator.replica.inspect();
  early.validator.judge();
  for (const { policies } of [early, late]) policies.take('demo', { ...defaultPolicy('demo'), dryRun: false });
  early.validator.judge();
  late.validator.judge();
  expect(early.validator.replica.inspect()).not.toEqual(before);
  expect(early.validator.replica.inspect()).toEqual(late.validator.replica.inspect());
});

function makeValidator() {
  const policies = new Policies();
  const open = new OpenProposals();
  const signer = ed25519Signer(pairs[0]);
  const config = {
    instance: createInstance('hotstuff-2', 'test/aura.proposals/0', createValidatorSet(validators)),
    validator: 'v0',
    signer,
    scheme: ed25519(),
    parameters: createParameters(),
    logStart: 0,
  };
  const validator = new HostedValidator(config, { policies, evidence: new Evidence(), open }, null);
  const asked = proposalOf({ id: 'not its own' });
  const problem = checkProposal(asked);
  const proposal = { offset: 0, appendMs: 0, digest: new Uint8Array(32), proposal: asked, problem };
  open.add(proposal);
  validator.noteProposal(proposal);
  return { validator, policies };
}
