/** One's own snapshots and incidents as recordings to train on, cut in time, with everything said that a model's card is to say. */
import type { Snapshot } from '../../../schemas/records.ts';
import { LiquidError } from '../../liquid/errors.ts';
import type { FailureSpan } from '../../liquid/training/labels.ts';
import { type Recording, recordingOf } from '../../liquid/training/recording.ts';
import type { Split } from '../../liquid/training/reference-runs.ts';
import type { Recordings } from '../../liquid/training/train-failure-model.ts';
import type { Json } from '../command.ts';
import { ReplayError } from '../replay/errors.ts';
import { CellRecorder } from './cell-recorder.ts';
import type { Incident } from './incidents.ts';
import type { Interference, Telemetry } from './telemetry.ts';
import { type TimeSplit, timeSplit } from './time-split.ts';

/** Where labels come from; several may be taken together. */
export const LABEL_SOURCES = ['incidents', 'down', 'silent', 'outcomes'] as const;
export type LabelSource = (typeof LABEL_SOURCES)[number];

/** By what an agent counts as failed. */
export const LABELS_IN_WORDS: Readonly<Record<LabelSource, string>> = {
  incidents: 'an incident that was written down',
  down: 'its own word (status DOWN)',
  silent: 'its silence',
  outcomes: 'an intervention on it that was measured to help',
};

/** What fits into a process without a thought: some 2 GB, what the network reads and a copy of it. */
const AGENT_WINDOWS_MAX = 6_000_000;
/** Unless it is said how far ahead to look: so many windows. */
const HORIZON_WINDOWS = 5;

export interface OwnDataOptions {
  readonly labels: ReadonlySet<LabelSource>;
  readonly incidents: readonly Incident[];
  readonly silentMs: number | null;
  /** Null: five of the data's windows, and at least `horizonMsMin`. */
  readonly horizonMs: number | null;
  readonly horizonMsMin: number;
  /** From ms to the network's unit of time; asked once the length of the windows is known. */
  readonly elapsedUnits: (windowMs: number) => (ms: number) => number;
}

export interface OwnRecordings {
  readonly recordings: Recordings;
  readonly horizonMs: number;
  /** The length that most windows have. */
  readonly windowMs: number;
  /** Incidents apart in time, by part. */
  readonly incidents: Readonly<Record<Split, number>>;
  /** For the model's card. */
  readonly made: { readonly [name: string]: Json };
  /** What somebody should know before they trust it. */
  readonly warnings: readonly string[];
}

/** Takes snapshots in, cell by cell. */
export class OwnData {
  readonly #options: OwnDataOptions;
  readonly #cells = new Map<string, CellRecorder>();
  #agentWindows = 0;
  #snapshots = 0;

  constructor(options: OwnDataOptions) {
    this.#options = options;
  }

  get snapshots(): number {
    return this.#snapshots;
  }

  /** Throws ReplayError data-malformed for a snapshot that cannot be one of its cell's, and data-unreadable beyond what fits into memory. */
  add(snapshot: Snapshot): void {
    const { fleet, cell, windowStartMs, windowEndMs } = snapshot;
    if (!(windowEndMs > windowStartMs)) {
      throw new ReplayError(
        'data-malformed',
        `snapshot of ${fleet}/${cell}: windowEndMs is ${windowEndMs}; valid is above windowStartMs, ${windowStartMs}`,
      );
    }
    const key = `${fleet}/${cell}`;
    const recorder = this.#cells.get(key) ?? new CellRecorder(fleet, cell, this.#options.silentMs);
    this.#cells.set(key, recorder);
    this.#agentWindows += recorder.add(snapshot);
    this.#snapshots++;
    if (this.#agentWindows > AGENT_WINDOWS_MAX) {
      throw new ReplayError(
        'data-unreadable',
        `more than ${AGENT_WINDOWS_MAX} windows of agents, which do not fit into memory; choose less with --fleet, --from and --to`,
      );
    }
  }

