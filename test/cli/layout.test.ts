import { expect, test } from 'vitest';
import { layoutOf } from '../../src/cli/layout.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { describeLayout } from './layout.ts';

const open = (processes: number) => {
  const log = new MemoryLog({ now: () => Date.now() });
  return Array.from({ length: processes }, () => log);
};

describeLayout('memory', open, 20);

test('all three are a chain, some of them are stages, none of them is nothing', () => {
  expect(layoutOf(new Set(['intake', 'snapshots', 'assessment', 'planning']))).toBe('together');
  expect(layoutOf(new Set(['snapshots', 'planning']))).toBe('apart');
  expect(layoutOf(new Set(['intake', 'history']))).toBe(null);
});
