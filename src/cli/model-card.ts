/** What is known of a model, for a person: data, split, metrics, calibration, evidence and limits. Nothing here is not in its file. */

import { BASELINE_MIN } from '../fleet/baseline.ts';
import type { Architecture } from '../liquid/architecture.ts';
import type { ReliabilityBin } from '../liquid/training/metrics.ts';
import { type WiringSpec, wire } from '../liquid/wiring/wiring-spec.ts';
import type { Json } from './command.ts';
import type { StoredModel } from './model-store.ts';
import { reliabilityPlot } from './reliability-plot.ts';
import { textTable } from './text-table.ts';

export interface ModelCard {
  readonly model: JsonObject;
  readonly data: JsonObject;
  readonly split: Json;
  readonly metrics: Json;
  /** When a score counts as an alarm, and what such alarms did on the test recordings; null for a network that gives no failure scores. */
  readonly alarms: Json;
  readonly calibration: Json;
  /** Whether the evidence is what moved the scores. */
  readonly explanation: Json;
  readonly limits: readonly string[];
}

type JsonObject = { readonly [name: string]: Json };

export function modelCard(stored: StoredModel): ModelCard {
  const { kind, path, shipped, model } = stored;
  const { splits, runs: _runs, training, limits: told, seen: _seen, warnings, ...data } = model.made;
  const { network } = model;
  return {
    model: {
      name: model.name,
      id: model.id,
      hash: model.hash,
      kind,
      path,
      shipped,
      cell: architectureInWords(network.architecture),
      inputs: network.cell.inputs,
      state: network.cell.state,
      outputs: network.outputs,
      parameters: parametersOf(stored),
    },
    data: { ...data, ...(training === undefined ? {} : { training }) } as JsonObject,
    split: (splits ?? null) as Json,
    metrics: model.metrics as Json,
    alarms: alarmsOf(stored),
    calibration: calibrationOf(stored),
    explanation: (model.metrics.explanation ?? null) as Json,
    limits: [...textsOf(told), ...textsOf(warnings), ...limitsOf(stored)],
  };
}

export function cardText({
  model,
  data,
  split,
  metrics,
  alarms,
  calibration,
  explanation,
  limits,
}: ModelCard): readonly string[] {
  return [
    ...section('model', model),
    ...section('data', data),
    ...section('split', split),
    ...metricsSection(metrics),
    ...section('alarms', alarms),
    ...calibrationSection(calibration),
    ...explanationSection(explanation),
    '',
    'limits',
    ...limits.map((limit) => `  - ${limit}`),
  ];
}

/** The card in a few lines: what somebody wants to know who has just trained it. */
export function cardSummary({ model, metrics, alarms, calibration, explanation }: ModelCard): readonly string[] {
  const rows = comparison(metrics);
  const { horizonMs, threshold, foreseen, leadMsMedian, falseAlarmsPerAgentHour } = objectOf(alarms);
  const { brier, brierSkill } = objectOf(calibration);
  return [
    `${String(model.id)}: ${String(model.cell)}`,
    ...textTable(COMPARED, rows).map((line) => `  ${line}`),
    `at ${short(threshold)} it foresees ${percent(foreseen)} of the failures within ${seconds(horizonMs)}` +
      `${leadMsMedian === null ? '' : `, half of them ${seconds(leadMsMedian)} or more ahead`}, with ${short(falseAlarmsPerAgentHour)} false alarms an agent and hour`,
    `its probabilities have a Brier score of ${short(brier)}, ${percent(brierSkill)} below that of the base rate`,
    ...explanationLines(explanation),
  ];
}

export function architectureInWords(architecture: Architecture): string {
  switch (architecture.cell) {
    case 'cfc': {
      const { mode, units, backboneLayers, backboneUnits } = architecture;
      const backbone = backboneLayers === 0 ? 'no backbone' : `backbone ${backboneLayers} x ${backboneUnits}`;
      return `CfC, ${mode}, ${units} units, ${backbone}`;
    }
    case 'wired-cfc':
      return `CfC, ${architecture.mode}, ${wiringInWords(architecture)}`;
    case 'ltc':
      return `LTC, ${wiringInWords(architecture)}`;
    case 'gru':
      return `GRU, ${architecture.units} units`;
    case 'ct-rnn':
      return `CT-RNN, ${architecture.units} units`;
    case 'mixed-memory':
      return `${architectureInWords(architecture.inner)}, mixed memory`;
    case 'adaptive-time':
      return `${architectureInWords(architecture.inner)}, adaptive time`;
  }
}

