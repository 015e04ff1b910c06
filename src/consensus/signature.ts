/** Signature schemes. The protocol takes one as an argument: ed25519 in production, an ideal one in the simulator. */
import { type KeyObject, sign, verify } from 'node:crypto';
import { type KeyPair, PUBLIC_KEY_BYTES, toKeyObject } from './keys.ts';

/** What a signature should be of. */
export interface Claim {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SignatureScheme {
  /** False for any malformed key or signature; never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The same of several, in their order; a scheme that has threads verifies them at once. One after the other where it is left out. */
  verifyAll?(claims: readonly Claim[]): readonly boolean[];
}

export function verifyAll(scheme: SignatureScheme, claims: readonly Claim[]): readonly boolean[] {
  if (scheme.verifyAll !== undefined && claims.length > 1) return scheme.verifyAll(claims);
  return claims.map(({ publicKey, message, signature }) => scheme.verify(publicKey, message, signature));
}

export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

const KEYS_MAX = 1024;

/** Ed25519 by node:crypto. Holds the parsed form of up to 1,024 public keys. */
export function ed25519(): SignatureScheme {
  const parsed = new Map<string, KeyObject>();
  return {
    verify(publicKey, message, signature) {
      if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== 64) return false;
      const id = latin1(publicKey);
      let key = parsed.get(id);
      if (key === undefined) {
        if (parsed.size >= KEYS_MAX) parsed.clear();
        key = toKeyObject(publicKey);
        parsed.set(id, key);
      }
      return verify(null, message, key, signature);
    },
  };
}

export function ed25519Signer(keys: KeyPair): Signer {
  return { publicKey: keys.publicKey, sign: (message) => Uint8Array.from(sign(null, message, keys.privateKey)) };
}

/**
 * Remembers signatures that were found valid, or that were made here, so that each costs one verification a process and not one
 * a reader. Verification is a function of its three arguments, so remembering changes no answer. Validators that share one
 * process, and so share its memory anyway, may share one of these.
 */
export class VerifiedSignatures implements SignatureScheme {
  readonly #scheme: SignatureScheme;
  readonly #capacity: number;
  readonly #known = new Set<string>();

  constructor(scheme: SignatureScheme, capacity = 8192) {
    this.#scheme = scheme;
    this.#capacity = capacity;
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const id = toId({ publicKey, message, signature });
    if (this.#known.has(id)) return true;
    if (!this.#scheme.verify(publicKey, message, signature)) return false;
    this.#remember(id);
    return true;
  }

  verifyAll(claims: readonly Claim[]): readonly boolean[] {
    const ids = claims.map(toId);
    const known = ids.map((id) => this.#known.has(id));
    const answers = verifyAll(
      this.#scheme,
      claims.filter((_, i) => !known[i]),
    );
    let next = 0;
    return ids.map((id, i) => {
      if (known[i]) return true;
      const isValid = answers[next++];
      if (isValid) this.#remember(id);
      return isValid;
    });
  }

  knows(claim: Claim): boolean {
    return this.#known.has(toId(claim));
  }

  /** The caller has verified it by the same scheme, as if it had been done here. */
  learn(claim: Claim): void {
    this.#remember(toId(claim));
  }

  /** The same signer, its signatures remembered. */
  signer(inner: Signer): Signer {
    return {
      publicKey: inner.publicKey,
      sign: (message) => {
        const signature = inner.sign(message);
        this.#remember(toId({ publicKey: inner.publicKey, message, signature }));
        return signature;
      },
    };
  }

  #remember(id: string): void {
    if (this.#known.size >= this.#capacity) {
      const oldest = this.#known.values().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    this.#known.add(id);
  }
}

/** With the lengths, as whoever signs a message of its own choice could otherwise have it read as another's key and message. */
function toId({ publicKey, message, signature }: Claim): string {
  return `${signature.length} ${publicKey.length} ${latin1(signature)}${latin1(publicKey)}${latin1(message)}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
