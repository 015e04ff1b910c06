// Written by generate.ts from the .avsc files beside it; do not edit.

/** What became of the decision. */
export type ActionKind = 'APPLIED' | 'FAILED' | 'EXPIRED' | 'UNDONE' | 'UNKNOWN';

/** An actuator's word about a decision; on aura.actions under tenant/fleet/cell. */
export interface Action {
  /** The proposal decided upon. */
  readonly proposalId: string;
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** What became of the decision. */
  readonly kind: ActionKind;
  /** Who says so. */
  readonly actuator: string;
  /** When, in ms since the epoch. */
  readonly timeMs: number;
  /** In words; empty where there is nothing to add. */
  readonly detail: string;
}

/** How much it matters. */
export type Severity = 'INFO' | 'WARNING' | 'CRITICAL';

/** Something an operator should know; on aura.alerts under tenant/fleet/cell. */
export interface Alert {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Event time. */
  readonly timeMs: number;
  /** How much it matters. */
  readonly severity: Severity;
  /** Stable code, such as cell-too-large or escalated. */
  readonly code: string;
  /** In words. */
  readonly message: string;
}

/** The sender started: its earlier incarnations are void from here on. */
export interface ConsensusStart {
  /** 16 bytes drawn by the starting process; it knows its own record by them. */
  readonly nonce: Uint8Array;
}

/** What the validators made of a proposal. UNKNOWN stands for a word that this reader does not know. */
export type DecisionVerdict = 'APPROVED' | 'REJECTED' | 'UNKNOWN';

/** The verdict on one record of aura.proposals. */
export interface ConsensusItem {
  /** Offset of the record in its partition. */
  readonly offset: number;
  /** SHA-256 of the record's value, framing included; 32 bytes. */
  readonly digest: Uint8Array;
  /** What the validators make of it. */
  readonly verdict: DecisionVerdict;
  /** Why it is rejected, a code such as BUDGET_SPENT; empty when approved. */
  readonly reason: string;
  /** True: made and signed, and not to be acted on. */
  readonly dryRun: boolean;
  /** Event time of the proposal, in ms since the epoch. */
  readonly decidedMs: number;
}

/** Items decided together, chained to the block below. */
export interface ConsensusBlock {
  /** Place in the chain, from 1. */
  readonly height: number;
  /** Hash of the block below, or the instance's genesis hash; 32 bytes. */
  readonly parent: Uint8Array;
  /** View in which the block was made; a later view may propose it again. */
  readonly view: number;
  /** What is decided, 1 or more, each proposal once. */
  readonly items: readonly ConsensusItem[];
}

/** Names a certificate that the log holds, vote by vote. */
export interface CertificateRef {
  /** View of the certificate. */
  readonly view: number;
  /** Hash of the block it is for; 32 bytes. */
  readonly blockHash: Uint8Array;
}

/** The leader's block for a view; at the same time the leader's PREPARE vote for it. */
export interface ConsensusProposal {
  /** View that it is proposed in, from 1. */
  readonly view: number;
  /** The block. */
  readonly block: ConsensusBlock;
  /** Highest certificate known to the leader: of the block itself where it is proposed again, else of the block below; null at the start. */
  readonly justify: null | CertificateRef;
}

/** PREPARE is the first vote of a view, COMMIT the second. UNKNOWN stands for a word that this reader does not know. */
export type VotePhase = 'PREPARE' | 'COMMIT' | 'UNKNOWN';

/** A vote for the block of a view. */
export interface ConsensusVote {
  /** Which of the two votes. */
  readonly phase: VotePhase;
  /** View voted in. */
  readonly view: number;
  /** Hash of the block voted for; 32 bytes. */
  readonly blockHash: Uint8Array;
}

/** TIMER: its own timer ran out. JOINED: more validators than may be faulty had timed out. REFUSED: it does not share a verdict in the block. UNKNOWN stands for a word that this reader does not know. */
export type TimeoutCause = 'TIMER' | 'JOINED' | 'REFUSED' | 'UNKNOWN';

/** The sender votes no more in this view. */
export interface ConsensusTimeout {
  /** View given up. */
  readonly view: number;
  /** The sender's highest certificate; null at the start. */
  readonly high: null | CertificateRef;
  /** Why. */
  readonly cause: TimeoutCause;
}

