/**
 * Measures what applied interventions of one cell did: some windows of the targets up to the application against some after it has settled.
 *
 * A deterministic fold over deltas: apply(delta) is the only way in, live and when state is restored, so a restored tracker is the tracker. A
 * decision, an action or a snapshot becomes a delta by decisionDelta, actionDelta or snapshotDelta.
 *
 * - Dry-run and rejected decisions, and those that nobody applied until they expired, have no outcome.
 * - An action may come before its decision, and APPLIED after the windows that follow it: a few of both are kept.
 * - FAILED before APPLIED ends the watch without an outcome; EXPIRED, UNDONE or FAILED after it ends the measurement at that time.
 * - A target that vanishes is measured as long as it was there; where nothing can be compared the verdict is UNKNOWN.
 * - A window without agents, in a cell whose agents are all forgotten, ends every watch, and nothing is kept.
 */
import type { Action, Outcome, Snapshot } from '../../schemas/records.ts';
import { BinaryReader, BinaryWriter } from '../fleet/binary.ts';
import type { CellId } from '../fleet/ids.ts';
import { findKind } from './catalogue.ts';
import { requireCell } from './cell.ts';
import type { Decided } from './decided.ts';
import { type BeforeAfter, effectOf, meansOf } from './effect.ts';
import { InterventionError } from './errors.ts';
import { decodeState, encodeState } from './state-codec.ts';
import {
  type AgentRow,
  callersOf,
  placesOf,
  readWindow,
  rowAt,
  sharingAgents,
  summarize,
  type WindowSummary,
  writeWindow,
} from './window-summary.ts';

export interface OutcomeOptions {
  /** Windows measured before the application, at most. */
  readonly before: number;
  /** Windows left out after it, the one it falls into not counted; more where the kind takes longer to show (catalogue.ts). */
  readonly settle: number;
  /** Windows measured after that, at most. */
  readonly after: number;
}

export const defaultOutcomeOptions: OutcomeOptions = { before: 3, settle: 1, after: 3 };

/** Windows kept beyond `before`, for an APPLIED that comes late. */
const slackWindows = 5;
/** An approved decision nobody applied is given up this long after it expired, in ms. */
const unappliedMs = 60_000;
/** Decisions under watch; beyond, the oldest is measured as far as it got. */
const watchesMax = 512;
/** Actions kept whose decision has not come yet. */
const earlyActionsMax = 256;
/** First byte of a snapshot's delta; the others are JSON and begin with a brace. */
const windowTag = 1;

interface Watch {
  readonly proposalId: string;
  readonly kind: string;
  readonly targets: readonly string[];
  /** Missing in states of before it was kept. */
  readonly decidedMs?: number;
  readonly expiresMs: number;
  /** By the actuator's clock. */
  appliedMs: number | null;
  /** It ended before it expired. */
  endedMs: number | null;
  /** Measured agents, from the first window past the application on; null before. */
  agents: { readonly agent: string; readonly target: boolean; before: AgentRow[]; after: AgentRow[] }[] | null;
  windowsBefore: number;
  windowsAfter: number;
  measuredMs: number;
}

type ActionFacts = Pick<Action, 'proposalId' | 'kind' | 'timeMs'>;

type Delta =
  | { readonly type: 'decision'; readonly cell: CellId; readonly decision: Decided }
  | { readonly type: 'action'; readonly cell: CellId; readonly action: ActionFacts }
  | { readonly type: 'window'; readonly cell: CellId; readonly window: WindowSummary };

interface TrackerState {
  readonly watches: readonly Watch[];
  readonly earlyActions: readonly ActionFacts[];
  /** How many windows follow. */
  readonly windows: number;
}

export function decisionDelta(decision: Decided): Uint8Array {
  const { proposalId, tenant, fleet, cell, kind, targets, verdict, dryRun, decidedMs, expiresMs } = decision;
  const facts: Decided = { proposalId, tenant, fleet, cell, kind, targets, verdict, dryRun, decidedMs, expiresMs };
  return jsonDelta({ type: 'decision', cell: { tenant, fleet, cell }, decision: facts });
}

export function actionDelta(action: Action): Uint8Array {
  const { proposalId, tenant, fleet, cell, kind, timeMs } = action;
  return jsonDelta({ type: 'action', cell: { tenant, fleet, cell }, action: { proposalId, kind, timeMs } });
}

export function snapshotDelta(snapshot: Snapshot): Uint8Array {
  const writer = new BinaryWriter(128 + 96 * snapshot.agents.length + 4 * snapshot.edges.length);
  writer.u8(windowTag);
  writer.text(snapshot.tenant);
  writer.text(snapshot.fleet);
  writer.u16(snapshot.cell);
  writeWindow(writer, summarize(snapshot));
  return writer.finish();
}

export class OutcomeTracker {
  readonly #cell: CellId;
  readonly #options: OutcomeOptions;
  /** Oldest first. */
  #windows: WindowSummary[] = [];
  /** By proposal, in the order of decision. */
  #watches = new Map<string, Watch>();
  #earlyActions: ActionFacts[] = [];