  /** Throws LiquidError data-insufficient, and ReplayError data-missing where there is no snapshot. */
  finish(telemetry: Telemetry): OwnRecordings {
    const cells = [...this.#cells.values()].filter(({ windows }) => windows.length > 0);
    if (cells.length === 0)
      throw new ReplayError('data-missing', 'there is no snapshot of that tenant, fleet and time');
    const windowMs = commonWindow(cells);
    const horizonMs = this.#options.horizonMs ?? Math.max(this.#options.horizonMsMin, HORIZON_WINDOWS * windowMs);
    const fromMs = Math.min(...cells.map(({ windows }) => windows[0].endMs));
    const toMs = Math.max(...cells.map(({ windows }) => windows.at(-1)?.endMs ?? 0));
    const { failures, counts, strangers, elsewhen } = labelled(cells, telemetry, this.#options, {
      horizonMs,
      fromMs,
      toMs,
    });
    if (strangers.length > 0 && strangers.length === this.#options.incidents.length) {
      throw new LiquidError('data-insufficient', `no incident is of an agent that the data holds: ${some(strangers)}`);
    }
    const span = `${isoOf(fromMs)} to ${isoOf(toMs)}`;
    if (elsewhen.length > 0 && elsewhen.length + strangers.length === this.#options.incidents.length) {
      throw new LiquidError(
        'data-insufficient',
        `no incident is of the time of the data, ${span}: ${some(elsewhen)}; are their zones right?`,
      );
    }
    const all = [...failures.values()].flat();
    const split = timeSplit(all, horizonMs, toMs);
    const units = this.#options.elapsedUnits(windowMs);
    const parts = { training: [], validation: [], test: [] } as Record<Split, Recording[]>;
    for (const cell of cells) {
      const spans = failures.get(cell) ?? [];
      const disturbed = telemetry.interventions.filter(({ fleet }) => fleet === cell.fleet);
      for (const name of SPLITS) {
        const windows = cell.windows.filter(({ endMs }) => isIn(endMs, name, split));
        if (windows.length === 0) continue;
        const untilMs = windows[windows.length - 1].endMs;
        const recording = recordingOf(
          {
            name: `${cell.fleet}/${cell.cell} ${name}`,
            windowMs: cell.windowMs,
            horizonMs,
            windows,
            failures: spans,
            peaceful: !spans.some((span) => span.fromMs < untilMs && (span.toMs ?? toMs) > windows[0].endMs),
          },
          units,
        );
        parts[name].push(undisturbed(recording, disturbed));
      }
    }
    const outOfOrder = cells.reduce((sum, cell) => sum + cell.outOfOrder, 0);
    return {
      recordings: parts,
      horizonMs,
      windowMs,
      incidents: split.episodes,
      made: {
        from: isoOf(fromMs),
        to: isoOf(toMs),
        fleets: [...new Set(cells.map(({ fleet }) => fleet))],
        labels: { ...counts },
        ...(strangers.length === 0 ? {} : { incidentsOfUnknownAgents: strangers }),
        ...(elsewhen.length === 0 ? {} : { incidentsOutsideOfTheData: elsewhen.length }),
        interventions: countsOf(telemetry.interventions.map(({ kind }) => kind)),
        splits: Object.fromEntries(SPLITS.map((name) => [name, extent(parts[name], name, split)])),
        seen: {
          windowsMs: [...new Set(cells.flatMap(({ windowLengths }) => [...windowLengths.keys()]))].sort(
            (a, b) => a - b,
          ),
          agentsPerCell: {
            least: Math.min(...cells.map(mostAgents)),
            most: Math.max(...cells.map(mostAgents)),
          },
          longestGapMs: Math.max(...cells.map(({ longestGapMs }) => longestGapMs)),
          failures: LABEL_SOURCES.filter((source) => source in counts).map((source) => LABELS_IN_WORDS[source]),
        },
      },
      warnings: [
        ...(strangers.length === 0
          ? []
          : [
              `${strangers.length} incidents are of agents that the data does not hold and were left out: ${some(strangers)}`,
            ]),
        ...(elsewhen.length === 0
          ? []
          : [`${elsewhen.length} incidents lie outside of the data, ${span}, and were left out: ${some(elsewhen)}`]),
        ...(outOfOrder === 0 ? [] : [`${outOfOrder} snapshots of windows that were there already were left out`]),
        ...(telemetry.refused === 0
          ? []
          : [
              `${telemetry.refused} decisions that somebody carried out are not what the validators of this AURA_CLUSTER signed; the windows after them are learned from like any others`,
            ]),
        ...(telemetry.interventions.length === 0
          ? []
          : [
              `${telemetry.interventions.length} interventions were carried out meanwhile; what their targets' windows would have come to is not known, so those are left out unless an agent failed all the same`,
            ]),
      ],
    };
  }
}

const SPLITS: readonly Split[] = ['training', 'validation', 'test'];

function isIn(endMs: number, name: Split, { cutsMs: [first, second] }: TimeSplit): boolean {
  if (name === 'training') return endMs <= first;
  return name === 'validation' ? endMs > first && endMs <= second : endMs > second;
}

