/** Between a Message and the Avro record of schemas/consensus-message.avsc. The record has one nullable field a kind of body. */
import type { ConsensusMessage } from '../../schemas/records.ts';
import type { Block, Item } from './block.ts';
import { type Body, createMessage, type Message } from './message.ts';

export function toWire({ instance, validator, incarnation, body, signature }: Message): ConsensusMessage {
  return {
    instance,
    validator,
    incarnation,
    started: body.type === 'incarnation' ? { nonce: buffer(body.nonce) } : null,
    proposal:
      body.type === 'proposal'
        ? { view: body.view, block: blockToWire(body.block), justify: refToWire(body.justify) }
        : null,
    vote: body.type === 'vote' ? { phase: body.phase, view: body.view, blockHash: buffer(body.blockHash) } : null,
    timeout: body.type === 'timeout' ? { view: body.view, high: refToWire(body.high), cause: body.cause } : null,
    checkpoint:
      body.type === 'checkpoint'
        ? {
            through: body.through,
            height: body.height,
            view: body.view,
            blockHash: buffer(body.blockHash),
            signatures: body.certificate.signatures.map((vote) => ({ ...vote, signature: buffer(vote.signature) })),
            proposalsFrom: body.proposalsFrom,
            state: buffer(body.state),
          }
        : null,
    signature: buffer(signature),
  };
}

/** Null where the record is no message: no body or several, or a word this program does not know. Such a record counts for nothing. */
export function fromWire(record: ConsensusMessage): Message | null {
  const bodies = [record.started, record.proposal, record.vote, record.timeout, record.checkpoint];
  if (bodies.filter((body) => body !== null).length !== 1) return null;
  const body = bodyFromWire(record);
  if (body === null) return null;
  const { instance, validator, incarnation, signature } = record;
  return createMessage({ instance, validator, incarnation, body, signature });
}

function bodyFromWire({ started, proposal, vote, timeout, checkpoint }: ConsensusMessage): Body | null {
  if (started !== null) return { type: 'incarnation', nonce: started.nonce };
  if (proposal !== null) {
    const block = blockFromWire(proposal.block);
    return block === null ? null : { type: 'proposal', view: proposal.view, block, justify: proposal.justify };
  }
  if (vote !== null) {
    const { phase, view, blockHash } = vote;
    return phase === 'UNKNOWN' ? null : { type: 'vote', phase, view, blockHash };
  }
  if (timeout !== null) {
    const { view, high, cause } = timeout;
    return cause === 'UNKNOWN' ? null : { type: 'timeout', view, high, cause };
  }
  if (checkpoint === null) return null;
  const { through, height, view, blockHash, signatures, proposalsFrom, state } = checkpoint;
  const certificate = { phase: 'COMMIT', view, blockHash, signatures } as const;
  return { type: 'checkpoint', through, height, view, blockHash, certificate, proposalsFrom, state };
}

function blockToWire({ height, parent, view, items }: Block): NonNullable<ConsensusMessage['proposal']>['block'] {
  return {
    height,
    parent: buffer(parent),
    view,
    items: items.map((item) => ({ ...item, digest: buffer(item.digest) })),
  };
}

function blockFromWire(block: NonNullable<ConsensusMessage['proposal']>['block']): Block | null {
  const items: Item[] = [];
  for (const item of block.items) {
    const { offset, digest, verdict, reason, dryRun, decidedMs } = item;
    if (verdict === 'UNKNOWN') return null;
    items.push({ offset, digest, verdict, reason, dryRun, decidedMs });
  }
  return { height: block.height, parent: block.parent, view: block.view, items };
}

function refToWire<T extends { readonly view: number; readonly blockHash: Uint8Array }>(ref: T | null): T | null {
  return ref === null ? null : { ...ref, blockHash: buffer(ref.blockHash) };
}

/** The same memory as a Buffer: avsc takes nothing else for bytes. */
export function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
