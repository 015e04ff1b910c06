import type { Architecture } from './architecture.ts';

/** The sizes that variants are compared at. */
export interface VariantSizes {
  readonly inputs: number;
  readonly units: number;
  /** Motor neurons of the wired ones. */
  readonly outputs: number;
  readonly backboneUnits: number;
  /** Inputs that tell the load, for the adaptive one. */
  readonly load: readonly number[];
  /** Of the wirings. */
  readonly seed: number;
}

/**
 * The liquid networks that AURA trains and compares, each a few words on shared parts; `gru` and `ct-rnn` are there to be compared with. What each
 * is worth is measured, not assumed.
 */
export const VARIANTS = {
  ltc: ({ inputs, units, seed }) => ({
    cell: 'ltc',
    inputs,
    wiring: { kind: 'fully-connected', units, outputs: units, seed, selfConnections: true },
  }),
  cfc: (sizes) => cfc('default', sizes),
  'cfc-pure': (sizes) => cfc('pure', sizes),
  'cfc-no-gate': (sizes) => cfc('no-gate', sizes),
  'cfc-mixed-memory': (sizes) => ({ cell: 'mixed-memory', inner: cfc('default', sizes) }),
  'ltc-ncp': ({ inputs, ...sizes }) => ({ cell: 'ltc', inputs, wiring: sparse(sizes) }),
  'cfc-ncp': ({ inputs, ...sizes }) => ({ cell: 'wired-cfc', mode: 'default', inputs, wiring: sparse(sizes) }),
  'cfc-adaptive': (sizes) => ({ cell: 'adaptive-time', load: sizes.load, inner: cfc('default', sizes) }),
  gru: ({ inputs, units }) => ({ cell: 'gru', inputs, units }),
  'ct-rnn': ({ inputs, units }) => ({ cell: 'ct-rnn', inputs, units }),
} as const satisfies Readonly<Record<string, (sizes: VariantSizes) => Architecture>>;

export type VariantName = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as readonly VariantName[];

function cfc(mode: 'default' | 'pure' | 'no-gate', { inputs, units, backboneUnits }: VariantSizes) {
  return { cell: 'cfc', mode, inputs, units, backboneUnits, backboneLayers: 1 } as const;
}

function sparse({ units, outputs, seed }: Pick<VariantSizes, 'units' | 'outputs' | 'seed'>) {
  return { kind: 'auto-ncp', units, outputs, sparsity: 0.5, seed } as const;
}
