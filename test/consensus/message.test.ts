import { expect, test } from 'vitest';
import { type Body, isSigned, type Message, says, senderOf, signMessage } from '../../src/consensus/message.ts';
import { ed25519, ed25519Signer } from '../../src/consensus/signature.ts';
import { testInstance, testKeys } from './cluster.ts';

const { validators, pairs } = testKeys(4);
const instance = testInstance(validators);
const [first, , third] = instance.set.validators;
const vote = { type: 'vote', phase: 'COMMIT', view: 3, blockHash: instance.genesis } as const;
const message = signMessage(instance, ed25519Signer(pairs[0]), third.id, 1, vote);
const copy: Message = { ...message };

test('a message says what its body says, made or copied', () => {
  for (const one of [message, copy]) {
    expect(says(one, 'vote')).toBe(true);
    expect(says(one, 'proposal')).toBe(false);
  }
  expect(says({ ...message, body: { type: 'timeout', view: 3, high: null, cause: 'TIMER' } }, 'timeout')).toBe(true);
});

test('who sent it is a matter of the set that is asked, whichever was asked before', () => {
  const others = testInstance(validators.filter(({ id }) => id !== first.id));
  const strangers = testInstance(validators.filter(({ id }) => id !== third.id));
  for (const one of [message, copy, message]) {
    expect(senderOf(instance, one)).toBe(2);
    expect(senderOf(others, one)).toBe(1);
    expect(senderOf(strangers, one)).toBe(-1);
  }
});

const other = new Uint8Array(32).fill(9);
const high = { view: 2, blockHash: instance.genesis };
const certificate = { phase: 'COMMIT', view: 3, blockHash: instance.genesis, signatures: [] } as const;
/** A message of each kind, and all that may be changed about it: but for a checkpoint's certificate, which proves itself. */
const kinds: readonly (readonly [Body, readonly object[]])[] = [
  [{ type: 'incarnation', nonce: new Uint8Array(16) }, [{ nonce: new Uint8Array(16).fill(1) }]],
  [vote, [{ phase: 'PREPARE' }, { view: 4 }, { blockHash: other }]],
  [
    { type: 'timeout', view: 3, high, cause: 'TIMER' },
    [
      { view: 4 },
      { cause: 'REFUSED' },
      { cause: 'JOINED' },
      { high: null },
      { high: { ...high, view: 1 } },
      { high: { ...high, blockHash: other } },
    ],
  ],
  [
    {
      type: 'checkpoint',
      through: 9,
      height: 2,
      view: 3,
      blockHash: instance.genesis,
      certificate,
      proposalsFrom: 4,
      state: Uint8Array.of(1, 2),
    },
    [
      { through: 10 },
      { height: 3 },
      { view: 4 },
      { blockHash: other },
      { proposalsFrom: 5 },
      { state: Uint8Array.of(1, 3) },
    ],
  ],
];

test.each(kinds)('a signature is of all that a message says, and of who says it where: %o', (body, changes) => {
  const scheme = ed25519();
  const signed = signMessage(instance, ed25519Signer(pairs[2]), third.id, 1, body);
  const is = (change: Partial<Message>, within = instance) => isSigned(within, scheme, { ...signed, ...change });
  expect(is({})).toBe(true);
  for (const change of changes) expect(is({ body: { ...body, ...change } as Body })).toBe(false);
  expect(is({ incarnation: 2 })).toBe(false);
  expect(is({ validator: first.id })).toBe(false);
  expect(is({ instance: 'elsewhere' })).toBe(false);
  expect(is({ instance: 'elsewhere' }, testInstance(validators, 'elsewhere'))).toBe(false);
  expect(is({}, testInstance(validators.slice(1)))).toBe(false);
});
