import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';

const messages = fc.uint8Array({ maxLength: 40, size: 'max' });

test('a signature is of one signer and one message, zeros at its end included', () => {
  const scheme = new IdealSignatures();
  const [signer, other] = [3, 4].map((index) => scheme.createSigner(index));
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 9 }), (message, zeros) => {
      const signature = signer.sign(message);
      expect(scheme.verify(signer.publicKey, message.slice(), signature)).toBe(true);
      expect(scheme.verify(other.publicKey, message, signature)).toBe(false);
      const longer = new Uint8Array([...message, ...new Uint8Array(zeros)]);
      expect(scheme.verify(signer.publicKey, longer, signature)).toBe(false);
    }),
  );
});

test('a message that differs in one byte has another signature', () => {
  const scheme = new IdealSignatures();
  const signer = scheme.createSigner(0);
  fc.assert(
    fc.property(messages, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
      fc.pre(message.length > 0);
      const changed = message.slice();
      changed[at % message.length] ^= flip;
      expect(scheme.verify(signer.publicKey, changed, signer.sign(message))).toBe(false);
    }),
  );
});