/** One validator's signature under a vote. */
export interface VoteSignature {
  /** Id of the validator, as on aura.validators. */
  readonly validator: string;
  /** Which start of the validator this is, from 1; part of what is signed. */
  readonly incarnation: number;
  /** Ed25519 signature, 64 bytes, over the vote's bytes as src/consensus/message.ts lays them out. */
  readonly signature: Uint8Array;
}

/** What the log amounts to, so that nobody has to read it from the beginning. Its author trusts it; others do where more validators than may be faulty wrote the same. */
export interface ConsensusCheckpoint {
  /** Offset in aura.consensus of the last record taken in. */
  readonly through: number;
  /** Height of the last committed block. */
  readonly height: number;
  /** View in which that block was committed. */
  readonly view: number;
  /** Hash of that block; 32 bytes. */
  readonly blockHash: Uint8Array;
  /** Commit certificate of that block: a quorum's COMMIT votes. */
  readonly signatures: readonly VoteSignature[];
  /** Offset in aura.proposals below which the author has no proposal open. */
  readonly proposalsFrom: number;
  /** State of the protocol as src/consensus/hotstuff/ledger-state.ts writes it; the same at every validator. */
  readonly state: Uint8Array;
}

/** What validators say to each other; on aura.consensus, in the partition of the proposals it is about. Anyone may append records here: only the signature says who speaks. Of the body's fields exactly one is not null. */
export interface ConsensusMessage {
  /** Cluster, topic and partition that the message is about, such as prod/aura.proposals/3. */
  readonly instance: string;
  /** Id of the sender, as on aura.validators. */
  readonly validator: string;
  /** Which start of the sender this is, from 1. Once a later start is in the log, messages of earlier ones count for nothing. */
  readonly incarnation: number;
  /** Body: the sender started. */
  readonly started: null | ConsensusStart;
  /** Body: a proposal. */
  readonly proposal: null | ConsensusProposal;
  /** Body: a vote. */
  readonly vote: null | ConsensusVote;
  /** Body: a timeout. */
  readonly timeout: null | ConsensusTimeout;
  /** Body: a checkpoint. */
  readonly checkpoint: null | ConsensusCheckpoint;
  /** Ed25519 signature of the sender, 64 bytes, over bytes that src/consensus/message.ts lays out. */
  readonly signature: Uint8Array;
}

/** A record that could not be read or processed, whole; on aura.dead-letters. */
export interface DeadLetter {
  /** Who gave it up. */
  readonly processor: string;
  /** Topic it came from, without the configured prefix. */
  readonly topic: string;
  /** Partition it came from. */
  readonly partition: number;
  /** Its offset there. */
  readonly offset: number;
  /** When the broker appended it. */
  readonly appendMs: number;
  /** Stable reason, such as avro-truncated, schema-unknown, value-invalid. */
  readonly code: string;
  /** In words: the field, the bad value and what would be valid. At most 1000 characters. */
  readonly reason: string;
  /** Its key. */
  readonly key: null | Uint8Array;
  /** Its value. */
  readonly value: null | Uint8Array;
}

/** Proof that a quorum committed a block, and that this decision is in it. */
export interface DecisionCertificate {
  /** Name and version of the protocol, such as hotstuff-2. */
  readonly protocol: string;
  /** Cluster, topic and partition decided for, such as prod/aura.proposals/3. */
  readonly instance: string;
  /** SHA-256 over the ids and public keys of the validators; 32 bytes. */
  readonly validatorSet: Uint8Array;
  /** View in which the block was committed. */
  readonly view: number;
  /** A quorum's COMMIT votes for the block. */
  readonly signatures: readonly VoteSignature[];
  /** Place of the block in the chain, from 1. */
  readonly height: number;
  /** Hash of the block below; 32 bytes. */
  readonly parent: Uint8Array;
  /** View in which the block was made. */
  readonly blockView: number;
  /** Merkle root (RFC 9162) over the block's items; 32 bytes. */
  readonly itemsRoot: Uint8Array;
  /** Number of items in the block. */
  readonly itemCount: number;
  /** Place of this decision among them, from 0. */
  readonly itemIndex: number;
  /** Merkle path from this decision's item to the root, nearest sibling first; 32 bytes each. */
  readonly itemPath: readonly Uint8Array[];
  /** Offset of the proposal's record in its partition of aura.proposals. */
  readonly proposalOffset: number;
}

