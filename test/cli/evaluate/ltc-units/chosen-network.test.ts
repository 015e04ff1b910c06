import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chosenNetwork } from '../../../../src/cli/evaluate/ltc-units/chosen-network.ts';
import { spreadOf, spreadText } from '../../../../src/cli/evaluate/ltc-units/spread.ts';
import { networkOf } from '../../../../src/liquid/network.ts';
import { serializeNetwork } from '../../../../src/liquid/network-file.ts';
import { initialParameters } from '../../../../src/liquid/parameters.ts';
import { mulberry32 } from '../../../liquid/random.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('is the usual variant, another by name, or a file of the right shape', async () => {
  const shape = { inputs: 5, outputs: [1, 2] };
  expect(await chosenNetwork(undefined, folder, 'cfc', shape)).toEqual({ kind: 'trained-here', variant: 'cfc' });
  expect(await chosenNetwork('ltc', folder, 'cfc', shape)).toEqual({ kind: 'trained-here', variant: 'ltc' });
  const file = join(folder, 'mine.json');
  const network = networkOf({ cell: 'gru', inputs: 5, units: 2 }, 2);
  const theta = initialParameters(network.layout, mulberry32(1));
  await writeFile(file, serializeNetwork({ name: 'mine', network, theta, made: {}, metrics: {} }));
  expect(await chosenNetwork(file, folder, 'cfc', shape)).toMatchObject({ kind: 'file', model: { name: 'mine' } });
  await expect(chosenNetwork(file, folder, 'cfc', { inputs: 17, outputs: [17] })).rejects.toMatchObject({
    code: 'usage-invalid',
    message: expect.stringMatching(
      /mine\.json has 5 inputs and 2 outputs; valid is a network of 17 inputs and 17 outputs/,
    ),
  });
  await expect(chosenNetwork('failure-v1', folder, 'cfc', shape)).rejects.toMatchObject({ code: 'usage-invalid' });
  await expect(chosenNetwork('nobody', folder, 'cfc', shape)).rejects.toMatchObject({ code: 'model-not-found' });
});

test('a spread is mean and sample deviation', () => {
  expect(spreadOf([1, 2, 3])).toEqual({ mean: 2, deviation: 1, bySeed: [1, 2, 3] });
  expect(spreadText(spreadOf([1, 2, 3]), 1, ' %')).toBe('2.0 ± 1.0 %');
  expect(spreadText(spreadOf([2]), 1)).toBe('2.0');
});