function wiringInWords({ wiring, inputs }: { readonly wiring: WiringSpec; readonly inputs: number }): string {
  const { units, adjacency, sensory } = wire(wiring, inputs);
  const synapses = [...adjacency, ...sensory].filter((polarity) => polarity !== 0).length;
  return `${units} units, ${synapses} synapses`;
}

/** Entries that a mask rules out are no parameters. */
function parametersOf({ model }: StoredModel): number {
  return model.network.layout.blocks.reduce(
    (sum, { rows, columns, mask }) => sum + (mask === undefined ? rows * columns : mask.reduce((a, b) => a + b, 0)),
    0,
  );
}

function alarmsOf(stored: StoredModel): Json {
  if (stored.kind === 'network') return null;
  const { horizonMs, threshold, metrics } = stored.model;
  const { failures, foreseen, noticed, leadMsMedian, falseAlarmsPerAgentHour } = objectOf(
    objectOf(metrics.failure).alarms,
  );
  return {
    horizonMs,
    threshold,
    failures: failures ?? null,
    foreseen: foreseen ?? null,
    noticed: noticed ?? null,
    leadMsMedian: leadMsMedian ?? null,
    falseAlarmsPerAgentHour: falseAlarmsPerAgentHour ?? null,
    falseAlarmsPerAgentHourWithoutFaults: (metrics.falseAlarmsPerAgentHourWithoutFaults ?? null) as Json,
  };
}

function calibrationOf(stored: StoredModel): Json {
  if (stored.kind === 'network') return null;
  const { calibration, metrics } = stored.model;
  const { brier = null, brierOfBaseRate = null, reliability = null } = objectOf(metrics.failure);
  const { chosen = 'platt', brierHeldBack = null } = objectOf(metrics.calibration);
  const { slope, intercept, bends = [] } = calibration;
  return {
    method: chosen,
    slope,
    intercept,
    ...(bends.length === 0 ? {} : { bends: bends.map((bend) => ({ ...bend })) }),
    brierHeldBack,
    brier,
    brierOfBaseRate,
    /** 1 is certainty that holds, 0 no better than the base rate. */
    brierSkill:
      typeof brier === 'number' && typeof brierOfBaseRate === 'number' && brierOfBaseRate > 0
        ? 1 - brier / brierOfBaseRate
        : null,
    reliability,
  };
}

function limitsOf(stored: StoredModel): readonly string[] {
  if (stored.kind === 'network') {
    const { command, data } = stored.model.made;
    return [
      command === 'aura model import'
        ? 'imported as it is: what it was trained on and how well it does is not known here'
        : `trained on ${String(data ?? 'data that its file does not name')}; on other data its figures are not known`,
      'not run by the pipeline: its outputs are no failure scores of agents',
    ];
  }
  const { horizonMs, elapsedMaxMs, made, metrics } = stored.model;
  return [
    `trained on ${String(made.data ?? 'data that its file does not name')}; on other fleets its figures are not known`,
    `says nothing about failures later than ${horizonMs / 1000} s after the window`,
    `a gap between windows longer than ${elapsedMaxMs / 1000} s counts as ${elapsedMaxMs / 1000} s, the longest it was trained on`,
    ...unseen(made),
    `confidence is low in an agent's first ${BASELINE_MIN} windows, before its baselines stand`,
    ...fewFailures(metrics),
    ...beatenBy(metrics),
  ];
}

