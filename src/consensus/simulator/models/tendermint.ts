/** Tendermint for the simulator: its lies, its planted bugs, and a second opinion on its proofs. */
import { type BallotCertificate, isBallotSigned, signBallot, verifyBallotEquivocation } from '../../ballot.ts';
import { type Block, hashBlock } from '../../block.ts';
import { hex } from '../../encoding.ts';
import type { Instance } from '../../instance.ts';
import {
  type Proposal,
  proposalStatement,
  type TendermintMessage,
  type TendermintVocabulary,
} from '../../tendermint/message.ts';
import { createTendermintParameters } from '../../tendermint/parameters.ts';
import { TendermintReplica } from '../../tendermint/replica.ts';
import { RULES, type Rules } from '../../tendermint/rules.ts';
import { refuteBallots, turned, twoFaced } from '../ballots.ts';
import type { Cast, CastVote, Lie, LieTools, Model, World } from '../model.ts';
import { TendermintWatch } from '../tendermint-watch.ts';

type TendermintLie = Lie<TendermintVocabulary>;
type Tools = LieTools<TendermintVocabulary>;

const BUGS: Readonly<Record<string, Partial<Rules>>> = {
  'quorum-one-short': { quorum: (set) => set.quorum - 1 },
  'vote-counted-twice': { mayCount: () => true },
  'vote-not-durable': { isDurable: () => false },
  'lock-not-checked': { mayPrevote: () => true },
  'lock-not-kept': { locks: () => false },
  'valid-block-ignored': { proposesValid: () => false },
  'proof-of-lock-unproved': { mayBelieveLock: () => true },
  'nil-counts-for-the-block': { countsFor: (isForBlock, isForNone) => isForBlock || isForNone },
  'round-skipped-on-one-word': { skipQuorum: () => 1 },
  'decision-unproved': { mayBelieveDecided: () => true },
  'decides-again': { mayDecide: () => true },
  'validity-not-checked': { mayApprove: () => true },
  'signature-not-checked': { mayBelieve: () => true },
  'timeout-never-grows': { growth: () => 0 },
  'timer-restarts-on-any-message': { mayRestartTimer: () => true },
  'blames-by-its-own-view': { blamedRound: (_named, own) => own },
  'never-let-in-again': { sitsOut: () => true },
  'more-sit-out-than-may-lie': { benchMax: (set) => set.size },
  'no-turn-for-those-who-sit-out': { openRound: () => Number.POSITIVE_INFINITY },
};

const LIE_NAMES = ['equivocating', 'twisting', 'forging', 'inventing', 'hurrying', 'amnesiac', 'splitting'] as const;

export const tendermint: Model<TendermintVocabulary> = {
  protocol: 'tendermint',
  channel: 'links',
  tolerates: 'lies',
  bugs: Object.keys(BUGS),
  lies: LIE_NAMES,
  begin,
};

function begin(world: World): Cast<TendermintVocabulary> {
  const { instance, scheme, signers, random, timeoutMs, bug } = world;
  const rules: Rules = bug === null ? RULES : { ...RULES, ...BUGS[bug] };
  const parameters = createTendermintParameters({
    blockItemsMax: random.pick([1, 4, 64]),
    decidedKept: 4096,
    timeoutMs,
    timeoutDeltaMs: timeoutMs / 2,
    resendMs: timeoutMs * random.pick([1, 4]),
    benchHeights: random.pick([1, 2, 4, 1000]),
  });
  return {
    create: ({ index, records }) =>
      new TendermintReplica({ instance, index, signer: signers[index], scheme, parameters, rules, records }),
    votes: (message) => votesIn(world, message),
    refuteProof: (block, certificate) => refuteBallots(world, block, certificate, 'PRECOMMIT'),
    culprit: (evidence) => (verifyBallotEquivocation(instance, scheme, evidence) ? evidence.voter : null),
    resigned: (index, message) => resigned(world, index, message),
    lies: liesIn(world),
    watch: (report) => new TendermintWatch(instance, parameters.benchHeights, report),
    describe: (message) => describeTendermint(instance, message),
  };
}

