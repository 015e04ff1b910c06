/** What the rest of AURA uses of this folder. Consumers of decisions import verify.ts alone. */
export { type Certificate, checkCertificate, type VoteSignature } from './certificate.ts';
export { type CheckpointFound, CheckpointTracker } from './checkpoint.ts';
export type { ProposalSummary } from './decision.ts';
export { sha256 } from './encoding.ts';
export { type Equivocation, verifyEquivocation } from './equivocation.ts';
export { ConsensusError, type ConsensusErrorCode } from './errors.ts';
export { PROTOCOL as HOTSTUFF } from './hotstuff/ledger.ts';
export { createParameters, type Parameters } from './hotstuff/parameters.ts';
export { HotStuffReplica, type ReplicaConfig } from './hotstuff/replica.ts';
export { createInstance, type Instance } from './instance.ts';
export * from './keys.ts';
export { Learner, type LearnerConfig, type StateChange } from './learner.ts';
export type { Message } from './message.ts';
export type { Check, Effect, Event, OfferedProposal, Replica, ReplicaStatus, TimerName } from './protocol.ts';
export { ed25519, ed25519Signer, type SignatureScheme, type Signer, VerifiedSignatures } from './signature.ts';
export { createValidatorSet, type Validator, type ValidatorSet } from './validator-set.ts';
export { checkCopies, type DecisionRefusal, type Verification, type VerifyOptions, verifyDecision } from './verify.ts';
export { fromWire, toWire } from './wire.ts';
