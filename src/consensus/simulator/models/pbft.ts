/** PBFT for the simulator: its lies, its planted bugs, and a second opinion on its proofs. */
import { type BallotCertificate, isBallotSigned, signBallot, verifyBallotEquivocation } from '../../ballot.ts';
import { type Block, hashBlock, type Item } from '../../block.ts';
import { hex } from '../../encoding.ts';
import type { Instance } from '../../instance.ts';
import {
  CHECKPOINT,
  newViewStatement,
  type PbftMessage,
  type PbftVocabulary,
  type PrePrepare,
  type Prepared,
  type ViewChange,
  viewChangeStatement,
} from '../../pbft/message.ts';
import { createPbftParameters } from '../../pbft/parameters.ts';
import { PbftReplica } from '../../pbft/replica.ts';
import { RULES, type Rules } from '../../pbft/rules.ts';
import { refuteBallots, turned, twoFaced } from '../ballots.ts';
import type { Cast, CastVote, Lie, LieTools, Model, World } from '../model.ts';

type PbftLie = Lie<PbftVocabulary>;
type Tools = LieTools<PbftVocabulary>;

const BUGS: Readonly<Record<string, Partial<Rules>>> = {
  'quorum-one-short': { quorum: (set) => set.quorum - 1 },
  'vote-counted-twice': { mayCount: () => true },
  'second-pre-prepare-accepted': { mayAccept: () => true },
  'vote-not-durable': { isDurable: () => false },
  'view-change-forgets-prepared': { tellsPrepared: () => false },
  'prepared-unproved': { mayBelievePrepared: () => true },
  'new-view-unproved': { mayEnter: () => true },
  'new-view-takes-older-block': { isBetter: (view, than) => view < than },
  'checkpoint-unproved': { mayTrustState: () => true },
  'decides-again': { mayDecide: () => true },
  'validity-not-checked': { mayApprove: () => true },
  'signature-not-checked': { mayBelieve: () => true },
  'forged-vote-hides-the-real-one': { mayHide: () => true },
  'repeats-what-others-say-in-its-name': { mayKeepUnchecked: () => true },
  'timeout-never-grows': { doublings: () => 0 },
  'timer-restarts-on-any-message': { mayRestartTimer: () => true },
};

const LIE_NAMES = ['equivocating', 'twisting', 'forging', 'forgetful', 'inventing'] as const;

export const pbft: Model<PbftVocabulary> = {
  protocol: 'pbft',
  channel: 'links',
  tolerates: 'lies',
  bugs: Object.keys(BUGS),
  lies: LIE_NAMES,
  begin,
};

function begin(world: World): Cast<PbftVocabulary> {
  const { instance, scheme, signers, random, timeoutMs, bug } = world;
  const rules: Rules = bug === null ? RULES : { ...RULES, ...BUGS[bug] };
  const checkpointEvery = random.pick([1, 2, 4, 16]);
  const parameters = createPbftParameters({
    blockItemsMax: random.pick([1, 4, 64]),
    decidedKept: 4096,
    checkpointEvery,
    window: checkpointEvery * random.pick([1, 2, 4]),
    inFlightMax: random.pick([1, 2, 8]),
    timeoutMs,
    resendMs: timeoutMs,
  });
  return {
    create: ({ index, records }) =>
      new PbftReplica({ instance, index, signer: signers[index], scheme, parameters, rules, records }),
    votes: (message) => votesIn(world, message),
    refuteProof: (block, certificate) => refuteBallots(world, block, certificate, 'COMMIT'),
    culprit: (evidence) => (verifyBallotEquivocation(instance, scheme, evidence) ? evidence.voter : null),
    resigned: (index, message) => resigned(world, index, message),
    lies: liesIn(world),
    describe: (message) => describePbft(instance, message),
  };
}