/** What it was trained on says what it has not seen. */
function unseen(made: Readonly<Record<string, unknown>>): readonly string[] {
  const { windowsMs, agentsPerCell, failures } = seenOf(made);
  const { least, most } = objectOf(agentsPerCell);
  return [
    ...(Array.isArray(windowsMs) && windowsMs.length > 0
      ? [`has seen windows of ${windowsMs.map((ms) => Number(ms) / 1000).join(', ')} s and no others`]
      : []),
    ...(least === undefined || most === undefined
      ? []
      : [
          `has seen cells of ${least === most ? String(most) : `${String(least)} to ${String(most)}`} agents and none larger or smaller`,
        ]),
    ...(Array.isArray(failures) && failures.length > 0
      ? [`has seen failures of these kinds and no others: ${failures.map(String).join(', ')}`]
      : []),
  ];
}

/** Said outright in newer files; of the reference fleet's runs it can be read off their list. */
function seenOf(made: Readonly<Record<string, unknown>>): JsonObject {
  if (made.seen !== undefined) return objectOf(made.seen);
  const runs = Array.isArray(made.runs) ? made.runs.map(objectOf) : [];
  const agents = runs.map((run) => Number(run.agents)).filter(Number.isFinite);
  if (agents.length === 0) return {};
  return {
    windowsMs: [...new Set(runs.map(({ windowMs }) => Number(windowMs)))].sort((a, b) => a - b),
    agentsPerCell: { least: Math.min(...agents), most: Math.max(...agents) },
  };
}

/** Below so many a share of them is a guess: its 95 % interval is some 30 points wide or more. */
const FAILURES_FEW = 40;

function fewFailures(metrics: Readonly<Record<string, unknown>>): readonly string[] {
  const { failures } = objectOf(objectOf(metrics.failure).alarms);
  if (typeof failures !== 'number' || failures >= FAILURES_FEW) return [];
  return [`measured on ${failures} failures: too few for its shares and rates to be more than a hint`];
}

/** Simple methods that were no worse at foresight on the same recordings, and the model that it began with. */
function beatenBy(metrics: Readonly<Record<string, unknown>>): readonly string[] {
  const own = onsetAuc(metrics.failure);
  const { model: startId, ...start } = objectOf(metrics.start);
  const rivals: [string, number][] = [
    ...Object.entries(objectOf(metrics.baselines)).map(([name, report]): [string, number] => [name, onsetAuc(report)]),
    ...(startId === undefined
      ? []
      : [[`${String(startId)}, which it began with,`, onsetAuc(start)] as [string, number]]),
  ];
  return rivals
    .filter(([, auc]) => auc >= own)
    .map(([name, auc]) => `no better than ${name} at foresight: AUC ${own.toFixed(3)} against ${auc.toFixed(3)}`);
}

function onsetAuc(report: unknown): number {
  const auc = objectOf(objectOf(report).onset).auc;
  return typeof auc === 'number' ? auc : Number.NaN;
}

const COMPARED = ['', 'AUC', 'AP', 'AUC onset', 'AP onset', 'foreseen', 'noticed', 'false alarms/h'];

/** The model, simple methods, and the model with inputs put to normal, a row each. */
function comparison(metrics: Json): readonly (readonly string[])[] {
  const { failure, baselines, withInputsSetToNormal, start } = objectOf(metrics);
  if (failure === undefined) return [];
  const { model: startId, ...started } = objectOf(start);
  return [
    comparedRow('this model', failure),
    ...(startId === undefined ? [] : [comparedRow(`${String(startId)}, its start`, started)]),
    ...Object.entries(objectOf(baselines)).map(([name, report]) => comparedRow(name, report)),
    ...Object.entries(objectOf(withInputsSetToNormal)).map(([name, report]) => comparedRow(`without ${name}`, report)),
  ];
}

function comparedRow(name: string, report: Json): readonly string[] {
  const { all, onset, alarms } = objectOf(report);
  const { foreseen, noticed, falseAlarmsPerAgentHour } = objectOf(alarms);
  const figure = (of: Json | undefined, key: string): string => {
    const value = objectOf(of)[key];
    return typeof value === 'number' ? value.toFixed(3) : '';
  };
  return [
    name,
    figure(all, 'auc'),
    figure(all, 'ap'),
    figure(onset, 'auc'),
    figure(onset, 'ap'),
    percent(foreseen),
    percent(noticed),
    typeof falseAlarmsPerAgentHour === 'number' ? short(falseAlarmsPerAgentHour) : '',
  ];
}

