import { expect, test } from 'vitest';
import type { Outcome } from '../../../schemas/records.ts';
import { Narrator } from '../../../src/cli/live/narrator.ts';
import { Picture } from '../../../src/cli/live/picture.ts';
import { proposalOf, signedDecision } from '../signed-decision.ts';

const decision = signedDecision(proposalOf(), Buffer.from('proposal'));
const means = { latencyMs: 80, trafficPerS: 10, errorRate: 0, saturation: 0.4, silentMs: 100 };
const improved: Outcome = {
  proposalId: decision.proposalId,
  tenant: 'demo',
  fleet: 'reference',
  cell: 0,
  kind: 'THROTTLE',
  targets: ['store-00'],
  appliedMs: 0,
  measuredMs: 1,
  windowsBefore: 1,
  windowsAfter: 1,
  before: means,
  after: means,
  effect: 0.5,
  verdict: 'IMPROVED',
};

function told() {
  const lines: string[] = [];
  const narrator = new Narrator({ out: (text) => lines.push(text) }, { size: 4 });
  const picture = new Picture();
  return {
    picture,
    /** Without the counts. */
    tell: () => {
      lines.length = 0;
      narrator.tell(picture, 0);
      return lines.filter((line) => !line.includes('heartbeats'));
    },
  };
}

test('a decision is told once, and its outcome once', () => {
  const { picture, tell } = told();
  picture.onDecision(decision, 0, 4);
  expect(tell()).toEqual([expect.stringContaining('THROTTLE store-00: approved')]);
  expect(tell()).toEqual([]);
  picture.onOutcome(improved);
  expect(tell()).toEqual([expect.stringContaining('improved, effect 0.50')]);
  expect(tell()).toEqual([]);
});

test('what others wrote into names reaches no terminal as control characters', () => {
  const { picture, tell } = told();
  picture.onDecision({ ...decision, targets: ['store\u001b[2J\n-00'] }, 0, 4);
  const [line] = tell();
  expect(line).toMatch(/^[^\p{Cc}]*\n$/u);
});
