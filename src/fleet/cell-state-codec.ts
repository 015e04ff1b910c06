import { BinaryReader, BinaryWriter } from './binary.ts';
import { EdgeDirectory } from './edge-directory.ts';
import { FleetError } from './errors.ts';
import type { CellId } from './ids.ts';
import { Members } from './members.ts';
import { OpenWindow, STATUSES } from './open-window.ts';
import { SIGNAL_COUNT } from './signal-mapping.ts';
import { type WindowEpoch, Windowing } from './windowing.ts';

/** Observations refused by one limit since its last alert, and the window end at which that was raised (-1: never). */
export interface Refusal {
  readonly count: number;
  readonly alertedMs: number;
}

export interface Refusals {
  readonly 'cell-too-large': Refusal;
  readonly 'edges-too-many': Refusal;
  readonly 'windows-too-many': Refusal;
  readonly 'id-invalid': Refusal;
}

/** All that a CellState is made of; times of -1 stand for never. */
export interface CellStateParts {
  readonly id: CellId;
  readonly windowing: Windowing;
  readonly members: Members;
  readonly edges: EdgeDirectory;
  readonly open: OpenWindow[];
  readonly streamTimeMs: number;
  readonly closedMs: number;
  readonly emptyRun: number;
  readonly cells: number;
  readonly late: number;
  readonly refusals: Refusals;
}

const VERSION = 3;
/** The version before cells could have a grid of their own. */
const UNSTAGGERED = 1;
/** The last version in which baselines counted normal and anomalous windows together. */
const COUNTED_TOGETHER = 2;
/** Bytes of an agent: its id, its baselines and its row in an open window, about. */
const AGENT_BYTES = 700;

/**
 * Writes the state: little-endian numbers, ids as a length byte and ASCII, agents and edges in ascending order, so that equal states have
 * equal bytes whatever order their parts came in.
 */
export function encodeParts(parts: CellStateParts): Uint8Array {
  const { members, open } = parts;
  const writer = new BinaryWriter(1024 + members.order.length * AGENT_BYTES);
  writer.u8(VERSION);
  writer.text(parts.id.tenant);
  writer.text(parts.id.fleet);
  writer.u32(parts.id.cell);
  writer.f64(parts.streamTimeMs);
  writer.f64(parts.closedMs);
  writer.u32(parts.emptyRun);
  writer.u32(parts.cells);
  writer.f64(parts.late);
  for (const { count, alertedMs } of refusalList(parts.refusals)) {
    writer.f64(count);
    writer.f64(alertedMs);
  }
  writer.u8(parts.windowing.epochs.length);
  for (const epoch of parts.windowing.epochs) encodeEpoch(writer, epoch);
  encodeMembers(writer, members);
  writer.u16(open.length);
  for (const window of open) encodeWindow(writer, window, members, parts.edges);
  return writer.finish();
}

/** @throws FleetError STATE_UNREADABLE */
export function decodeParts(bytes: Uint8Array): CellStateParts {
  const reader = new BinaryReader(bytes);
  const version = reader.u8();
  if (version < UNSTAGGERED || version > VERSION) {
    throw new FleetError(
      'STATE_UNREADABLE',
      `the state's version is ${version}; valid is ${UNSTAGGERED} to ${VERSION}`,
    );
  }
  const id = { tenant: reader.text(), fleet: reader.text(), cell: reader.u32() };
  const streamTimeMs = reader.f64();
  const closedMs = reader.f64();
  const emptyRun = reader.u32();
  const cells = reader.u32();
  const late = reader.f64();
  const refusals = {
    'cell-too-large': decodeRefusal(reader),
    'edges-too-many': decodeRefusal(reader),
    'windows-too-many': decodeRefusal(reader),
    'id-invalid': decodeRefusal(reader),
  };
  const windowing = new Windowing(
    id,
    times(reader.u8(), () => decodeEpoch(reader, version)),
  );
  const members = new Members();
  const slots = times(reader.u16(), () => decodeMember(reader, members, version));
  const edges = new EdgeDirectory();
  const open = times(reader.u16(), () => decodeWindow(reader, slots, edges));
  reader.end();
  return { id, windowing, members, edges, open, streamTimeMs, closedMs, emptyRun, cells, late, refusals };
}

function refusalList(refusals: Refusals): Refusal[] {
  return [refusals['cell-too-large'], refusals['edges-too-many'], refusals['windows-too-many'], refusals['id-invalid']];
}

