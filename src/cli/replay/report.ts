/** The result of a replay as JSON and as words. */
import type { Answer, Json } from '../command.ts';
import { textTable } from '../text-table.ts';
import { ablations } from './evaluate/ablations.ts';
import { type Ranking, rankText } from './evaluate/ranking.ts';
import type { FaultResult, RankingBySystem, ReplayResult } from './replay-nezha.ts';

export function report(result: ReplayResult): Answer {
  return { json: toJson(result), text: toText(result) };
}

function toJson(result: ReplayResult): Answer['json'] {
  const { counts, faults } = result;
  const breached = faults.filter(({ breachMs }) => breachMs !== null);
  return {
    log: result.log,
    heartbeats: counts.heartbeats,
    interactions: counts.interactions,
    snapshots: counts.snapshots,
    scores: counts.scores,
    proposals: counts.proposals,
    decisions: { approved: counts.approved, rejected: counts.rejected },
    outcomes: counts.outcomes,
    deadLetters: counts.deadLetters,
    late: counts.late,
    latencyMs: { p50: quantile(result.latenciesMs, 0.5), p99: quantile(result.latenciesMs, 0.99) },
    rows: { decisions: result.storedDecisions },
    unrecordedFaults: result.unrecordedFaults,
    ranking: systems(result.ranking),
    floor: systems(result.floor),
    ablations: Object.fromEntries(ablations.map((name) => [name, systems(result.ablations[name])])),
    falseAlarmsPerHour: rate(result),
    faultFreeHours: rounded(result.faultFreeHours, 3),
    namedBeforeBreach: { breaches: breached.length, named: named(breached) },
    model: result.model,
    seconds: rounded(result.tookMs / 1000, 1),
  };
}

function toText(result: ReplayResult): string[] {
  const { counts, faults, latenciesMs } = result;
  const hours = (result.playedMs / 3_600_000).toFixed(1);
  const took = result.tookMs / 1000;
  const lines = [
    `${hours} h of telemetry in ${took.toFixed(1)} s, model ${result.model}`,
    `${counts.heartbeats} heartbeats, ${counts.interactions} interactions, ${counts.snapshots} snapshots, ${counts.scores} scores; ` +
      `${counts.deadLetters} dead letters, ${counts.late} late`,
    `${counts.proposals} proposals, ${counts.approved} approved and ${counts.rejected} rejected (dry-run), ${result.storedDecisions} decisions in the history; ` +
      `latency p50 ${ms(latenciesMs, 0.5)}, p99 ${ms(latenciesMs, 0.99)}`,
  ];
  if (result.unrecordedFaults > 0) {
    lines.push(
      `${result.unrecordedFaults} faults of labels.csv are not judged: nothing was recorded while they lasted`,
    );
  }
  if (faults.length === 0) return [...lines, 'no labels for these days, so nothing to score against'];
  const breached = faults.filter(({ breachMs }) => breachMs !== null);
  return [
    ...lines,
    '',
    ...textTable(['fault', 'service', 'kind', 'rank', 'floor', 'breach'], faults.map(row)),
    '',
    ...textTable(
      ['', 'system', 'faults', 'AS@1', 'AS@3', 'AS@5'],
      [
        ...rankingRows('pipeline', result.ranking),
        ...rankingRows('without topology', result.ablations.noTopology),
        ...rankingRows('without liquid', result.ablations.noLiquid),
        ...rankingRows('without either', result.ablations.neither),
        ...rankingRows('floor: largest z-score', result.floor),
      ],
    ),
    '',
    `${result.falseAlarms} false alarms in ${result.faultFreeHours.toFixed(1)} fault-free hours: ${rate(result) ?? 'no rate'} an hour`,
    `${named(breached)} of ${breached.length} services at fault named before the front end's breach`,
  ];
}

function row({ fault, rank, floorRank, breachMs, namedBeforeBreach }: FaultResult): string[] {
  const after =
    breachMs === null ? '' : `+${(breachMs - fault.injectMs) / 1000} s${namedBeforeBreach ? ', named' : ''}`;
  const at = new Date(fault.injectMs).toISOString().slice(0, 16).replace('T', ' ');
  return [at, fault.service, fault.kind, rankText(rank), rankText(floorRank), after];
}

function rankingRows(name: string, by: RankingBySystem): string[][] {
  const percent = (share: number) => (100 * share).toFixed(1);
  return Object.entries(by).map(([system, { faults, at1, at3, at5 }]) => [
    name,
    system,
    String(faults),
    percent(at1),
    percent(at3),
    percent(at5),
  ]);
}

function systems(by: RankingBySystem): Json {
  return Object.fromEntries(Object.entries(by).map(([system, ranking]) => [system, shares(ranking)]));
}

function shares({ faults, at1, at3, at5 }: Ranking): Json {
  return { faults, at1: rounded(at1, 4), at3: rounded(at3, 4), at5: rounded(at5, 4) };
}

/** Null: no fault-free hour was played. */
function rate({ falseAlarms, faultFreeHours }: ReplayResult): number | null {
  return faultFreeHours === 0 ? null : rounded(falseAlarms / faultFreeHours, 4);
}

function named(breached: readonly FaultResult[]): number {
  return breached.filter(({ namedBeforeBreach }) => namedBeforeBreach).length;
}

/** Null: there was no decision. */
function quantile(values: readonly number[], q: number): number | null {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function ms(values: readonly number[], q: number): string {
  const value = quantile(values, q);
  return value === null ? 'none' : `${value} ms`;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