interface Frame {
  readonly horizonMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Failures by cell, how many by where they are known from, the incidents whose agents no cell has, and those that were over before the data or began after it. */
function labelled(
  cells: readonly CellRecorder[],
  telemetry: Telemetry,
  { labels, incidents }: OwnDataOptions,
  { horizonMs, fromMs, toMs }: Frame,
): {
  readonly failures: ReadonlyMap<CellRecorder, readonly FailureSpan[]>;
  readonly counts: Readonly<Record<string, number>>;
  readonly strangers: readonly string[];
  readonly elsewhen: readonly string[];
} {
  const counts: Record<string, number> = {};
  const failures = new Map<CellRecorder, FailureSpan[]>(cells.map((cell) => [cell, []]));
  const strangers: string[] = [];
  const elsewhen: string[] = [];
  const isElsewhen = (span: Pick<FailureSpan, 'fromMs' | 'toMs'>): boolean =>
    (span.toMs ?? toMs) <= fromMs || span.fromMs >= toMs;
  const add = (source: string, cell: CellRecorder, span: FailureSpan): void => {
    if (isElsewhen(span)) return;
    failures.get(cell)?.push(span);
    counts[source] = (counts[source] ?? 0) + 1;
  };
  if (labels.has('incidents')) {
    for (const { agent, fleet, fromMs, toMs, where } of incidents) {
      const of = cells.filter((cell) => cell.agents.has(agent) && (fleet === null || cell.fleet === fleet));
      const fleets = new Set(of.map((cell) => cell.fleet));
      if (fleets.size > 1) {
        throw new ReplayError(
          'data-malformed',
          `${where}: agent is ${JSON.stringify(agent)}, which fleets ${[...fleets].join(', ')} have; valid is to name one of them as fleet`,
        );
      }
      if (of.length === 0) strangers.push(fleet === null ? agent : `${fleet}/${agent}`);
      else if (isElsewhen({ fromMs, toMs })) elsewhen.push(`${agent} at ${isoOf(fromMs)} (${where})`);
      // Where an agent moved between cells, each is told.
      for (const cell of of) add('incidents', cell, { agent, fromMs, toMs });
    }
  }
  for (const cell of cells) {
    const disturbed = telemetry.interventions.filter(({ fleet }) => fleet === cell.fleet);
    for (const { kind, ...span } of cell.signs()) {
      // Silence after a restart that was ordered is no failure.
      const ordered = disturbed.some(
        ({ targets, fromMs, toMs }) =>
          targets.includes(span.agent) && span.fromMs >= fromMs && span.fromMs <= (toMs ?? fromMs) + horizonMs,
      );
      if (labels.has(kind) && !ordered) add(kind, cell, span);
    }
    if (!labels.has('outcomes')) continue;
    for (const { fleet, targets, appliedMs, windowsBefore } of telemetry.cures) {
      if (fleet !== cell.fleet) continue;
      const troubledMs = appliedMs - windowsBefore * cell.windowMs;
      for (const agent of targets) {
        if (cell.agents.has(agent)) add('outcomes', cell, { agent, fromMs: troubledMs, toMs: appliedMs });
      }
    }
  }
  return { failures, counts, strangers, elsewhen };
}

/** Leaves out windows of an agent from one horizon before an intervention on it to one after it, unless it failed all the same. */
function undisturbed(recording: Recording, interventions: readonly Interference[]): Recording {
  const { horizonMs, windows } = recording;
  return {
    ...recording,
    tracks: recording.tracks.map((track) => {
      const spans = interventions.filter(({ targets }) => targets.includes(track.agent));
      if (spans.length === 0) return track;
      const weights = track.weights.map((weight, t) => {
        const { endMs } = windows[track.firstWindow + t];
        const disturbed = spans.some(
          ({ fromMs, toMs }) => endMs >= fromMs - horizonMs && endMs <= (toMs ?? fromMs) + horizonMs,
        );
        return disturbed && track.labels[t] === 0 ? 0 : weight;
      });
      return { ...track, weights };
    }),
  };
}

function extent(recordings: readonly Recording[], name: Split, { episodes }: TimeSplit): Json {
  const tracks = recordings.flatMap((recording) => recording.tracks);
  const ends = recordings.flatMap(({ windows }) => [windows[0].endMs, windows[windows.length - 1].endMs]);
  return {
    from: ends.length === 0 ? null : isoOf(Math.min(...ends)),
    to: ends.length === 0 ? null : isoOf(Math.max(...ends)),
    cells: recordings.length,
    agents: new Set(tracks.map(({ agent }) => agent)).size,
    agentWindows: tracks.reduce((sum, { steps }) => sum + steps, 0),
    incidents: episodes[name],
  };
}

function commonWindow(cells: readonly CellRecorder[]): number {
  const lengths = new Map<number, number>();
  for (const cell of cells) {
    for (const [length, count] of cell.windowLengths) lengths.set(length, (lengths.get(length) ?? 0) + count);
  }
  return [...lengths].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0][0];
}

function mostAgents({ windows }: CellRecorder): number {
  return windows.reduce((most, { agents }) => Math.max(most, agents.length), 0);
}

function countsOf(names: readonly string[]): { readonly [name: string]: Json } {
  const counts: { [name: string]: number } = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function some(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}
