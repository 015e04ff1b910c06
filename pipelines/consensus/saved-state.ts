/**
 * What a validator keeps for its next start, in a compacted topic: its last checkpoint and its ledger of decisions at the same height, signed by
 * itself. The broker is not trusted for truth, so what does not verify counts as not kept; the validator then reads the log from its beginning.
 */
import { ByteReader, ByteWriter } from '../../src/consensus/encoding.ts';
import type { SignatureScheme, Signer } from '../../src/consensus/signature.ts';
import type { Log } from '../../src/streams/log.ts';
import { readAll } from '../../src/streams/read-all.ts';

/** One record a validator and partition. Internal. */
export const validatorStateTopic = 'aura.validators-state';

export interface SavedState {
  /** Instance and validator that it is of. */
  readonly instance: string;
  readonly validator: string;
  /** Offset in aura.consensus of the last record taken in. */
  readonly through: number;
  readonly height: number;
  readonly proposalsFrom: number;
  /** Offset in aura.snapshots from which the validator wants to read again. */
  readonly snapshotsFrom: number;
  /** The protocol's state at `through`. */
  readonly state: Uint8Array;
  /** DecisionLedger at `height`. */
  readonly ledger: Uint8Array;
}

export function encodeSaved(saved: SavedState, signer: Signer): Uint8Array {
  const body = encodeBody(saved);
  return new ByteWriter(body.length + 128).blob(body).blob(signer.sign(body)).finish();
}

/** Null for what is of another instance or validator, unsigned by it, or unreadable. */
export function decodeSaved(
  bytes: Uint8Array,
  expected: {
    readonly instance: string;
    readonly validator: string;
    readonly publicKey: Uint8Array;
    readonly scheme: SignatureScheme;
  },
): SavedState | null {
  try {
    const outer = new ByteReader(bytes);
    const body = outer.blob();
    const signature = outer.blob();
    outer.end();
    if (!expected.scheme.verify(expected.publicKey, body, signature)) return null;
    const reader = new ByteReader(body);
    if (reader.text() !== domain) return null;
    const saved: SavedState = {
      instance: reader.text(),
      validator: reader.text(),
      through: reader.u64(),
      height: reader.u64(),
      proposalsFrom: reader.u64(),
      snapshotsFrom: reader.u64(),
      state: reader.blob(),
      ledger: reader.blob(),
    };
    reader.end();
    return saved.instance === expected.instance && saved.validator === expected.validator ? saved : null;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConsensusError') return null;
    throw error;
  }
}

/** The latest saved state of each of `validators` (public keys by id) in one partition; those that saved none are left out. */
export async function readSaved(
  log: Log,
  partition: number,
  expected: {
    readonly instance: string;
    readonly validators: ReadonlyMap<string, Uint8Array>;
    readonly scheme: SignatureScheme;
  },
  withinMs: number,
): Promise<ReadonlyMap<string, SavedState>> {
  const { instance, validators, scheme } = expected;
  const found = new Map<string, SavedState>();
  await readAll(log, { topic: validatorStateTopic, partition }, withinMs, ({ key, value }) => {
    const validator = key === null ? '' : Buffer.from(key).toString();
    const publicKey = validators.get(validator);
    if (publicKey === undefined || value === null) return;
    const saved = decodeSaved(value, { instance, validator, publicKey, scheme });
    // Anybody may append an older one again; the furthest counts.
    if (saved !== null && saved.through > (found.get(validator)?.through ?? -1)) found.set(validator, saved);
  });
  return found;
}

const domain = 'aura.validator-state';

function encodeBody({
  instance,
  validator,
  through,
  height,
  proposalsFrom,
  snapshotsFrom,
  state,
  ledger,
}: SavedState): Uint8Array {
  return new ByteWriter(256 + state.length + ledger.length)
    .text(domain)
    .text(instance)
    .text(validator)
    .u64(through)
    .u64(height)
    .u64(proposalsFrom)
    .u64(snapshotsFrom)
    .blob(state)
    .blob(ledger)
    .finish();
}