function votesIn({ instance, scheme }: World, message: PbftMessage): readonly CastVote[] {
  switch (message.type) {
    case 'prePrepare': {
      const { from: voter, view, block } = message;
      const value = hex(hashBlock(instance, block));
      return [{ voter, slot: `height ${block.height}, view ${view}, PREPARE`, value }];
    }
    case 'vote': {
      const { from: voter, phase, height, view, blockHash, signature } = message;
      const slot = `height ${height}, view ${view}, ${phase}`;
      const vote = { voter, slot, value: hex(blockHash) };
      if (phase !== 'COMMIT') return [vote];
      return isBallotSigned(instance, scheme, { phase, height, view, blockHash }, { voter, signature })
        ? [{ ...vote, decides: height }]
        : [];
    }
    case 'checkpoint':
      return [{ voter: message.from, slot: `height ${message.height}, checkpoint`, value: hex(message.digest) }];
    default:
      return [];
  }
}

/** One line about a message. */
export function describePbft(instance: Instance, message: PbftMessage): string {
  const who = `from ${message.from}:`;
  const short = (bytes: Uint8Array | null): string => (bytes === null ? 'nil' : hex(bytes).slice(0, 6));
  switch (message.type) {
    case 'prePrepare':
      return `${who} PRE-PREPARE view ${message.view} height ${message.block.height}: ${short(hashBlock(instance, message.block))}`;
    case 'vote':
      return `${who} ${message.phase} view ${message.view} height ${message.height}: ${short(message.blockHash)}`;
    case 'checkpoint':
      return `${who} CHECKPOINT height ${message.height}: ${short(message.digest)}`;
    case 'viewChange':
      return `${who} VIEW-CHANGE to ${message.view}, stable ${message.stable?.height ?? 0}, prepared ${message.prepared.map(({ certificate: { height, view, blockHash } }) => `${height} in ${view}: ${short(blockHash)}`).join(', ') || 'nothing'}`;
    case 'newView':
      return `${who} NEW-VIEW ${message.view} by ${message.viewChanges.map(({ from }) => from).join(', ')}: ${message.prePrepares.map(({ block }) => `${block.height} ${short(hashBlock(instance, block))}`).join(', ') || 'nothing'}`;
    case 'status':
      return `${who} STATUS height ${message.height}, stable ${message.low}, view ${message.view}${message.isChanging ? ' asked for' : ''}`;
    case 'decided':
      return `${who} DECIDED height ${message.block.height}: ${short(message.certificate.blockHash)}`;
    case 'state':
      return `${who} STATE of height ${message.proof.height}`;
  }
}

function resigned({ instance, signers }: World, from: number, message: PbftMessage): PbftMessage {
  const ballot = (phase: string, height: number, view: number, blockHash: Uint8Array) =>
    signBallot(instance, signers[from], { phase, height, view, blockHash });
  const prePrepare = (one: PrePrepare): PrePrepare => ({
    ...one,
    signature: ballot('PREPARE', one.block.height, one.view, hashBlock(instance, one.block)),
  });
  switch (message.type) {
    case 'prePrepare':
      return prePrepare(message);
    case 'vote':
      return { ...message, signature: ballot(message.phase, message.height, message.view, message.blockHash) };
    case 'checkpoint':
      return { ...message, signature: ballot(CHECKPOINT, message.height, 0, message.digest) };
    case 'viewChange':
      return { ...message, signature: signers[from].sign(viewChangeStatement(instance, message)) };
    case 'newView': {
      const told = { ...message, prePrepares: message.prePrepares.map(prePrepare) };
      return { ...told, signature: signers[from].sign(newViewStatement(instance, told)) };
    }
    default:
      return message;
  }
}