function votesIn({ instance, scheme }: World, message: TendermintMessage): readonly CastVote[] {
  if (message.type === 'proposal') {
    const { from: voter, height, round, block } = message;
    return [{ voter, slot: `height ${height}, round ${round}, PROPOSAL`, value: hex(hashBlock(instance, block)) }];
  }
  if (message.type !== 'vote') return [];
  const { from: voter, phase, height, round, blockHash, signature } = message;
  const vote = { voter, slot: `height ${height}, round ${round}, ${phase}`, value: name(blockHash) };
  if (phase !== 'PRECOMMIT' || blockHash === null) return [vote];
  return isBallotSigned(instance, scheme, { phase, height, view: round, blockHash }, { voter, signature })
    ? [{ ...vote, decides: height }]
    : [];
}

function name(blockHash: Uint8Array | null): string {
  return blockHash === null ? 'nil' : hex(blockHash);
}

/** One line about a message. */
export function describeTendermint(instance: Instance, message: TendermintMessage): string {
  const who = `from ${message.from}:`;
  switch (message.type) {
    case 'proposal': {
      const { height, round, block, validRound } = message;
      const valid = validRound < 0 ? '' : `, valid in round ${validRound}`;
      return `${who} PROPOSAL height ${height} round ${round}: ${hex(hashBlock(instance, block)).slice(0, 6)}${valid}`;
    }
    case 'vote':
      return `${who} ${message.phase} height ${message.height} round ${message.round}: ${name(message.blockHash).slice(0, 6)}`;
    case 'status':
      return `${who} STATUS height ${message.height} round ${message.round}`;
    case 'locked':
      return `${who} LOCKED height ${message.block.height} round ${message.proof.view}: ${name(message.proof.blockHash).slice(0, 6)}`;
    case 'decided':
      return `${who} DECIDED height ${message.block.height}: ${name(message.certificate.blockHash).slice(0, 6)}`;
  }
}

function resigned({ instance, signers }: World, index: number, message: TendermintMessage): TendermintMessage {
  if (message.type === 'proposal') {
    const statement = proposalStatement(instance, message, hashBlock(instance, message.block));
    return { ...message, signature: signers[index].sign(statement) };
  }
  if (message.type !== 'vote') return message;
  const { phase, height, round: view, blockHash } = message;
  return { ...message, signature: signBallot(instance, signers[index], { phase, height, view, blockHash }) };
}

