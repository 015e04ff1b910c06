import { expect, test } from 'vitest';
import { type Message, says, senderOf, signMessage } from '../../src/consensus/message.ts';
import { ed25519Signer } from '../../src/consensus/signature.ts';
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
