/**
 * Signatures for the simulator: unforgeable because a liar is never handed another's signer, and cheap because they are a checksum.
 * Worth nothing outside.
 */
import type { SignatureScheme, Signer } from '../signature.ts';

const BYTES = 8;

export class IdealSignatures implements SignatureScheme {
  /** The message that was summed last: a quorum signs the same one after the other. */
  #message: Uint8Array | null = null;
  /** Two checksums of it with different primes. */
  #a = 0;
  #b = 0;

  /** The signer number `index`, 0 to 255; its public key says which. */
  createSigner(index: number): Signer {
    const publicKey = new Uint8Array(32).fill(7);
    publicKey[0] = index;
    return { publicKey, sign: (message) => this.#sign(index, message) };
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== BYTES) return false;
    this.#sum(message);
    const [index] = publicKey;
    return wordAt(signature, 0) === this.#first(index) && wordAt(signature, 4) === this.#second(index);
  }

  #sign(index: number, message: Uint8Array): Uint8Array {
    this.#sum(message);
    const signature = new Uint8Array(BYTES);
    const first = this.#first(index);
    const second = this.#second(index);
    for (let i = 0; i < 4; i++) {
      signature[i] = first >>> (8 * i);
      signature[4 + i] = second >>> (8 * i);
    }
    return signature;
  }

  #sum(message: Uint8Array): void {
    if (this.#message === message) return;
    let a = 0x811c9dc5;
    let b = 0x01000193;
    const { length } = message;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      const word = wordAt(message, i);
      a = mix(a, word, 0x01000193);
      b = mix(b, word, 0x01000197);
    }
    for (; i < length; i++) {
      a = mix(a, message[i], 0x01000193);
      b = mix(b, message[i], 0x01000197);
    }
    // Else a message and the same with zeros after it could be one to both.
    a = mix(a, length, 0x01000193);
    b = mix(b, length, 0x01000197);
    this.#message = message;
    this.#a = a;
    this.#b = b;
  }

  // The halves of the signature: for each message, different signers give different ones.

  #first(index: number): number {
    return this.#a ^ Math.imul(index + 1, 0x9e3779b1);
  }

  #second(index: number): number {
    return this.#b ^ Math.imul(index + 1, 0x85ebca6b);
  }
}

/** 32 bits, the lowest first. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** After FNV-1a, four bytes at a time. Of two words, or of two sums before, no two give the same. */
function mix(sum: number, word: number, prime: number): number {
  const product = Math.imul(sum ^ word, prime);
  return product ^ (product >>> 15);
}