/** A proposal that the validators approved or rejected, with the proof; on aura.decisions under tenant/fleet/cell. The proof covers proposal, verdict, reason, dryRun and decidedMs; the other fields are copies out of proposal, for those who do not decode it, and checkCopies in src/consensus/verify.ts compares them. */
export interface Decision {
  /** Id of the proposal. A copy. */
  readonly proposalId: string;
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. A copy. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. A copy. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. A copy. */
  readonly cell: number;
  /** Kind of the intervention, as in the proposal. A copy. */
  readonly kind: string;
  /** Agents it is done to, in ascending order. A copy. */
  readonly targets: readonly string[];
  /** The validators' word. Only APPROVED allows anything. */
  readonly verdict: DecisionVerdict;
  /** Why it was rejected, a code such as BUDGET_SPENT; empty when approved. */
  readonly reason: string;
  /** True: made and signed, and not to be acted on. */
  readonly dryRun: boolean;
  /** Event time of the decision, in ms since the epoch: that of the proposal. */
  readonly decidedMs: number;
  /** Event time at which it expires by itself. A copy. */
  readonly expiresMs: number;
  /** Value of the aura.proposals record, byte for byte. */
  readonly proposal: Uint8Array;
  /** The proof. */
  readonly certificate: DecisionCertificate;
}

/** A golden signal. */
export type SignalName = 'LATENCY' | 'TRAFFIC' | 'ERRORS' | 'SATURATION';

/** Signal = scale x sum of the metrics present, clipped below at 0. */
export interface SignalMapping {
  /** Signal to fill where the heartbeat leaves it null. */
  readonly signal: SignalName;
  /** Names of raw metrics to sum. */
  readonly metrics: readonly string[];
  /** Factor from the sum to the signal's unit. */
  readonly scale: number;
}

/** How a fleet is cut into cells, mapped and windowed; on the compacted topic aura.fleets under tenant/fleet. A fleet without a record has the defaults. */
export interface Fleet {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Number of cells, 1 to 4096. */
  readonly cells: number;
  /** Event time from which this record holds. */
  readonly effectiveMs: number;
  /** Length of the tumbling window, in ms, 100 to 3600000. */
  readonly windowMs: number;
  /** How long after a window's end its late observations still count, in ms. */
  readonly graceMs: number;
  /** An agent silent for longer is no longer a member, in ms. */
  readonly forgetMs: number;
  /** How raw metrics become signals. */
  readonly mapping: readonly SignalMapping[];
  /** Whether each cell's windows lie on a grid of its own, so that the cells of a large deployment close one after another, not all at once. Windows of different cells then do not start together. */
  readonly staggered: boolean;
  /** What held until effectiveMs, with what held before that where it still matters: the table is compacted, so this record may be all there is. Null: this one stands for earlier times too. */
  readonly previous: null | Fleet;
}

/** What the agent says of itself. UNKNOWN stands for a word that this reader does not know. */
export type Status = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN';

/** The four golden signals. */
export interface Signals {
  /** Mean time to serve one request, in ms, 0 or more. Null: not reported. */
  readonly latencyMs: null | number;
  /** Requests served per second, 0 or more. Null: not reported. */
  readonly trafficPerS: null | number;
  /** Share of requests that failed, 0 to 1. Null: not reported. */
  readonly errorRate: null | number;
  /** How full the scarcest resource is; 0 is idle, 1 is full, above 1 is overcommitted. Null: not reported. */
  readonly saturation: null | number;
}

