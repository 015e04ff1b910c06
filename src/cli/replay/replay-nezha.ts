/** Nezha's recordings (ESEC/FSE 2023) through the whole pipeline, and what came of it against the faults that were injected. */
import type { Snapshot } from '../../../schemas/records.ts';
import { fleetKey } from '../../fleet/ids.ts';
import type { Engine } from '../engine.ts';
import { ReplayError } from './errors.ts';
import { type Ablation, ablations, scoreWithout } from './evaluate/ablations.ts';
import { falseAlarms } from './evaluate/alarms.ts';
import { breachMs, namedBy } from './evaluate/breaches.ts';
import { floorSuspicion } from './evaluate/floor.ts';
import { type Ranking, rankingOf, rankOf, suspicion } from './evaluate/ranking.ts';
import { openFolder } from './nezha/folder.ts';
import { readFront } from './nezha/front.ts';
import { type Fault, readLabels, recordedFaults } from './nezha/labels.ts';
import { type RecordedDay, readDay } from './nezha/telemetry.ts';
import { play, type Speed } from './play.ts';
import { type ScoredWindow, scoredWindow } from './score-book.ts';
import { type LogChoice, openSession, type Session } from './session.ts';
import { type Counts, Watch } from './watch.ts';

export interface ReplayOptions {
  readonly folder: string;
  readonly log: LogChoice;
  readonly speed: Speed;
  readonly engine: Engine;
  /** Only what was recorded before this, in ms since the epoch, is played. Null: all of it. */
  readonly untilMs: number | null;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface Progress {
  readonly fleet: string;
  /** Event time reached, and where the day begins and ends. */
  readonly timeMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: Counts;
}

/** By system, such as OB and TT. */
export type RankingBySystem = Readonly<Record<string, Ranking>>;

export interface FaultResult {
  readonly fault: Fault;
  /** Place of the service at fault, from 1. */
  readonly rank: number;
  readonly floorRank: number;
  /** When the front end's service level was breached; null: never. */
  readonly breachMs: number | null;
  readonly namedBeforeBreach: boolean;
}

export interface ReplayResult {
  readonly log: LogChoice['kind'];
  readonly model: string;
  readonly counts: Counts;
  readonly undecided: number;
  readonly latenciesMs: readonly number[];
  readonly storedDecisions: number;
  readonly faults: readonly FaultResult[];
  /** Faults of labels.csv that the recording does not hold; they are not judged. */
  readonly unrecordedFaults: number;
  readonly ranking: RankingBySystem;
  readonly floor: RankingBySystem;
  readonly ablations: Readonly<Record<Ablation, RankingBySystem>>;
  readonly falseAlarms: number;
  readonly faultFreeHours: number;
  readonly playedMs: number;
  readonly tookMs: number;
}

/** What the pipeline published of one fleet. */
interface Published {
  readonly scores: ScoredWindow[];
  readonly snapshots: Snapshot[];
}

/** Throws ReplayError, or what a pipeline failed with. */
export async function replayNezha(options: ReplayOptions): Promise<ReplayResult> {
  const startedMs = performance.now();
  const { days, labels } = await openFolder(options.folder);
  const known = labels === null ? [] : await readLabels(labels);
  const failure = Promise.withResolvers<never>();
  // Whoever waits hears of it; where nobody does any more, the run is over.
  failure.promise.catch(() => undefined);
  const published = new Map<string, Published>();
  const of = (tenant: string, fleet: string): Published => {
    const key = fleetKey(tenant, fleet);
    const found = published.get(key) ?? { scores: [], snapshots: [] };
    published.set(key, found);
    return found;
  };

  const session = await openSession(options.log, options.engine, failure.reject);
  try {
    const { log, pipelines, genuine } = session;
    const watch = await Watch.start(log, pipelines.topics, genuine, {
      snapshot: (snapshot) => void of(snapshot.tenant, snapshot.fleet).snapshots.push(snapshot),
      scores: (scores) => void of(scores.tenant, scores.fleet).scores.push(scoredWindow(scores)),
      failed: failure.reject,
    });
    try {
      const judged: Judged[] = [];
      let playedMs = 0;
      let unrecordedFaults = 0;
      for (const files of days) {
        const day = cut(await readDay(files), options.untilMs);
        if (day.telemetry.length === 0) continue;
        const own = of(day.fleet.tenant, day.fleet.fleet);
        await Promise.race([playDay(day, own, watch, session, options), failure.promise]);
        const labelled = known.filter(
          (fault) =>
            fault.system === files.system &&
            fault.day === files.day &&
            (options.untilMs === null || fault.endMs <= options.untilMs),
        );
        const faults = recordedFaults(labelled, day.telemetry);
        unrecordedFaults += labelled.length - faults.length;
        judged.push(await judge(day, own, faults, options.engine));
        playedMs += spanMs(day);
      }
      if (judged.length === 0) {
        const before = options.untilMs === null ? '' : ` before ${new Date(options.untilMs).toISOString()}`;
        throw new ReplayError('data-missing', `${options.folder} holds nothing that was recorded${before}`);
      }
      const storedDecisions = await Promise.race([session.storedDecisions(watch.decisions), failure.promise]);
      return {
        log: options.log.kind,
        model: options.engine.model.id,
        counts: { ...watch.counts },
        undecided: watch.undecided,
        latenciesMs: watch.latenciesMs,
        storedDecisions,
        faults: judged.flatMap(({ faults }) => faults),
        unrecordedFaults,
        ranking: bySystem(judged, ({ rank }) => rank),
        floor: bySystem(judged, ({ floorRank }) => floorRank),
        ablations: ablated(judged),
        falseAlarms: sum(judged.map(({ alarms }) => alarms)),
        faultFreeHours: sum(judged.map(({ hours }) => hours)),
        playedMs,
        tookMs: performance.now() - startedMs,
      };
    } catch (error) {
      throw explained(error, session.trouble());
    } finally {
      await watch.close();
    }
  } finally {
    await session.close();
  }
}

/** Where the pipeline stood still because a task keeps failing, that is what to tell. */
function explained(error: unknown, trouble: readonly string[]): unknown {
  if (!(error instanceof ReplayError) || error.code !== 'replay-stalled' || trouble.length === 0) return error;
  return new ReplayError(error.code, `${error.message}; ${trouble.join('; ')}`, { cause: error });
}

async function playDay(
  day: RecordedDay,
  own: Published,
  watch: Watch,
  { log, pipelines }: Session,
  { speed, signal, onProgress }: ReplayOptions,
): Promise<void> {
  const { telemetry, fleet } = day;
  const fromMs = telemetry[0].timeMs;
  const toMs = telemetry[telemetry.length - 1].timeMs;
  await play(fleet, telemetry, {
    log,
    topics: pipelines.topics,
    watch,
    speed,
    signal,
    scoredMs: () => own.scores.at(-1)?.endMs ?? null,
    onProgress: (timeMs) => onProgress({ fleet: fleet.fleet, timeMs, fromMs, toMs, counts: watch.counts }),
  });
}

interface Judged {
  readonly system: string;
  readonly faults: readonly FaultResult[];
  readonly ablatedRanks: Readonly<Record<Ablation, readonly number[]>>;
  readonly alarms: number;
  readonly hours: number;
}

/** The only place where labels are used. */
async function judge(day: RecordedDay, own: Published, faults: readonly Fault[], engine: Engine): Promise<Judged> {
  const { model, step } = engine;
  const front = day.files.front === null ? [] : await readFront(day.files.front);
  const results = faults.map((fault): FaultResult => {
    const breach = breachMs(front, fault);
    return {
      fault,
      rank: rankOf(fault.service, suspicion(own.scores, fault)),
      floorRank: rankOf(fault.service, floorSuspicion(day.metrics, fault)),
      breachMs: breach,
      // A window closes a grace after its end; what closes as the breach is measured comes too late.
      namedBeforeBreach: breach !== null && namedBy(own.scores, fault, breach - day.fleet.graceMs, model.threshold),
    };
  });
  const ablatedRanks: Record<Ablation, number[]> = { noTopology: [], noLiquid: [], neither: [] };
  for (const ablation of ablations) {
    const windows = await scoreWithout(ablation, own.snapshots, model, step);
    ablatedRanks[ablation] = faults.map((fault) => rankOf(fault.service, suspicion(windows, fault)));
  }
  const { alarms, hours } = falseAlarms(own.scores, faults, model.threshold, day.fleet.windowMs);
  return { system: day.files.system, faults: results, ablatedRanks, alarms, hours };
}

function bySystem(judged: readonly Judged[], rank: (result: FaultResult) => number): RankingBySystem {
  return rankings(judged, ({ faults }) => faults.map(rank));
}

function ablated(judged: readonly Judged[]): Record<Ablation, RankingBySystem> {
  const of = (ablation: Ablation) => rankings(judged, ({ ablatedRanks }) => ablatedRanks[ablation]);
  return { noTopology: of('noTopology'), noLiquid: of('noLiquid'), neither: of('neither') };
}

function rankings(judged: readonly Judged[], ranksOf: (day: Judged) => readonly number[]): RankingBySystem {
  const systems = [...new Set(judged.map(({ system }) => system))];
  return Object.fromEntries(
    systems.map((system) => [system, rankingOf(judged.filter((day) => day.system === system).flatMap(ranksOf))]),
  );
}

function cut(day: RecordedDay, untilMs: number | null): RecordedDay {
  if (untilMs === null) return day;
  return { ...day, telemetry: day.telemetry.filter(({ timeMs }) => timeMs < untilMs) };
}

function spanMs({ telemetry }: RecordedDay): number {
  return telemetry[telemetry.length - 1].timeMs - telemetry[0].timeMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
