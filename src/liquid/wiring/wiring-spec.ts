import { z } from 'zod';
import { autoNcp } from './auto-ncp.ts';
import { explicit } from './explicit.ts';
import { fullyConnected } from './fully-connected.ts';
import { ncp } from './ncp.ts';
import { checkCount, type Wiring } from './wiring.ts';

/** How a wiring is written in a model file: by its recipe, or synapse by synapse. */
export const wiringSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('fully-connected'),
    units: z.int(),
    outputs: z.int(),
    seed: z.int(),
    selfConnections: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('ncp'),
    inter: z.int(),
    command: z.int(),
    motor: z.int(),
    sensoryFanout: z.int(),
    interFanout: z.int(),
    recurrentCommand: z.int(),
    motorFanin: z.int(),
    seed: z.int(),
  }),
  z.strictObject({
    kind: z.literal('auto-ncp'),
    units: z.int(),
    outputs: z.int(),
    sparsity: z.number(),
    seed: z.int(),
  }),
  z.strictObject({
    kind: z.literal('explicit'),
    outputs: z.int(),
    layers: z.array(z.array(z.int()).readonly()).readonly(),
    adjacency: z.array(z.string()).readonly(),
    sensory: z.array(z.string()).readonly(),
  }),
]);

export type WiringSpec = z.infer<typeof wiringSchema>;

/** The wiring of that recipe for so many inputs. The same recipe gives the same wiring. Throws wiring-invalid. */
export function wire(spec: WiringSpec, inputs: number): Wiring {
  checkCount('inputs', inputs, 1, 4096);
  switch (spec.kind) {
    case 'fully-connected':
      return fullyConnected(spec, inputs);
    case 'ncp':
      return ncp(spec, inputs);
    case 'auto-ncp':
      return autoNcp(spec, inputs);
    case 'explicit':
      return explicit(spec, inputs);
  }
}