/** One agent's report of itself, on aura.heartbeats under any key. The signals may be given directly; raw metrics are mapped to signals by the fleet's record. */
export interface Heartbeat {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Agent id within the fleet, in the same characters. */
  readonly agent: string;
  /** When the agent measured this, in ms since the epoch, by the agent's clock. */
  readonly timeMs: number;
  /** The agent's own word on its health. */
  readonly status: Status;
  /** The golden signals, where the agent knows them. */
  readonly signals: Signals;
  /** Raw metrics by name, in the agent's own units. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What one agent asked of another over a short span, on aura.interactions under any key. */
export interface Interaction {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Id of the agent that asked. */
  readonly caller: string;
  /** Id of the agent that was asked, of the same fleet. */
  readonly callee: string;
  /** End of the span, in ms since the epoch, by the caller's clock. */
  readonly timeMs: number;
  /** Length of the span that this record sums up, in ms, 0 or more. */
  readonly spanMs: number;
  /** Requests made in the span, 0 or more. */
  readonly count: number;
  /** Requests of these that failed, from 0 to count. */
  readonly errors: number;
  /** Mean time until the answer, in ms, as the caller saw it. Null: not measured. */
  readonly latencyMs: null | number;
}

/** What came late. */
export type ObservationKind = 'HEARTBEAT' | 'INTERACTION' | 'UNKNOWN';

/** An observation that came after its window had closed; on aura.late under tenant/fleet/cell. */
export interface Late {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Agent, or caller, that it is of. */
  readonly agent: string;
  /** What came late. */
  readonly kind: ObservationKind;
  /** Its event time. */
  readonly timeMs: number;
  /** End of the last window that had closed when it came. */
  readonly closedMs: number;
  /** Avro body of an Observations record that holds it alone. */
  readonly value: Uint8Array;
}

/** An operator's word that a model is to score from a time on; on the compacted topic aura.models under effectiveMs/model, so that none is ever compacted away and a replay swaps where the run did. Without a record the model that a process was configured with scores. */
export interface ModelUse {
  /** Name and the first 12 digits of the content hash, as in aura.scores. */
  readonly model: string;
  /** The model file, JSON, compressed by gzip; at most 768 KiB, and 8 MiB uncompressed. */
  readonly file: Uint8Array;
  /** Event time from which the model reads windows whose scores another model still gives, so that it has a state when its turn comes; at most effectiveMs. */
  readonly warmFromMs: number;
  /** Event time from which the model scores: the windows that begin then or later. */
  readonly effectiveMs: number;
}

/** A checked heartbeat. */
export interface HeartbeatObservation {
  /** Agent id. */
  readonly agent: string;
  /** Event time, in ms since the epoch. */
  readonly timeMs: number;
  /** The agent's own word. */
  readonly status: Status;
  /** Latency in ms. Null: neither reported nor mapped. */
  readonly latencyMs: null | number;
  /** Traffic in requests per second. Null: neither reported nor mapped. */
  readonly trafficPerS: null | number;
  /** Share of requests that failed, 0 to 1. Null: neither reported nor mapped. */
  readonly errorRate: null | number;
  /** Saturation, 1 is full. Null: neither reported nor mapped. */
  readonly saturation: null | number;
  /** Raw metrics by name, as reported. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A checked interaction; its caller belongs to this cell. */
export interface InteractionObservation {
  /** Id of the agent that asked. */
  readonly caller: string;
  /** Id of the agent that was asked. */
  readonly callee: string;
  /** Event time, in ms since the epoch. */
  readonly timeMs: number;
  /** Length of the span summed up, in ms. */
  readonly spanMs: number;
  /** Requests in the span. */
  readonly count: number;
  /** Requests of these that failed. */
  readonly errors: number;
  /** Mean latency seen by the caller, in ms. */
  readonly latencyMs: null | number;
  /** True where the callee belongs to another cell. */
  readonly boundary: boolean;
}

/** Heartbeats and interactions of one cell that were checked, mapped to the golden signals and given their cell, in the order intake took them; on aura.observations under tenant/fleet/cell. One record carries what one intake batch held for the cell. */
export interface Observations {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Checked heartbeats. */
  readonly heartbeats: readonly HeartbeatObservation[];
  /** Checked interactions. */
  readonly interactions: readonly InteractionObservation[];
  /** Event time that the cell has reached: the latest of the observations' times, none of them counted as later than the broker appended it, so that one fast clock makes nobody else late. In a record without observations, written when a cell falls idle, the time its windows close by. Null: the latest of the times. */
  readonly reachedMs: null | number;
}

/** A run of records taken from one input. */
export interface Taken {
  /** Index into the processor's inputs, tables after topics. */
  readonly input: number;
  /** Offset after the last record of the run. */
  readonly nextOffset: number;
  /** True: the run's only record made the processor throw and was given to the dead letters unprocessed. */
  readonly dead: boolean;
}

/** One batch of a task: which records it took, in which order. Replaying these entries replays the task. Internal; on aura.NAME-order, in the task's partition. */
export interface Order {
  /** The processor, or chain of processors. */
  readonly processor: string;
  /** Runs in the order taken. */
  readonly entries: readonly Taken[];
}

/** Means over the targets and windows; null where nothing was reported. */
export interface Means {
  /** Latency in ms. Mean. */
  readonly latencyMs: null | number;
  /** Traffic in requests per second. Mean. */
  readonly trafficPerS: null | number;
  /** Share of requests that failed, 0 to 1. Mean. */
  readonly errorRate: null | number;
  /** Saturation, 1 is full. Mean. */
  readonly saturation: null | number;
  /** Mean silence at the window's end, in ms. */
  readonly silentMs: number;
}

/** What the effect amounts to. */
export type Verdict = 'IMPROVED' | 'UNCHANGED' | 'WORSENED' | 'UNKNOWN';

/** What an intervention did, measured on the snapshots before and after it was applied; on aura.outcomes under tenant/fleet/cell. */
export interface Outcome {
  /** The proposal that was decided and applied. */
  readonly proposalId: string;
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Intervention kind, as in the proposal. */
  readonly kind: string;
  /** Agents it was done to. */
  readonly targets: readonly string[];
  /** When it was applied, by the actuator; no later than the broker had its word. */
  readonly appliedMs: number;
  /** End of the last window measured. */
  readonly measuredMs: number;
  /** Windows before the application that were measured. */
  readonly windowsBefore: number;
  /** Windows after it. */
  readonly windowsAfter: number;
  /** The targets before. */
  readonly before: Means;
  /** The targets after. */
  readonly after: Means;
  /** Fall of trouble (mean harmful deviation, silence counted in; for ISOLATE and REROUTE that of the targets' callers) as a share of what it was: 1 is cured, 0 no change, negative is worse, at least -10. */
  readonly effect: number;
  /** IMPROVED above 0.1, WORSENED below -0.1. */
  readonly verdict: Verdict;
}

/** What may be done to a tenant's agents; on the compacted topic aura.policies under the tenant. A tenant without a record is in dry-run with these defaults. */
export interface Policy {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** True: decisions are made and signed but marked as not to be acted on. */
  readonly dryRun: boolean;
  /** True: nothing is proposed or approved for this tenant. */
  readonly stopped: boolean;
  /** Intervention kinds that may be approved. */
  readonly allowedKinds: readonly string[];
  /** Lowest failure score, 0 to 1, at which a target may be acted on. */
  readonly minFailure: number;
  /** Largest share of a cell's agents, 0 to 1, under interventions at once. */
  readonly blastRadius: number;
  /** Most approvals a cell within budgetMs. */
  readonly budget: number;
  /** Length of the budget's sliding window, in ms. */
  readonly budgetMs: number;
  /** Least time between two interventions on one agent, in ms. */
  readonly cooldownMs: number;
  /** Longest life of an intervention, in ms. */
  readonly maxLifetimeMs: number;
}

/** What is to be done. THROTTLE: let less traffic reach the targets. ISOLATE: let none. REROUTE: send their traffic to healthy peers. RESTART: start them anew. ESCALATE: tell people. UNKNOWN stands for a word that this reader does not know. */
export type InterventionKind = 'THROTTLE' | 'ISOLATE' | 'REROUTE' | 'RESTART' | 'ESCALATE' | 'UNKNOWN';

/** A named number. */
export interface Parameter {
  /** Name, such as keep (share of traffic let through, 0 to 1). */
  readonly name: string;
  /** Value, in the unit that the name's documentation gives. */
  readonly value: number;
}

/** Robust z-scores: (value - running median) / (1.4826 x running median absolute deviation), clipped to [-50, 50]; 0 where unknown. */
export interface Deviation {
  /** Of the latency. */
  readonly latency: number;
  /** Of the traffic. */
  readonly traffic: number;
  /** Of the error rate. */
  readonly errors: number;
  /** Of the saturation. */
  readonly saturation: number;
}

/** Extract of the snapshot and score of one target. */
export interface AgentEvidence {
  /** Agent id. */
  readonly agent: string;
  /** Failure score, 0 to 1. */
  readonly failure: number;
  /** Time since its last heartbeat, in ms. */
  readonly silentMs: number;
  /** Its signals against its baseline, as in the snapshot. */
  readonly deviation: Deviation;
}

/** What the proposal rests on; validators check it against the snapshot itself. */
export interface Evidence {
  /** Start of the window, inclusive. */
  readonly windowStartMs: number;
  /** End of the window, exclusive. */
  readonly windowEndMs: number;
  /** SHA-256 of the Avro body of the snapshot. */
  readonly snapshotHash: Uint8Array;
  /** Model that scored. */
  readonly model: string;
  /** Horizon of the scores, in ms. */
  readonly horizonMs: number;
  /** Cascade risk of the cell, 0 to 1. */
  readonly cascade: number;
  /** The targets, by id in ascending order. */
  readonly agents: readonly AgentEvidence[];
}

/** An intervention that somebody wants, with the evidence for it; on aura.proposals under tenant/fleet/cell. */
export interface Proposal {
  /** Hex of the first 16 bytes of a SHA-256 over all the other fields (src/interventions/proposal.ts says how): a proposal whose id is another is rejected. */
  readonly id: string;
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** What is to be done. */
  readonly kind: InterventionKind;
  /** Agents it is done to, in ascending order; 1 to 256. */
  readonly targets: readonly string[];
  /** How it is to be done, by name in ascending order. */
  readonly parameters: readonly Parameter[];
  /** Event time of the proposal: the end of the window it rests on. */
  readonly createdMs: number;
  /** Event time at which a decision on it expires by itself and is undone. */
  readonly expiresMs: number;
  /** How it is undone, in words an operator can follow. */
  readonly undo: string;
  /** Expected number of agent failures avoided within the horizon. */
  readonly expectedBenefit: number;
  /** Share of the fleet's capacity that it forgoes while it lasts, 0 to 1. */
  readonly cost: number;
  /** Why, in one sentence. */
  readonly reason: string;
  /** What it rests on. */
  readonly evidence: Evidence;
}

/** What one input contributed. */
export interface SignalEvidence {
  /** latency, traffic, errors, saturation, silence, neighbours or topology. */
  readonly signal: string;
  /** Change of the score's log-odds when this input is put back to normal; positive means it raised the score. */
  readonly weight: number;
}

/** A neighbour in the interaction graph that bears on the score. */
export interface NeighbourEvidence {
  /** The neighbour, of this cell or another. */
  readonly agent: string;
  /** Share of the agent's own requests that go to it, times its trouble, 0 or more; of a peer in another cell, times twice the share of these that failed. */
  readonly weight: number;
}

/** One agent's failure score and what it rests on. */
export interface AgentScore {
  /** Agent id. */
  readonly agent: string;
  /** Probability that the agent fails within the horizon, 0 to 1. */
  readonly failure: number;
  /** 0 to 1: how much of what the model reads was there to be read. */
  readonly confidence: number;
  /** Time since the agent's last heartbeat at the window's end, in ms. */
  readonly silentMs: number;
  /** The agent's signals against its own baseline. */
  readonly deviation: Deviation;
  /** Contributions by input, the largest first. */
  readonly signals: readonly SignalEvidence[];
  /** Neighbours that bear on the score, the heaviest first, at most five. */
  readonly neighbours: readonly NeighbourEvidence[];
}

/** Failure scores of the agents of one cell and the cell's cascade risk; on aura.scores under tenant/fleet/cell. */
export interface Scores {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Start of the event-time window, inclusive, in ms since the epoch. */
  readonly windowStartMs: number;
  /** End of the event-time window, exclusive, in ms since the epoch. */
  readonly windowEndMs: number;
  /** SHA-256 of the Avro body of the snapshot scored. */
  readonly snapshotHash: Uint8Array;
  /** Name and content hash of the model that scored. */
  readonly model: string;
  /** The failure is expected within this time after the window's end, in ms. */
  readonly horizonMs: number;
  /** Probability that several agents of the cell fail together within the horizon, 0 to 1. */
  readonly cascade: number;
  /** By agent id in ascending order. */
  readonly agents: readonly AgentScore[];
}

/** One bar of a persistence diagram. */
export interface Bar {
  /** Homology dimension, 0 or 1. */
  readonly dimension: number;
  /** Filtration value at which the class appears. */
  readonly birth: number;
  /** Filtration value at which it disappears. Null: never. */
  readonly death: null | number;
}

/** Topology of one cell in one window; on aura.signatures under tenant/fleet/cell. */
export interface Signature {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Start of the event-time window, inclusive, in ms since the epoch. */
  readonly windowStartMs: number;
  /** End of the event-time window, exclusive, in ms since the epoch. */
  readonly windowEndMs: number;
  /** SHA-256 of the Avro body of the snapshot assessed. */
  readonly snapshotHash: Uint8Array;
  /** Vietoris-Rips diagram of the agents' states, H0 and H1, bars of no length left out. */
  readonly states: readonly Bar[];
  /** Diagram of the flag complex of the weighted interaction graph, H0 and H1, bars of no length left out. */
  readonly graph: readonly Bar[];
  /** The signature: a vector of fixed length whose entries src/topology/vectorize/signature.ts names. */
  readonly vector: readonly number[];
  /** 1 where the states' diagram stays where its trailing baseline is, towards 0 the further it moved. */
  readonly stability: number;
}

/** One agent over the window. */
export interface AgentState {
  /** Agent id. */
  readonly agent: string;
  /** Last status reported. */
  readonly status: Status;
  /** Heartbeats in the window. */
  readonly heartbeats: number;
  /** Window end minus the event time of the last heartbeat, in ms, 0 or more. */
  readonly silentMs: number;
  /** Latency in ms. Mean over the window; null: nothing reported in the window. */
  readonly latencyMs: null | number;
  /** Traffic in requests per second. Mean over the window; null: nothing reported in the window. */
  readonly trafficPerS: null | number;
  /** Share of requests that failed, 0 to 1. Mean over the window; null: nothing reported in the window. */
  readonly errorRate: null | number;
  /** Saturation, 1 is full. Mean over the window; null: nothing reported in the window. */
  readonly saturation: null | number;
  /** The window's signals against the agent's own baseline, taken before this window was added to it. */
  readonly deviation: Deviation;
}

/** Interactions of one caller with one callee over the window, summed. */
export interface Edge {
  /** Id of the agent that asked, of this cell. */
  readonly caller: string;
  /** Id of the agent that was asked. */
  readonly callee: string;
  /** Requests in the window. */
  readonly count: number;
  /** Requests of these that failed. */
  readonly errors: number;
  /** Mean latency weighted by count, in ms. Null: not measured. */
  readonly latencyMs: null | number;
  /** True where the callee belongs to another cell. */
  readonly boundary: boolean;
}

/** The state of one cell at the close of an event-time window; on aura.snapshots under tenant/fleet/cell. One a cell and window. */
export interface Snapshot {
  /** Tenant id: letters, digits, '.', '_' and '-', 1 to 128 characters. */
  readonly tenant: string;
  /** Fleet id within the tenant, in the same characters. */
  readonly fleet: string;
  /** Cell of the fleet, from 0. An agent's cell is a hash of its id modulo the fleet's number of cells. */
  readonly cell: number;
  /** Start of the event-time window, inclusive, in ms since the epoch. */
  readonly windowStartMs: number;
  /** End of the event-time window, exclusive, in ms since the epoch. */
  readonly windowEndMs: number;
  /** Agents known in the cell, by id in ascending order. */
  readonly agents: readonly AgentState[];
  /** The interaction graph, by caller and callee in ascending order. */
  readonly edges: readonly Edge[];
  /** Observations of this cell that came too late for their window since the last snapshot. */
  readonly late: number;
}

/** A voter of the consensus; on the compacted topic aura.validators under its id. A decision is verified against the whole set. */
export interface Validator {
  /** Unique name, 1 to 128 characters. */
  readonly id: string;
  /** Raw ed25519 public key, 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
}

/** Record type by schema file. */
export interface Records {
  readonly action: Action;
  readonly alert: Alert;
  readonly 'consensus-message': ConsensusMessage;
  readonly 'dead-letter': DeadLetter;
  readonly decision: Decision;
  readonly fleet: Fleet;
  readonly heartbeat: Heartbeat;
  readonly interaction: Interaction;
  readonly late: Late;
  readonly 'model-use': ModelUse;
  readonly observations: Observations;
  readonly order: Order;
  readonly outcome: Outcome;
  readonly policy: Policy;
  readonly proposal: Proposal;
  readonly scores: Scores;
  readonly signature: Signature;
  readonly snapshot: Snapshot;
  readonly validator: Validator;
}