function metricsSection(metrics: Json): readonly string[] {
  const rows = comparison(metrics);
  if (rows.length === 0) return section('metrics', metrics);
  const { about, failure } = objectOf(metrics);
  const { all, onset } = objectOf(failure);
  return [
    '',
    'metrics',
    ...(about === undefined ? [] : [`  ${String(about)}`]),
    `  windows of agents: ${short(objectOf(all).cases)}, a failure within the horizon in ${short(objectOf(all).positives)};`,
    `  onset, those alone whose agent had not failed yet: ${short(objectOf(onset).cases)} and ${short(objectOf(onset).positives)}`,
    ...textTable(COMPARED, rows).map((line) => `  ${line}`),
    '  all of them with --json',
  ];
}

function calibrationSection(calibration: Json): readonly string[] {
  const { reliability, bends, ...rest } = objectOf(calibration);
  if (!isTable(reliability)) return section('calibration', calibration);
  const pieces = Array.isArray(bends) ? { pieces: bends.length + 1 } : {};
  return [
    ...section('calibration', { ...rest, ...pieces }),
    '',
    ...reliabilityPlot(reliability as unknown as readonly ReliabilityBin[]).map((line) => `  ${line}`),
    '',
    ...tableLines(reliability, '  '),
  ];
}

function explanationSection(explanation: Json): readonly string[] {
  const lines = explanationLines(explanation);
  return lines.length === 0 ? section('explanation', null) : ['', 'explanation', ...lines.map((line) => `  ${line}`)];
}

function explanationLines(explanation: Json): readonly string[] {
  const { cases, windows, ablations } = objectOf(explanation);
  if (!Array.isArray(ablations)) return [];
  return ablations.map((one: Json) => {
    const { groups, aboveRandom, aboveLeast, medianDrop } = objectOf(one);
    const { named, random, least } = objectOf(medianDrop);
    const what = groups === 1 ? 'the signal named first' : `the ${short(groups)} signals named first`;
    return (
      `${what}, put to normal over ${short(windows)} windows: the score falls by ${thousandths(named)} (median of ${short(cases)} alarms); ` +
      `${groups === 1 ? 'another in its' : 'others in their'} place: by ${thousandths(random)}, less in ${percent(aboveRandom)}; ` +
      `the least named: by ${thousandths(least)}, less in ${percent(aboveLeast)}`
    );
  });
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function section(title: string, value: Json): readonly string[] {
  return ['', title, ...(value === null ? ['  not in its file'] : linesOf(value, '  '))];
}

function linesOf(value: Json, indent: string): readonly string[] {
  if (!isObject(value)) return [`${indent}${short(value)}`];
  const entries = Object.entries(value);
  const width = Math.max(0, ...entries.filter(([, inner]) => !isNested(inner)).map(([key]) => key.length));
  return entries.flatMap(([key, inner]) => {
    if (isTable(inner)) return [`${indent}${key}`, ...tableLines(inner, `${indent}  `)];
    if (isObject(inner)) return [`${indent}${key}`, ...linesOf(inner, `${indent}  `)];
    return [`${indent}${key.padEnd(width)}  ${short(inner)}`];
  });
}

function tableLines(rows: readonly JsonObject[], indent: string): readonly string[] {
  const header = Object.keys(rows[0]);
  return textTable(
    header,
    rows.map((row) => header.map((name) => short(row[name] ?? null))),
  ).map((line) => indent + line);
}

function isNested(value: Json): boolean {
  return isObject(value) || isTable(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTable(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

function short(value: Json | undefined): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function thousandths(value: Json | undefined): string {
  return typeof value === 'number' ? value.toFixed(3) : '';
}

function percent(value: Json | undefined): string {
  return typeof value === 'number' ? `${(100 * value).toFixed(1)} %` : '';
}

function seconds(value: Json | undefined): string {
  return typeof value === 'number' ? `${value / 1000} s` : '';
}
