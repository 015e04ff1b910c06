/** Golden wirings of ncps 1.0.1 on numpy 1.26.4 (../golden/wirings.py); the rest are properties. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explicit, explicitSpec } from '../../../src/liquid/wiring/explicit.ts';
import { type WiringSpec, wire, wiringSchema } from '../../../src/liquid/wiring/wiring-spec.ts';

interface Golden {
  readonly program: string;
  readonly cases: readonly {
    readonly spec: WiringSpec;
    readonly inputs: number;
    readonly layers: readonly (readonly number[])[];
    readonly adjacency: readonly string[];
    readonly sensory: readonly string[];
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/wirings.json', import.meta.url), 'utf8'));

describe(`a wiring is that of ${golden.program}, synapse by synapse`, () => {
  test.each(golden.cases)('$spec', ({ spec, inputs, layers, adjacency, sensory }) => {
    expect(explicitSpec(wire(spec, inputs))).toMatchObject({ layers, adjacency, sensory });
  });
});

const autoNcpCase = fc
  .record({ units: fc.integer({ min: 4, max: 40 }), inputs: fc.integer({ min: 1, max: 20 }) })
  .chain(({ units, inputs }) =>
    fc.record({
      inputs: fc.constant(inputs),
      spec: fc.record({
        kind: fc.constant('auto-ncp' as const),
        units: fc.constant(units),
        outputs: fc.integer({ min: 1, max: units - 3 }),
        sparsity: fc.double({ min: 0.1, max: 0.99, noNaN: true }),
        seed: fc.nat(),
      }),
    }),
  );

test('in an AutoNCP every neuron is fed, every input and inner neuron feeds, and synapses go down the layers only', () => {
  fc.assert(
    fc.property(autoNcpCase, ({ inputs, spec }) => {
      const { units, adjacency, sensory, layers } = wire(spec, inputs);
      const [inter, command, motor] = layers;
      const layerOf = (neuron: number) => layers.findIndex((layer) => layer.includes(neuron));
      const fed = new Set<number>();
      const feeds = new Set<number>();
      for (let k = 0; k < inputs * units; k++) {
        if (sensory[k] === 0) continue;
        expect(layerOf(k % units)).toBe(0);
        fed.add(k % units);
      }
      for (let k = 0; k < units * units; k++) {
        if (adjacency[k] === 0) continue;
        const [from, to] = [Math.floor(k / units), k % units];
        expect([1, 0]).toContain(layerOf(to) - layerOf(from));
        if (layerOf(to) === layerOf(from)) expect(layerOf(to)).toBe(1);
        fed.add(to);
        feeds.add(from);
      }
      expect(fed.size).toBe(units);
      for (const neuron of [...inter, ...command]) expect(feeds.has(neuron)).toBe(true);
      expect(motor).toEqual(Array.from({ length: spec.outputs }, (_, i) => i));
    }),
  );
});

test('a wiring written out and as JSON reads back as it was', () => {
  fc.assert(
    fc.property(autoNcpCase, ({ inputs, spec }) => {
      const wiring = wire(spec, inputs);
      const written = wiringSchema.parse(JSON.parse(JSON.stringify(explicitSpec(wiring))));
      expect(wire(written, inputs)).toEqual(wiring);
      expect(wire(wiringSchema.parse(JSON.parse(JSON.stringify(spec))), inputs)).toEqual(wiring);
    }),
  );
});

test.each([
  [{ kind: 'auto-ncp', units: 8, outputs: 6, sparsity: 0.5, seed: 1 }, /outputs is 6; valid are integers from 1 to 5/],
  [{ kind: 'auto-ncp', units: 8, outputs: 2, sparsity: 0, seed: 1 }, /sparsity is 0; valid are numbers from 0.1 to 1/],
  [{ kind: 'auto-ncp', units: 8, outputs: 2, sparsity: 0.5, seed: -1 }, /seed is -1/],
  [
    { kind: 'fully-connected', units: 3, outputs: 4, seed: 1, selfConnections: true },
    /outputs is 4; valid are integers from 1 to 3/,
  ],
] as const)('%j is refused with the value and what would be valid', (spec, message) => {
  expect(() => wire(spec, 3)).toThrow(message);
});

test('a wiring written out with a bad row or layer is refused', () => {
  const spec = explicitSpec(wire({ kind: 'auto-ncp', units: 6, outputs: 1, sparsity: 0.5, seed: 1 }, 2));
  expect(() => explicit({ ...spec, sensory: ['......', '..x...'] }, 2)).toThrow(/sensory\[1\] holds 'x'/);
  expect(() => explicit({ ...spec, sensory: ['......', '.....'] }, 2)).toThrow(/sensory\[1\] has 5 characters/);
  expect(() => explicit(spec, 3)).toThrow(/sensory rows is 2; valid are integers from 3 to 3/);
  expect(() => explicit({ ...spec, layers: [[0, 1, 2, 3, 4]] }, 2)).toThrow(/valid is each of 0 to 5 once/);
});
