/** The ledger's state as bytes: what a checkpoint holds, and what the learner keeps between batches. */
import { hashBlock, readBlock, writeBlock } from '../block.ts';
import { readCertificate, readSignatures, writeCertificate, writeSignatures } from '../certificate.ts';
import { ByteReader, ByteWriter } from '../encoding.ts';
import { ConsensusError } from '../errors.ts';
import { readDecided } from './decided-window.ts';
import { Ledger, type LedgerConfig } from './ledger.ts';
import type { Tally } from './tally.ts';

const VERSION = 1;

/** One for all states in turn: a new buffer of that size costs more than what is written into it. */
const writer = new ByteWriter(16_384);

/** Everything. Equal states give equal bytes. */
export function encodeLedger(ledger: Ledger): Uint8Array {
  writer
    .clear()
    .blobOf(() => writeCore(ledger))
    .u32(ledger.decided.size);
  ledger.decided.write(writer);
  return writer.copy();
}

/** @throws ConsensusError BAD_ENCODING */
export function decodeLedger(config: LedgerConfig, bytes: Uint8Array): Ledger {
  const reader = new ByteReader(bytes);
  const ledger = decodeCore(config, reader.blob());
  const count = reader.u32();
  const entries = [];
  for (let i = 0; i < count; i++) entries.push(readDecided(reader));
  reader.end();
  ledger.decided.restore(ledger.decided.floor, ledger.decided.count, entries);
  return ledger;
}

/** All but the remembered decided proposals, which the learner keeps one by one. */
export function encodeCore(ledger: Ledger): Uint8Array {
  writer.clear();
  writeCore(ledger);
  return writer.copy();
}

function writeCore(ledger: Ledger): void {
  writer
    .u8(VERSION)
    .u64(ledger.position + 1)
    .u64(ledger.view)
    .u64(ledger.failedViews)
    .u64(ledger.height);
  writer.raw(ledger.head.blockHash).u64(ledger.head.view);
  optional(ledger.head.certificate, (certificate) => writeCertificate(writer, certificate));
  optional(ledger.lock, (lock) => writeBlock(writer.u64(lock.view), lock.block));
  optional(ledger.proposal, (proposal) => writeBlock(writer.u32(proposal.proposer), proposal.block));
  for (const tally of [ledger.prepares, ledger.commits]) {
    writer.u32(tally.size);
    for (const place of tally.places) writer.u32(place);
    writeSignatures(writer, tally.votes);
  }
  writer.u32(ledger.timeouts.length);
  for (const index of ledger.timeouts) writer.u32(index);
  for (const standing of ledger.standings) {
    writer.u64(standing.incarnation).u64(standing.signedHeight).u64(standing.failures).u64(standing.benchedThrough);
  }
  writer.u64(ledger.decided.floor + 1).u64(ledger.decided.count);
  ledger.electorate.write(writer);
}

/** @throws ConsensusError BAD_ENCODING */
export function decodeCore(config: LedgerConfig, bytes: Uint8Array): Ledger {
  const reader = new ByteReader(bytes);
  const ledger = new Ledger(config);
  const version = reader.u8();
  if (version !== VERSION)
    throw new ConsensusError('BAD_ENCODING', 'unknown version of the state', version, `${VERSION}`);
  ledger.position = reader.u64() - 1;
  ledger.view = reader.u64();
  ledger.failedViews = reader.u64();
  ledger.height = reader.u64();
  const blockHash = reader.hash();
  const headView = reader.u64();
  ledger.head = { blockHash, view: headView, certificate: reader.u8() === 1 ? readCertificate(reader) : null };
  if (reader.u8() === 1) {
    const view = reader.u64();
    const block = readBlock(reader);
    ledger.lock = { view, block, blockHash: hashBlock(config.instance, block) };
  }
  if (reader.u8() === 1) {
    const proposer = reader.u32();
    const block = readBlock(reader);
    ledger.proposal = { proposer, block, blockHash: hashBlock(config.instance, block) };
  }
  readTally(reader, ledger.prepares);
  readTally(reader, ledger.commits);
  const timeouts = reader.u32();
  for (let i = 0; i < timeouts; i++) ledger.timeouts.push(reader.u32());
  for (const standing of ledger.standings) {
    standing.incarnation = reader.u64();
    standing.signedHeight = reader.u64();
    standing.failures = reader.u64();
    standing.benchedThrough = reader.u64();
  }
  ledger.decided.restore(reader.u64() - 1, reader.u64(), []);
  ledger.electorate.read(reader);
  reader.end();
  ledger.leader = ledger.electorate.leaderOf(ledger.view, ledger.height + 1);
  return ledger;
}

function optional<T>(value: T | null, write: (value: T) => void): void {
  writer.u8(value === null ? 0 : 1);
  if (value !== null) write(value);
}

function readTally(reader: ByteReader, tally: Tally): void {
  const count = reader.u32();
  const places: number[] = [];
  for (let i = 0; i < count; i++) places.push(reader.u32());
  const votes = readSignatures(reader);
  for (const [i, place] of places.entries()) tally.add(place, votes[i]);
}
