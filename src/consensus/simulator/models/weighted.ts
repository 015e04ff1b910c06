/** Agreement weighted by reputation, for the simulator: HotStuff's model with other weights, and a recount of these weights from outside. */
import { type Block, hashBlock } from '../../block.ts';
import type { Certificate } from '../../certificate.ts';
import { equalBytes, type Hash } from '../../encoding.ts';
import { HotStuffReplica } from '../../hotstuff/replica.ts';
import { RULES, type Rules } from '../../hotstuff/rules.ts';
import { voteStatement } from '../../message.ts';
import type { LogVocabulary } from '../../protocol.ts';
import { isEndorsed, PROTOCOL, WeightedElectorate, weightedVariant } from '../../weighted/electorate.ts';
import { WEIGHT_RULES, type WeightRules } from '../../weighted/rules.ts';
import type { Cast, Lie, Model, Watch, World } from '../model.ts';
import { castOver, LIE_NAMES } from './hotstuff.ts';

const BUGS: Readonly<Record<string, { readonly weights?: Partial<WeightRules>; readonly rules?: Partial<Rules> }>> = {
  // Votes weigh what reputation says, without a bound, and nobody counts heads.
  'weight-without-heads': {
    weights: {
      binds: (weights, _heads, weight) => weight >= weights.quorum,
      weigh: (weights, isHeavy) => (isHeavy ? weights.heavy * weights.size : weights.light),
    },
  },
  'heads-without-weight': { weights: { binds: ({ faulty }, heads) => heads > faulty } },
  'quorum-one-short': {
    weights: { binds: ({ quorum, heads }, held, weight) => held >= heads - 1 && weight >= quorum - 1 },
  },
  'one-too-many-heavy': { weights: { heavyCount: ({ heavyCount }) => heavyCount + 1 } },
  'weights-change-within-a-height': { weights: { mayReweigh: () => true } },
  'weights-of-a-later-height': { weights: { mayCredit: () => true } },
  'weights-not-signed': { weights: { namesWeights: () => false } },
  'signer-counted-twice': { rules: { mayCount: () => true } },
  'lock-not-checked': { rules: { extendsLock: () => true } },
  'signature-not-checked': { rules: { mayBelieve: () => true } },
};

export const weighted: Model<LogVocabulary> = {
  protocol: PROTOCOL,
  channel: 'log',
  tolerates: 'lies',
  bugs: Object.keys(BUGS),
  lies: [...LIE_NAMES, 'turncoat'],
  begin,
};

function begin(world: World): Cast<LogVocabulary> {
  const planted = world.bug === null ? {} : BUGS[world.bug];
  const variant = weightedVariant(undefined, { ...WEIGHT_RULES, ...planted.weights });
  const cast = castOver(world, { variant, rules: { ...RULES, ...planted.rules }, learns: false });
  return {
    ...cast,
    lies: { ...cast.lies, turncoat },
    refuteProof: (block, certificate) => refute(world, block, certificate),
    watch(report, random) {
      const watches: readonly (Watch<LogVocabulary> | undefined)[] = [
        cast.watch?.(report, random),
        new WeightsWatch(world, report),
      ];
      return {
        onSaid(speaker, isHonest, message) {
          for (const watch of watches) watch?.onSaid?.(speaker, isHonest, message);
        },
        onAppended(position, message, isHonest) {
          for (const watch of watches) watch?.onAppended?.(position, message, isHonest);
        },
        onCommitted(replica, block, proof) {
          for (const watch of watches) watch?.onCommitted?.(replica, block, proof);
        },
        onProposal(offset, value) {
          for (const watch of watches) watch?.onProposal?.(offset, value);
        },
        onEnd(log, machines) {
          for (const watch of watches) watch?.onEnd?.(log, machines);
        },
        isWaiting: () => watches.some((watch) => watch?.isWaiting?.() === true),
      };
    },
  };
}

/** Behaves well until it is heavy, and then says nothing until it is no more. */
const turncoat: Lie<LogVocabulary> = (saying, { machine, index }) => {
  if (saying.message.body.type === 'incarnation' || !(machine instanceof HotStuffReplica)) return [saying];
  const { electorate } = machine.ledger;
  return electorate instanceof WeightedElectorate && electorate.heavy.includes(index) ? [] : [saying];
};

