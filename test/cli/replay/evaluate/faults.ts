import type { Fault } from '../../../../src/cli/replay/nezha/labels.ts';
import type { ScoredWindow } from '../../../../src/cli/replay/score-book.ts';

export const minute = 60_000;

export function fault(injectMs: number, service = 'a', endMs = injectMs + 3 * minute): Fault {
  return { system: 'OB', day: '2022-08-22', injectMs, endMs, service, kind: 'cpu' };
}

export function window(endMs: number, failure: Readonly<Record<string, number>>): ScoredWindow {
  return { endMs, failure: new Map(Object.entries(failure)) };
}
