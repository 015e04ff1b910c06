/**
 * Signatures for the simulator: unforgeable because a liar is never handed another's signer, and cheap because they are a checksum.
 * Worth nothing outside.
 */
import type { SignatureScheme, Signer } from '../signature.ts';

export class IdealSignatures implements SignatureScheme {
  /** The signer number `index`, 0 to 255; its public key says which. */
  createSigner(index: number): Signer {
    const publicKey = new Uint8Array(32).fill(7);
    publicKey[0] = index;
    return { publicKey, sign: (message) => checksum(index, message) };
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== 8) return false;
    const expected = checksum(publicKey[0], message);
    for (let i = 0; i < 8; i++) if (expected[i] !== signature[i]) return false;
    return true;
  }
}

/** Two FNV-1a hashes with different starts, 8 bytes. */
function checksum(index: number, message: Uint8Array): Uint8Array {
  let a = 0x811c9dc5 ^ Math.imul(index + 1, 0x9e3779b1);
  let b = 0x01000193 ^ Math.imul(index + 1, 0x85ebca6b);
  for (let i = 0; i < message.length; i++) {
    a = Math.imul(a ^ message[i], 0x01000193);
    b = Math.imul(b ^ message[i], 0x01000197);
  }
  const signature = new Uint8Array(8);
  for (let i = 0; i < 4; i++) {
    signature[i] = a >>> (8 * i);
    signature[4 + i] = b >>> (8 * i);
  }
  return signature;
}