function decodeRefusal(reader: BinaryReader): Refusal {
  return { count: reader.f64(), alertedMs: reader.f64() };
}

function encodeEpoch(writer: BinaryWriter, epoch: WindowEpoch): void {
  writer.f64(epoch.fromMs);
  writer.u32(epoch.windowMs);
  writer.u32(epoch.graceMs);
  writer.f64(epoch.forgetMs);
  writer.u32(epoch.cells);
  writer.u8(epoch.staggered ? 1 : 0);
  writer.u32(epoch.shiftMs);
}

function decodeEpoch(reader: BinaryReader, version: number): WindowEpoch {
  return {
    fromMs: reader.f64(),
    windowMs: reader.u32(),
    graceMs: reader.u32(),
    forgetMs: reader.f64(),
    cells: reader.u32(),
    ...(version === UNSTAGGERED
      ? { staggered: false, shiftMs: 0 }
      : { staggered: reader.u8() === 1, shiftMs: reader.u32() }),
  };
}

function encodeMembers(writer: BinaryWriter, members: Members): void {
  writer.u16(members.order.length);
  for (const slot of members.order) {
    writer.text(members.idOf(slot));
    writer.f64(members.lastSeenMs(slot));
    writer.u8(members.status(slot));
    members.baselines.encode(slot, writer);
  }
}

function decodeMember(reader: BinaryReader, members: Members, version: number): number {
  const slot = members.admit(reader.text());
  if (slot === undefined) throw new FleetError('STATE_UNREADABLE', 'the state holds more agents than a cell may');
  const lastSeenMs = reader.f64();
  const status = reader.u8();
  if (status >= STATUSES.length) {
    throw new FleetError('STATE_UNREADABLE', `a status is ${status}; valid is 0 to ${STATUSES.length - 1}`);
  }
  if (lastSeenMs >= 0) members.see(slot, lastSeenMs, status);
  members.baselines.decode(slot, reader, version <= COUNTED_TOGETHER);
  return slot;
}

function encodeWindow(writer: BinaryWriter, window: OpenWindow, members: Members, edges: EdgeDirectory): void {
  writer.f64(window.startMs);
  writer.f64(window.endMs);
  writer.u16(window.rowCount);
  for (const [index, slot] of members.order.entries()) {
    if (!window.has(slot)) continue;
    const row = window.store(slot);
    writer.u16(index);
    writer.u32(row.heartbeats);
    writer.f64(row.lastMs);
    writer.u8(row.status);
    for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
      writer.u32(row.counts[signal]);
      writer.f64(row.sums[signal]);
    }
  }
  writer.u16(window.edges.size);
  if (window.edges.size === 0) return;
  for (const edge of edges.sorted()) {
    const sum = window.edges.get(edge);
    if (sum === undefined) continue;
    writer.text(edge.caller);
    writer.text(edge.callee);
    writer.f64(sum.count);
    writer.f64(sum.errors);
    writer.f64(sum.latencySum);
    writer.f64(sum.latencyCount);
    writer.u8(sum.boundary ? 1 : 0);
  }
}

function decodeWindow(reader: BinaryReader, slots: readonly number[], edges: EdgeDirectory): OpenWindow {
  const window = new OpenWindow(reader.f64(), reader.f64());
  const rowCount = reader.u16();
  for (let i = 0; i < rowCount; i++) {
    const index = reader.u16();
    if (index >= slots.length) {
      throw new FleetError('STATE_UNREADABLE', `an agent's index is ${index}; valid is 0 to ${slots.length - 1}`);
    }
    const heartbeats = reader.u32();
    const lastMs = reader.f64();
    const status = reader.u8();
    const counts: number[] = [];
    const sums: number[] = [];
    for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
      counts.push(reader.u32());
      sums.push(reader.f64());
    }
    window.restore(slots[index], { heartbeats, lastMs, status, counts, sums });
  }
  const edgeCount = reader.u16();
  for (let i = 0; i < edgeCount; i++) {
    const caller = reader.text();
    const callee = reader.text();
    const edge = edges.find(caller, callee) ?? edges.add(caller, callee);
    window.edges.add(edge, {
      count: reader.f64(),
      errors: reader.f64(),
      latencySum: reader.f64(),
      latencyCount: reader.f64(),
      boundary: reader.u8() === 1,
    });
  }
  return window;
}

function times<T>(count: number, make: () => T): T[] {
  const made: T[] = [];
  for (let i = 0; i < count; i++) made.push(make());
  return made;
}
