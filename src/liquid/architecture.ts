import { z } from 'zod';
import { withAdaptiveTime } from './cells/adaptive-time.ts';
import type { Cell } from './cells/cell.ts';
import { cfcCell } from './cells/cfc.ts';
import { ctRnnCell } from './cells/ct-rnn.ts';
import { gruCell } from './cells/gru.ts';
import { ltcCell } from './cells/ltc.ts';
import { withMixedMemory } from './cells/mixed-memory.ts';
import { wiredCfcCell } from './cells/wired-cfc.ts';
import { wiringSchema } from './wiring/wiring-spec.ts';

const mode = z.enum(['default', 'no-gate', 'pure']);

const plainSchemas = [
  z.strictObject({
    cell: z.literal('cfc'),
    mode,
    inputs: z.int(),
    units: z.int(),
    backboneUnits: z.int(),
    backboneLayers: z.int(),
  }),
  z.strictObject({ cell: z.literal('wired-cfc'), mode, inputs: z.int(), wiring: wiringSchema }),
  z.strictObject({ cell: z.literal('ltc'), inputs: z.int(), wiring: wiringSchema }),
  z.strictObject({ cell: z.literal('gru'), inputs: z.int(), units: z.int() }),
  z.strictObject({ cell: z.literal('ct-rnn'), inputs: z.int(), units: z.int() }),
] as const;

const plainSchema = z.discriminatedUnion('cell', plainSchemas);

/**
 * Every cell that a model file may name: five plain ones, and two that wrap one of these. A further kind is one more schema here, one more case in
 * cellOf and one more in onnx/cell-graph.ts.
 */
export const architectureSchema = z.discriminatedUnion('cell', [
  ...plainSchemas,
  z.strictObject({ cell: z.literal('mixed-memory'), inner: plainSchema }),
  z.strictObject({ cell: z.literal('adaptive-time'), load: z.array(z.int()).readonly(), inner: plainSchema }),
]);

export type Architecture = Readonly<z.infer<typeof architectureSchema>>;

/** Throws architecture-invalid or wiring-invalid where a size is none that can be. */
export function cellOf(architecture: Architecture): Cell {
  switch (architecture.cell) {
    case 'cfc':
      return cfcCell(architecture);
    case 'wired-cfc':
      return wiredCfcCell(architecture);
    case 'ltc':
      return ltcCell(architecture);
    case 'gru':
      return gruCell(architecture);
    case 'ct-rnn':
      return ctRnnCell(architecture);
    case 'mixed-memory':
      return withMixedMemory(cellOf(architecture.inner));
    case 'adaptive-time':
      return withAdaptiveTime(cellOf(architecture.inner), architecture.load);
  }
}

/** The innermost plain cell's number of inputs. */
export function inputsOf(architecture: Architecture): number {
  return architecture.cell === 'mixed-memory' || architecture.cell === 'adaptive-time'
    ? architecture.inner.inputs
    : architecture.inputs;
}