  /** @throws InterventionError BAD_OPTION */
  constructor(cell: CellId, options: Partial<OutcomeOptions> = {}) {
    this.#cell = { tenant: cell.tenant, fleet: cell.fleet, cell: cell.cell };
    this.#options = { ...defaultOutcomeOptions, ...options };
    for (const [name, value] of Object.entries(this.#options)) {
      const min = name === 'settle' ? 0 : 1;
      if (Number.isInteger(value) && value >= min && value <= 64) continue;
      throw new InterventionError('BAD_OPTION', `outcome option ${name}`, value, `a whole number from ${min} to 64`);
    }
  }

  /** A tracker that goes on where the encoded one stood. @throws FleetError, InterventionError UNREADABLE_STATE */
  static decode(cell: CellId, bytes: Uint8Array, options: Partial<OutcomeOptions> = {}): OutcomeTracker {
    const tracker = new OutcomeTracker(cell, options);
    const jsonLength = new BinaryReader(bytes).u32();
    const state = decodeState<TrackerState>('outcome-tracker', 1, bytes.subarray(4, 4 + jsonLength));
    tracker.#watches = new Map(state.watches.map((watch) => [watch.proposalId, watch]));
    tracker.#earlyActions = [...state.earlyActions];
    const reader = new BinaryReader(bytes.subarray(4 + jsonLength));
    for (let i = 0; i < state.windows; i++)
      tracker.#windows.push(sharingAgents(readWindow(reader), tracker.#windows.at(-1)));
    reader.end();
    return tracker;
  }

  /** The length of the JSON that follows, the JSON, and the windows in binary. */
  encode(): Uint8Array {
    const watches = [...this.#watches.values()];
    const state: TrackerState = { watches, earlyActions: this.#earlyActions, windows: this.#windows.length };
    const json = encodeState('outcome-tracker', 1, state);
    const length = new BinaryWriter(4);
    length.u32(json.length);
    const windows = new BinaryWriter(64 * 1024);
    for (const window of this.#windows) writeWindow(windows, window);
    return Buffer.concat([length.finish(), json, windows.finish()]);
  }

  /** Nothing is remembered: it is as good as a new one. */
  get isEmpty(): boolean {
    return this.#windows.length === 0 && this.#watches.size === 0 && this.#earlyActions.length === 0;
  }

  onDecision(decision: Decided): readonly Outcome[] {
    return this.apply(decisionDelta(decision));
  }

  onAction(action: Action): readonly Outcome[] {
    return this.apply(actionDelta(action));
  }

  onSnapshot(snapshot: Snapshot): readonly Outcome[] {
    return this.apply(snapshotDelta(snapshot));
  }

  /** Folds one delta in and returns what was measured by it. @throws InterventionError WRONG_CELL */
  apply(bytes: Uint8Array): readonly Outcome[] {
    const delta = readDelta(bytes);
    requireCell(this.#cell, delta.cell);
    switch (delta.type) {
      case 'decision':
        return this.#decided(delta.decision);
      case 'action':
        return this.#acted(delta.action);
      case 'window':
        return this.#closed(delta.window);
    }
  }

  #decided({ proposalId, verdict, dryRun, kind, targets, decidedMs, expiresMs }: Decided): readonly Outcome[] {
    const early = this.#earlyActions.filter((action) => action.proposalId === proposalId);
    this.#earlyActions = this.#earlyActions.filter((action) => action.proposalId !== proposalId);
    if (verdict !== 'APPROVED' || dryRun || this.#watches.has(proposalId)) return [];
    // Known before the windows kept are measured, as APPLIED comes first of them.
    const ends = early.filter(({ kind: word }) => endsMeasurement(word)).map(({ timeMs }) => timeMs);
    this.#watches.set(proposalId, {
      proposalId,
      kind,
      targets: [...targets],
      decidedMs,
      expiresMs,
      appliedMs: null,
      endedMs: ends.length === 0 ? null : Math.min(...ends),
      agents: null,
      windowsBefore: 0,
      windowsAfter: 0,
      measuredMs: 0,
    });
    const outcomes: Outcome[] = [];
    for (const watch of this.#watches.values()) {
      if (this.#watches.size <= watchesMax) break;
      outcomes.push(...this.#end(watch));
    }
    for (const action of early) outcomes.push(...this.#acted(action));
    return outcomes;
  }

  #acted(action: ActionFacts): readonly Outcome[] {
    const { proposalId, kind, timeMs } = action;
    const watch = this.#watches.get(proposalId);
    if (watch === undefined) {
      // Of a decision that has not come yet, or of one measured long ago: only the former begins with APPLIED.
      if (kind === 'APPLIED' || this.#earlyActions.some((early) => early.proposalId === proposalId)) {
        this.#earlyActions = [...this.#earlyActions, { proposalId, kind, timeMs }].slice(-earlyActionsMax);
      }
      return [];
    }
    if (kind === 'APPLIED') {
      if (watch.appliedMs !== null) return [];
      watch.appliedMs = timeMs;
      watch.measuredMs = timeMs;
      for (const window of this.#windows) if (this.#feed(watch, window)) return this.#end(watch);
      return [];
    }
    if (!endsMeasurement(kind)) return [];
    if (watch.appliedMs === null) {
      this.#watches.delete(proposalId);
      return [];
    }
    watch.endedMs = Math.min(watch.endedMs ?? timeMs, timeMs);
    return [];
  }

  #closed(window: WindowSummary): readonly Outcome[] {
    const newest = this.#windows.at(-1);
    if (newest !== undefined && window.endMs <= newest.endMs) return [];
    const outcomes: Outcome[] = [];
    if (window.agents.length === 0) {
      for (const watch of this.#watches.values()) outcomes.push(...this.#end(watch));
      this.#windows = [];
      this.#earlyActions = [];
      return outcomes;
    }
    this.#windows = [...this.#windows, sharingAgents(window, newest)].slice(-(this.#options.before + slackWindows));
    for (const watch of this.#watches.values()) {
      // An actuator's clock may say that it applies in a far future; such a watch is given up with those that nobody applied.
      const givenUp = watch.agents === null && window.endMs > watch.expiresMs + unappliedMs;
      if (this.#feed(watch, window) || givenUp) outcomes.push(...this.#end(watch));
    }
    return outcomes;
  }

  /** Takes one window into a measurement; true where it is complete. */
  #feed(watch: Watch, window: WindowSummary): boolean {
    const sinceMs = sinceOf(watch);
    if (sinceMs === null || window.endMs <= sinceMs) return false;
    watch.agents ??= this.#before(watch, sinceMs);
    if (window.endMs > (watch.endedMs ?? watch.expiresMs)) return true;
    const settleMs = Math.max(
      findKind(watch.kind)?.settleMs ?? 0,
      this.#options.settle * (window.endMs - window.startMs),
    );
    if (window.startMs < sinceMs + settleMs) return false;
    const places = placesOf(window);
    for (const one of watch.agents) {
      const place = places.get(one.agent);
      if (place !== undefined) one.after.push(rowAt(window, place));
    }
    watch.windowsAfter++;
    watch.measuredMs = window.endMs;
    return watch.windowsAfter >= this.#options.after;
  }

  /** The targets and their callers, with the last windows that ended before the application. */
  #before(watch: Watch, sinceMs: number): NonNullable<Watch['agents']> {
    const windows = this.#windows.filter((window) => window.endMs <= sinceMs).slice(-this.#options.before);
    const targets = new Set(watch.targets);
    const agents = watch.targets.map((agent) => ({ agent, target: true }));
    const callers = new Set<string>();
    for (const window of windows) for (const caller of callersOf(window, targets)) callers.add(caller);
    for (const agent of callers) agents.push({ agent, target: false });
    const seen = windows.map((window) => ({ window, places: placesOf(window) }));
    watch.windowsBefore = windows.length;
    watch.measuredMs = windows.at(-1)?.endMs ?? sinceMs;
    return agents.map(({ agent, target }) => ({
      agent,
      target,
      before: seen.flatMap(({ window, places }) => {
        const place = places.get(agent);
        return place === undefined ? [] : [rowAt(window, place)];
      }),
      after: [],
    }));
  }

  #end(watch: Watch): readonly Outcome[] {
    this.#watches.delete(watch.proposalId);
    const { proposalId, kind, targets, appliedMs, measuredMs, windowsBefore, windowsAfter } = watch;
    if (appliedMs === null) return [];
    const agents: readonly BeforeAfter[] = watch.agents ?? [];
    const ofTargets = agents.filter((one) => one.target);
    const entry = findKind(kind);
    return [
      {
        ...this.#cell,
        proposalId,
        kind,
        targets,
        appliedMs,
        measuredMs,
        windowsBefore,
        windowsAfter,
        before: meansOf(ofTargets.flatMap((one) => one.before)),
        after: meansOf(ofTargets.flatMap((one) => one.after)),
        ...effectOf(agents, entry?.movesCallers ?? false, entry?.lowersTraffic ?? false),
      },
    ];
  }
}

/** When what was decided began, as far as anybody can know: an actuator whose clock is behind did not act before the decision. */
function sinceOf({ appliedMs, decidedMs }: Watch): number | null {
  return appliedMs === null ? null : Math.max(appliedMs, decidedMs ?? appliedMs);
}

function endsMeasurement(kind: Action['kind']): boolean {
  return kind !== 'APPLIED' && kind !== 'UNKNOWN';
}

function jsonDelta(delta: Delta): Uint8Array {
  return encodeState('outcome-delta', 1, delta);
}

function readDelta(bytes: Uint8Array): Delta {
  if (bytes[0] !== windowTag) return decodeState<Delta>('outcome-delta', 1, bytes);
  const reader = new BinaryReader(bytes.subarray(1));
  const cell = { tenant: reader.text(), fleet: reader.text(), cell: reader.u16() };
  return { type: 'window', cell, window: readWindow(reader) };
}
