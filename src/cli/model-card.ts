/** What is known of a model, for a person: data, split, metrics, calibration and limits. Nothing here is not in its file. */

import { BASELINE_MIN } from '../fleet/baseline.ts';
import type { Architecture } from '../liquid/architecture.ts';
import { type WiringSpec, wire } from '../liquid/wiring/wiring-spec.ts';
import type { Json } from './command.ts';
import type { StoredModel } from './model-store.ts';
import { textTable } from './text-table.ts';

export interface ModelCard {
  readonly model: { readonly [name: string]: Json };
  readonly data: { readonly [name: string]: Json };
  readonly split: Json;
  readonly metrics: Json;
  readonly calibration: Json;
  readonly limits: readonly string[];
}

export function modelCard(stored: StoredModel): ModelCard {
  const { kind, path, shipped, model } = stored;
  const { splits, runs: _runs, training, limits: told, ...data } = model.made;
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
    data: { ...data, ...(training === undefined ? {} : { training }) } as { readonly [name: string]: Json },
    split: (splits ?? null) as Json,
    metrics: model.metrics as Json,
    calibration: calibrationOf(stored),
    limits: [...(Array.isArray(told) ? told.map(String) : []), ...limitsOf(stored)],
  };
}

export function cardText({ model, data, split, metrics, calibration, limits }: ModelCard): readonly string[] {
  return [
    ...section('model', model),
    ...section('data', data),
    ...section('split', split),
    ...section('metrics', metrics),
    ...section('calibration', calibration),
    '',
    'limits',
    ...limits.map((limit) => `  - ${limit}`),
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

function calibrationOf(stored: StoredModel): Json {
  if (stored.kind === 'network') return null;
  const { calibration, metrics } = stored.model;
  const failure = objectOf(metrics.failure);
  return {
    ...calibration,
    brier: failure.brier ?? null,
    brierOfBaseRate: failure.brierOfBaseRate ?? null,
    reliability: failure.reliability ?? null,
  };
}

function limitsOf(stored: StoredModel): readonly string[] {
  if (stored.kind === 'network') {
    return [
      'imported as it is: what it was trained on and how well it does is not known here',
      'not calibrated, and not run by the pipeline: its outputs are no failure scores',
    ];
  }
  const { horizonMs, elapsedMaxMs, made, metrics } = stored.model;
  return [
    `trained on ${String(made.data ?? 'data that its file does not name')}; on other fleets its figures are not known`,
    `says nothing about failures later than ${horizonMs / 1000} s after the window`,
    `a gap between windows longer than ${elapsedMaxMs / 1000} s counts as ${elapsedMaxMs / 1000} s, the longest it was trained on`,
    `confidence is low in an agent's first ${BASELINE_MIN} windows, before its baselines stand`,
    ...beatenBy(metrics),
  ];
}

/** Simple methods that were no worse at foresight on the same recordings. */
function beatenBy(metrics: Readonly<Record<string, unknown>>): readonly string[] {
  const auc = (report: unknown): number => Number(objectOf(objectOf(report).onset).auc ?? Number.NaN);
  const own = auc(metrics.failure);
  return Object.entries(objectOf(metrics.baselines))
    .filter(([, report]) => auc(report) >= own)
    .map(
      ([name, report]) =>
        `no better than ${name} at foresight: AUC ${own.toFixed(3)} against ${auc(report).toFixed(3)}`,
    );
}

function objectOf(value: unknown): { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: Json }) : {};
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

function tableLines(rows: readonly { readonly [name: string]: Json }[], indent: string): readonly string[] {
  const header = Object.keys(rows[0]);
  return textTable(
    header,
    rows.map((row) => header.map((name) => short(row[name] ?? null))),
  ).map((line) => indent + line);
}

function isNested(value: Json): boolean {
  return isObject(value) || isTable(value);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTable(value: Json): value is readonly { readonly [name: string]: Json }[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

function short(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}
