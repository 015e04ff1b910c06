import { expect, test } from 'vitest';
import { commandLine } from '../../../src/cli/training/make-model.ts';

test('the command of a model is one that a shell takes as it was given', () => {
  const options = {
    name: 'shop',
    incidents: "it's $HOME.csv",
    labels: ['down', 'silent'],
    out: 'shop.json',
    falseAlarms: 1,
  };
  expect(commandLine('topics', options)).toBe(
    "aura train topics --name shop --incidents 'it'\\''s $HOME.csv' --labels down,silent --false-alarms 1",
  );
});
