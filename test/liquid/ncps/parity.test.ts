/** Golden values of ncps 695ec22 in torch 1.13 (float32): ncps_parity.json of the recorded data. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importNcps } from '../../../src/liquid/ncps/import-ncps.ts';
import { explicitSpec } from '../../../src/liquid/wiring/explicit.ts';
import { wire } from '../../../src/liquid/wiring/wiring-spec.ts';

const file = `${process.env.AURA_DATA ?? '../shared/data'}/ncps_parity.json`;
const present = existsSync(file);
const models: Readonly<Record<string, unknown>> = present ? JSON.parse(readFileSync(file, 'utf8')) : {};

const cases = [
  ['cfc_default', { cell: 'cfc', mode: 'default' }],
  ['cfc_pure', { cell: 'cfc', mode: 'pure' }],
  // Its weights look like those of the default; the recorded outputs tell.
  ['cfc_no_gate', { cell: 'cfc', mode: 'no-gate' }],
  ['cfc_mixed', { cell: 'mixed-memory', inner: { cell: 'cfc', mode: 'default' } }],
  ['cfc_autoncp', { cell: 'wired-cfc', mode: 'default' }],
  ['ltc_full', { cell: 'ltc' }],
  ['ltc_autoncp', { cell: 'ltc' }],
] as const;

describe.skipIf(!present)(present ? 'an imported model equals ncps' : `left out: no ${file}`, () => {
  test('and none of the recorded models is left out', () => {
    expect(Object.keys(models).sort()).toEqual(cases.map(([name]) => name).sort());
  });

  test.each(cases)('%s: outputs of every step and the last state, to 1e-6', (name, architecture) => {
    const { network, difference } = importNcps(models[name]);
    expect(network.architecture).toMatchObject(architecture);
    expect(difference?.steps).toBe(5);
    expect(difference?.largest).toBeLessThan(1e-6);
  });

  test('its masks and polarities are those that ncps wires from its default seeds', () => {
    const sparse = explicitSpec(wire({ kind: 'auto-ncp', units: 12, outputs: 2, sparsity: 0.5, seed: 22_222 }, 4));
    const full = explicitSpec(
      wire({ kind: 'fully-connected', units: 6, outputs: 6, seed: 1111, selfConnections: true }, 4),
    );
    for (const [name, { adjacency, sensory }] of [
      ['ltc_autoncp', sparse],
      ['ltc_full', full],
    ] as const) {
      expect(importNcps(models[name]).network.architecture).toMatchObject({ wiring: { adjacency, sensory } });
    }
    // A CfC's masks know no polarity, and only what leads from layer to layer.
    const { network } = importNcps(models.cfc_autoncp);
    const unsigned = (rows: readonly string[]) => rows.map((row) => row.replaceAll('-', '+'));
    expect(network.architecture).toMatchObject({
      wiring: { layers: sparse.layers, sensory: unsigned(sparse.sensory) },
    });
  });
});
