/** Ed25519 keys (RFC 8032) and the two ways they are written down: PEM for files, base64 of the raw 32 bytes for records. No I/O. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ConsensusError } from './errors.ts';

export const PUBLIC_KEY_BYTES = 32;

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export function generateKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: rawPublicKey(publicKey) };
}

/** The key pair that a 32-byte seed determines (RFC 8032, 5.1.5). For tests and simulations; a real key comes from generateKeyPair. */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  if (seed.length !== 32) throw new ConsensusError('BAD_KEY', 'wrong seed length', seed.length, '32 bytes');
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: rawPublicKey(privateKey) };
}

/** PKCS #8 PEM. */
export function privateKeyToPem(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

export function keyPairFromPem(pem: string): KeyPair {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new ConsensusError(
      'BAD_KEY',
      `not a private key: ${reason}`,
      'PEM of a secret',
      'a PKCS #8 PEM of an ed25519 key',
    );
  }
  return { privateKey, publicKey: rawPublicKey(privateKey) };
}

/** SubjectPublicKeyInfo PEM, as openssl writes it. */
export function publicKeyToPem(publicKey: Uint8Array): string {
  return toKeyObject(publicKey).export({ format: 'pem', type: 'spki' }).toString();
}

export function publicKeyFromPem(pem: string): Uint8Array {
  try {
    return rawPublicKey(createPublicKey(pem));
  } catch (cause) {
    if (cause instanceof ConsensusError) throw cause;
    throw new ConsensusError(
      'BAD_KEY',
      'not a public key',
      `${pem.length} characters`,
      'a SubjectPublicKeyInfo PEM of an ed25519 key',
    );
  }
}

export function publicKeyToBase64(publicKey: Uint8Array): string {
  return Buffer.from(publicKey).toString('base64');
}

export function publicKeyFromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== PUBLIC_KEY_BYTES || bytes.toString('base64') !== text) {
    throw new ConsensusError('BAD_KEY', 'not a raw public key', text.slice(0, 60), 'base64 of 32 bytes');
  }
  return Uint8Array.from(bytes);
}

/** @throws ConsensusError BAD_KEY when the bytes are not 32. */
export function toKeyObject(publicKey: Uint8Array): KeyObject {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new ConsensusError('BAD_KEY', 'wrong public key length', publicKey.length, '32 bytes');
  }
  const x = Buffer.from(publicKey).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function rawPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const jwk = publicKey.export({ format: 'jwk' });
  if (jwk.crv !== 'Ed25519' || jwk.x === undefined) {
    throw new ConsensusError('BAD_KEY', 'wrong kind of key', key.asymmetricKeyType, 'ed25519');
  }
  return Uint8Array.from(Buffer.from(jwk.x, 'base64url'));
}
