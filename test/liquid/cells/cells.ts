import type { Architecture } from '../../../src/liquid/architecture.ts';

const cfc = (mode: 'default' | 'no-gate' | 'pure', backboneLayers: number, inputs: number, units: number) =>
  ({ cell: 'cfc', mode, inputs, units, backboneUnits: backboneLayers === 0 ? 0 : 5, backboneLayers }) as const;

/** Every kind of cell at some small size: name and architecture. */
export function smallCells(inputs: number, units: number): readonly (readonly [string, Architecture])[] {
  const full = { kind: 'fully-connected', units, outputs: units, seed: 3, selfConnections: true } as const;
  const sparse = { kind: 'auto-ncp', units: units + 4, outputs: 2, sparsity: 0.5, seed: 3 } as const;
  return [
    ['CfC default', cfc('default', 1, inputs, units)],
    ['CfC default, two backbone layers', cfc('default', 2, inputs, units)],
    ['CfC default, no backbone', cfc('default', 0, inputs, units)],
    ['CfC no-gate', cfc('no-gate', 1, inputs, units)],
    ['CfC pure', cfc('pure', 1, inputs, units)],
    ['CfC with mixed memory', { cell: 'mixed-memory', inner: cfc('default', 1, inputs, units) }],
    [
      'CfC with adaptive time',
      { cell: 'adaptive-time', load: [0, inputs - 1], inner: cfc('default', 1, inputs, units) },
    ],
    ['CfC wired as an NCP', { cell: 'wired-cfc', mode: 'default', inputs, wiring: sparse }],
    ['CfC no-gate, fully connected wiring', { cell: 'wired-cfc', mode: 'no-gate', inputs, wiring: full }],
    ['CfC pure, wired as an NCP', { cell: 'wired-cfc', mode: 'pure', inputs, wiring: sparse }],
    ['LTC', { cell: 'ltc', inputs, wiring: full }],
    ['LTC wired as an NCP', { cell: 'ltc', inputs, wiring: sparse }],
    ['LTC with mixed memory', { cell: 'mixed-memory', inner: { cell: 'ltc', inputs, wiring: sparse } }],
    ['LTC with adaptive time', { cell: 'adaptive-time', load: [1], inner: { cell: 'ltc', inputs, wiring: sparse } }],
    [
      'wired CfC with mixed memory',
      { cell: 'mixed-memory', inner: { cell: 'wired-cfc', mode: 'default', inputs, wiring: sparse } },
    ],
    ['GRU', { cell: 'gru', inputs, units }],
    ['CT-RNN', { cell: 'ct-rnn', inputs, units }],
  ];
}