function liesIn({ instance, signers }: World): Readonly<Record<string, TendermintLie>> {
  const n = instance.set.size;
  const resigned = (index: number, proposal: Omit<Proposal, 'signature'>): Proposal => {
    const statement = proposalStatement(instance, proposal, hashBlock(instance, proposal.block));
    return { ...proposal, signature: signers[index].sign(statement) };
  };

  /** The same kind of message for the same place, saying something else. */
  const other = (message: TendermintMessage, { index, random }: Tools): TendermintMessage | null => {
    if (message.type === 'proposal') {
      const { block, round } = message;
      const items = block.items.map((item, i) => (i === 0 || random.chance(0.5) ? turned(item) : item));
      return resigned(index, { ...message, block: { ...block, view: round, items }, validRound: -1, proof: null });
    }
    if (message.type !== 'vote') return null;
    const { phase, height, round: view } = message;
    const blockHash = message.blockHash !== null && random.chance(0.5) ? null : random.bytes(32);
    const signature = signBallot(instance, signers[index], { phase, height, view, blockHash });
    return { ...message, blockHash, signature };
  };

  /** A certificate in the liar's own hand, as if all had signed. */
  const invented = (index: number, phase: string, block: Block, view: number): BallotCertificate => {
    const { height } = block;
    const blockHash = hashBlock(instance, block);
    const signature = signBallot(instance, signers[index], { phase, height, view, blockHash });
    const signatures = Array.from({ length: instance.set.quorum }, (_, voter) => ({ voter, signature }));
    return { phase, height, view, blockHash, signatures };
  };

  /** Both votes for the latest proposal at a height. */
  const lateVotes = ({ index, heard }: Tools, height: number): readonly { readonly message: TendermintMessage }[] => {
    let latest: Proposal | null = null;
    for (const one of heard) {
      if (one.type === 'proposal' && one.height === height && one.round > (latest?.round ?? -1)) latest = one;
    }
    if (latest === null) return [];
    const { round, block } = latest;
    const blockHash = hashBlock(instance, block);
    return (['PREVOTE', 'PRECOMMIT'] as const).map((phase) => {
      const signature = signBallot(instance, signers[index], { phase, height, view: round, blockHash });
      return { message: { type: 'vote', from: index, phase, height, round, blockHash, signature } };
    });
  };

  const lies: Record<(typeof LIE_NAMES)[number], TendermintLie> = {
    /** Says one thing to some and another to the others. */
    equivocating: (saying, tools) => twoFaced(saying, other(saying.message, tools), n, tools),

    /** Proposes wrong verdicts, and new blocks where it ought to propose a valid one again. */
    twisting: (saying, tools) => {
      const { message } = saying;
      return [message.type === 'proposal' ? { ...saying, message: other(message, tools) ?? message } : saying];
    },

    /** Speaks in others' names, with signatures of its own making. */
    forging: (saying, tools) => {
      const { message } = saying;
      const victim = tools.random.int(0, n - 1);
      const changed = other(message, tools) ?? message;
      return victim === tools.index ? [saying] : [saying, { message: { ...changed, from: victim } }];
    },

    /** Makes up proofs-of-lock and decisions. */
    inventing: (saying, tools) => {
      const { message } = saying;
      if (message.type === 'proposal' && message.round > 0) {
        const validRound = message.round - 1;
        const items = message.block.items.map(turned);
        const block = { ...message.block, view: tools.random.int(0, validRound), items };
        const proof = invented(tools.index, 'PREVOTE', block, validRound);
        return [{ ...saying, message: resigned(tools.index, { ...message, block, validRound, proof }) }];
      }
      if (message.type !== 'proposal' || !tools.random.chance(0.5)) return [saying];
      const block = { ...message.block, items: message.block.items.map(turned) };
      const certificate = invented(tools.index, 'PRECOMMIT', block, message.round);
      const lastRound = message.last?.view ?? 0;
      return [saying, { message: { type: 'decided', from: tools.index, block, certificate, lastRound } }];
    },

    /** Votes in rounds that nobody has come to. */
    hurrying: (saying, { index, random }) => {
      const { message } = saying;
      if (message.type !== 'vote') return [saying];
      const round = message.round + random.int(1, 20);
      const { phase, height } = message;
      const signature = signBallot(instance, signers[index], { phase, height, view: round, blockHash: null });
      return [saying, { message: { ...message, round, blockHash: null, signature } }];
    },

    /**
     * Where it proposes: a new block, to two others alone; they hear its PREVOTE, and one of them its PRECOMMIT. Whom it ought to tell
     * what was decided, it helps to decide what was proposed last.
     */
    splitting: (saying, tools) => {
      const { message } = saying;
      if (message.type === 'decided') return lateVotes(tools, message.block.height);
      if (message.type !== 'proposal' && message.type !== 'vote') return [saying];
      const { height, round } = message;
      const { machine } = tools;
      const isItsTurn =
        machine instanceof TendermintReplica &&
        machine.height + 1 === height &&
        machine.proposerOf(round) === tools.index;
      if (!isItsTurn) return [saying];
      const shift = round % n;
      const confidants = [1, 2].map((k) => (tools.index + 1 + ((k + shift) % Math.max(1, n - 1))) % n);
      const heard = message.type === 'vote' && message.phase === 'PRECOMMIT' ? confidants.slice(0, 1) : confidants;
      const told = message.type === 'proposal' && message.proof !== null ? (other(message, tools) ?? message) : message;
      return heard.map((to) => ({ message: told, to }));
    },

    /** Votes for whatever was proposed last, locked or not, and never for nil. */
    amnesiac: (saying, { index, heard }) => {
      const { message } = saying;
      if (message.type !== 'vote') return [saying];
      const { phase, height, round: view } = message;
      const proposals = heard.filter((one) => one.type === 'proposal' && one.height === height && one.round === view);
      return [
        saying,
        ...proposals.slice(0, 2).flatMap((one) => {
          if (one.type !== 'proposal') return [];
          const blockHash = hashBlock(instance, one.block);
          const signature = signBallot(instance, signers[index], { phase, height, view, blockHash });
          return [{ message: { ...message, blockHash, signature } }];
        }),
      ];
    },
  };
  return lies;
}
