/** Hand-written Byzantine behaviour: what a liar says where an honest validator would have said `message`. It signs with its own key only. */
import { type Block, hashBlock, type Item } from '../block.ts';
import type { Ledger } from '../hotstuff/ledger.ts';
import type { Instance } from '../instance.ts';
import { type Body, type Message, signMessage } from '../message.ts';
import type { Signer } from '../signature.ts';
import type { Random } from './random.ts';

export interface LiarView {
  readonly random: Random;
  readonly instance: Instance;
  readonly validator: string;
  readonly signer: Signer;
  readonly ledger: Ledger;
  readonly log: readonly Message[];
}

export type Lie = (message: Message, view: LiarView) => readonly Message[];

export const LIARS = {
  /** Says that it is there, and then nothing. */
  silent: (message) => (message.body.type === 'incarnation' ? [message] : []),

  /** Keeps back some of what it should say. */
  withholding: (message, { random }) => (message.body.type === 'incarnation' || random.chance(0.5) ? [message] : []),

  /** Proposes two blocks, votes for two, and times out what it votes for. */
  equivocating: (message, view) => {
    const { body } = message;
    if (body.type === 'proposal') return shuffled(view, [message, sign(view, message, twisted(body, view))]);
    if (body.type !== 'vote') return [message];
    const other = sign(view, message, { ...body, blockHash: view.random.bytes(32) });
    const timeout = sign(view, message, { type: 'timeout', view: body.view, high: view.ledger.high, cause: 'TIMER' });
    return shuffled(view, [message, other, ...(view.random.chance(0.3) ? [timeout] : [])]);
  },

  /** Proposes wrong verdicts, and fresh blocks where it ought to propose the locked one again. */
  twisting: (message, view) =>
    message.body.type === 'proposal' ? [sign(view, message, twisted(message.body, view))] : [message],

  /** Gives up every view at once, and commits all the same. */
  hasty: (message, view) => {
    const { body } = message;
    if (body.type !== 'vote') return [message];
    return [sign(view, message, { type: 'timeout', view: body.view, high: view.ledger.high, cause: 'TIMER' }), message];
  },

  /** Repeats what it and others said before. */
  stale: (message, view) =>
    view.log.length === 0 ? [message] : [message, view.random.pick(view.log), view.random.pick(view.log)],

  /** Speaks in others' names, with signatures of its own making. */
  forging: (message, view) => [message, forged(message, view), forged(message, view)],
} satisfies Record<string, Lie>;

export type LiarName = keyof typeof LIARS;
export const LIAR_NAMES = Object.keys(LIARS) as LiarName[];

function sign(view: LiarView, like: Message, body: Body): Message {
  const blockHash = body.type === 'proposal' ? hashBlock(view.instance, body.block) : undefined;
  return signMessage(view.instance, view.signer, view.validator, like.incarnation, body, blockHash);
}

/** Another block for the same place, with its verdicts turned round. */
function twisted(body: Body & { readonly type: 'proposal' }, { ledger, random }: LiarView): Body {
  const items = body.block.items.map((item, i): Item => (i === 0 || random.chance(0.5) ? turned(item) : item));
  const block: Block = { ...body.block, view: ledger.view, items };
  return { ...body, block };
}

function turned(item: Item): Item {
  return item.verdict === 'APPROVED'
    ? { ...item, verdict: 'REJECTED', reason: 'A_LIE' }
    : { ...item, verdict: 'APPROVED', reason: '' };
}

function forged(message: Message, { instance, validator, signer, ledger, random }: LiarView): Message {
  const index = random.int(0, instance.set.size - 1);
  const victim = instance.set.validators[index].id;
  if (victim === validator) return message;
  const { incarnation } = ledger.standings[index];
  const { view, lock, proposal } = ledger;
  const bodies: Body[] = [
    { type: 'timeout', view, high: null, cause: 'TIMER' },
    { type: 'incarnation', nonce: random.bytes(16) },
  ];
  if (proposal !== null) bodies.push({ type: 'vote', phase: 'PREPARE', view, blockHash: proposal.blockHash });
  if (lock !== null) bodies.push({ type: 'vote', phase: 'COMMIT', view, blockHash: lock.blockHash });
  const body = random.pick(bodies);
  const claimed = body.type === 'incarnation' ? incarnation + 1 : incarnation;
  return signMessage(instance, signer, victim, claimed, body);
}

function shuffled(view: LiarView, messages: readonly Message[]): readonly Message[] {
  return view.random.chance(0.5) ? messages : [...messages].reverse();
}