function liesIn({ instance, signers }: World): Readonly<Record<string, PbftLie>> {
  const n = instance.set.size;
  const ballot = (index: number, phase: string, height: number, view: number, blockHash: Uint8Array) =>
    signBallot(instance, signers[index], { phase, height, view, blockHash });

  /** The same kind of message for the same place, saying something else. */
  const other = (message: PbftMessage, { index, random }: Tools): PbftMessage | null => {
    if (message.type === 'prePrepare') {
      const block = otherBlock(message.block, random.chance(0.5));
      return {
        ...message,
        block,
        signature: ballot(index, 'PREPARE', block.height, message.view, hashBlock(instance, block)),
      };
    }
    if (message.type === 'vote') {
      const blockHash = random.bytes(32);
      const { phase, height, view } = message;
      return { ...message, blockHash, signature: ballot(index, phase, height, view, blockHash) };
    }
    if (message.type !== 'checkpoint') return null;
    const digest = random.bytes(32);
    return { ...message, digest, signature: ballot(index, CHECKPOINT, message.height, 0, digest) };
  };

  const resigned = (index: number, change: Omit<ViewChange, 'signature'>): ViewChange => ({
    ...change,
    signature: signers[index].sign(viewChangeStatement(instance, change)),
  });

  /** A certificate in the liar's own hand, as if all had signed. */
  const invented = (index: number, phase: string, block: Block, view: number): BallotCertificate => {
    const blockHash = hashBlock(instance, block);
    const signature = ballot(index, phase, block.height, view, blockHash);
    const signatures = Array.from({ length: instance.set.quorum }, (_, voter) => ({ voter, signature }));
    return { phase, height: block.height, view, blockHash, signatures };
  };

  const lies: Record<(typeof LIE_NAMES)[number], PbftLie> = {
    /** Says one thing to some and another to the others. */
    equivocating: (saying, tools) => twoFaced(saying, other(saying.message, tools), n, tools),

    /** Proposes wrong verdicts. */
    twisting: (saying, tools) => {
      const { message } = saying;
      return [message.type === 'prePrepare' ? { ...saying, message: other(message, tools) ?? message } : saying];
    },

    /** Speaks in others' names, with signatures of its own making. */
    forging: (saying, tools) => {
      const { message } = saying;
      const victim = tools.random.int(0, n - 1);
      const changed = other(message, tools) ?? message;
      return victim === tools.index ? [saying] : [saying, { message: { ...changed, from: victim } }];
    },

    /** Leaves out of view changes, and of the new views it makes, what was prepared. */
    forgetful: (saying, { index, random }) => {
      const { message } = saying;
      if (message.type === 'viewChange' && random.chance(0.7))
        return [{ ...saying, message: resigned(index, { ...message, prepared: [] }) }];
      if (message.type !== 'newView' || message.prePrepares.length === 0) return [saying];
      const { view } = message;
      const prePrepares = message.prePrepares.map((one) => {
        const block = { height: one.block.height, parent: instance.genesis, view, items: [] };
        return { ...one, block, signature: ballot(index, 'PREPARE', block.height, view, hashBlock(instance, block)) };
      });
      const told = { ...message, prePrepares };
      return [{ ...saying, message: { ...told, signature: signers[index].sign(newViewStatement(instance, told)) } }];
    },

    /** Makes up what was prepared and decided, and states of the world, with proofs of its own making. */
    inventing: (saying, { index, random, machine }) => {
      const { message } = saying;
      const height = machine.height + random.int(1, 3);
      const block: Block = {
        height,
        parent: instance.genesis,
        view: machine.view,
        items: [inventedItem(random.bytes(32))],
      };
      if (message.type === 'viewChange') {
        const view = message.view - 1;
        const made: Block = { ...block, height: (message.stable?.height ?? 0) + 1, view };
        const prepared: Prepared[] = [{ block: made, certificate: invented(index, 'PREPARE', made, view) }];
        return [{ ...saying, message: resigned(index, { ...message, prepared }) }];
      }
      if (!random.chance(0.3)) return [saying];
      const decided: PbftMessage = {
        type: 'decided',
        from: index,
        block,
        certificate: invented(index, 'COMMIT', block, machine.view),
      };
      const digest = random.bytes(32);
      const far = machine.height + random.pick([1, 2, 4, 16]);
      const signature = ballot(index, CHECKPOINT, far, 0, digest);
      return [
        saying,
        { message: decided },
        { message: { type: 'checkpoint', from: index, height: far, digest, signature } },
      ];
    },
  };
  return lies;
}

function inventedItem(digest: Uint8Array): Item {
  return { offset: 0, digest, verdict: 'APPROVED', reason: '', dryRun: false, decidedMs: 1 };
}

function otherBlock(block: Block, turnsAll: boolean): Block {
  return { ...block, items: block.items.map((item, i) => (i === 0 || turnsAll ? turned(item) : item)) };
}