/** The weight of the heads, with f validators at most able to lie and d to spare: f each, and d more for each of the 2f heavy. */
function weigh({ size, faulty }: { size: number; faulty: number }, heads: number, heavy: number): number {
  return faulty === 0 ? heads : heads * faulty + heavy * (size - 3 * faulty - 1);
}

function refute({ instance, scheme }: World, block: Block, certificate: Certificate): string | null {
  const { phase, view, signatures, endorsement } = certificate;
  const { set } = instance;
  if (phase !== 'COMMIT') return `a ${phase} certificate`;
  if (endorsement === undefined) return 'it does not say what the votes weighed';
  const heavy = new Set(endorsement.heavy);
  if (heavy.size !== 2 * set.faulty) return `${heavy.size} are heavy`;
  if (!isEndorsed(block.parent, endorsement)) return 'the block names other weights';
  const signers = new Set(signatures.map(({ validator }) => set.indexOf(validator)));
  if (signers.size <= 2 * set.faulty) return `${signers.size} signed`;
  const held = weigh(set, signers.size, [...signers].filter((index) => heavy.has(index)).length);
  const total = weigh(set, set.size, heavy.size);
  const liars = weigh(set, set.faulty, set.faulty);
  // Another set of as much weight may share no more with this one than liars can hold.
  if (2 * held - total <= liars) return `weight ${held} of ${total}`;
  const blockHash = hashBlock(instance, block);
  for (const { validator, incarnation, signature } of signatures) {
    const { publicKey } = set.validators[set.indexOf(validator)];
    if (!scheme.verify(publicKey, voteStatement(instance, incarnation, phase, view, blockHash), signature))
      return `a forged vote of ${validator}`;
  }
  return null;
}

interface Decided {
  readonly blockHash: Hash;
  readonly signers: readonly number[];
}

/** Works out who is heavy at a height from the chain below it, slowly and from the first height on, and compares. */
class WeightsWatch implements Watch<LogVocabulary> {
  readonly #world: World;
  readonly #report: (violation: string) => void;
  readonly #chain = new Map<number, Decided>();
  readonly #heavy = new Map<number, string>();

  constructor(world: World, report: (violation: string) => void) {
    this.#world = world;
    this.#report = report;
  }

  onCommitted(replica: number, block: Block, { signatures, endorsement }: Certificate): void {
    const { instance } = this.#world;
    const { height } = block;
    const signers = [...new Set(signatures.map(({ validator }) => instance.set.indexOf(validator)))];
    if (!this.#chain.has(height)) this.#chain.set(height, { blockHash: hashBlock(instance, block), signers });
    const expected = this.#heavy.get(height) ?? this.#expected(height);
    if (expected === null || endorsement === undefined) return;
    this.#heavy.set(height, expected);
    const say = (what: string): void => this.#report(`replica ${replica}, height ${height}: ${what}`);
    const { heavy, signedBelow, below } = endorsement;
    if (heavy.join() !== expected) say(`${heavy.join()} were heavy, and ${expected} should have been`);
    const { blockHash, signers: signed } = this.#chain.get(height - 1) ?? { blockHash: instance.genesis, signers: [] };
    if (signedBelow.join() !== signed.join()) say('it names other signers of the height below');
    if (!equalBytes(below, blockHash)) say('it is on another block');
  }

  /**
   * Points: 8 at first. For each height up to the last but one: half for those who did not sign, one less for the last who did, one
   * more, up to 16, for the others. Null when a height is unknown.
   */
  #expected(height: number): string | null {
    const { size, faulty } = this.#world.instance.set;
    const members = Array.from({ length: size }, (_, index) => ({ index, points: 8, isHeavy: index < 2 * faulty }));
    for (let below = 1; below <= height - 2; below++) {
      const decided = this.#chain.get(below);
      if (decided === undefined) return null;
      for (const member of members) {
        const place = decided.signers.indexOf(member.index);
        if (place < 0) member.points = Math.floor(member.points / 2);
        else if (place === decided.signers.length - 1) member.points = Math.max(0, member.points - 1);
        else member.points = Math.min(16, member.points + 1);
      }
      const ranked = [...members].sort(
        (a, b) => b.points - a.points || Number(b.isHeavy) - Number(a.isHeavy) || a.index - b.index,
      );
      for (const [rank, member] of ranked.entries()) member.isHeavy = rank < 2 * faulty;
    }
    return members.flatMap(({ index, isHeavy }) => (isHeavy ? [index] : [])).join();
  }
}
