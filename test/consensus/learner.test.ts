import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../schemas/records.ts';
import { Learner } from '../../src/consensus/learner.ts';
import { Cluster, proposalValue, summarize } from './cluster.ts';

const cluster = new Cluster(4, { decidedKept: 4, blockItemsMax: 3 });
for (let i = 0; i < 14; i++) {
  cluster.append(proposalValue(`p${i}`));
  if (i % 3 === 0) cluster.settle();
}
cluster.settle();
const { log, proposals, instance, parameters } = cluster;
const config = { instance, parameters, scheme: cluster.schemes[0], summarize };

type Read = { readonly message: number } | { readonly proposal: number };
const feed = (learner: Learner, read: Read): readonly Decision[] =>
  'message' in read
    ? learner.onMessage(read.message, log[read.message])
    : learner.onProposal(read.proposal, proposals[read.proposal]);
const ids = (decisions: readonly Decision[]) => decisions.map(({ proposalId }) => proposalId).sort();

/** The two topics in their own orders, mixed as `turns` say. */
function mix(turns: readonly boolean[]): Read[] {
  const reads: Read[] = [];
  let message = 0;
  let proposal = 0;
  for (let i = 0; message < log.length || proposal < proposals.length; i++) {
    const takesProposal = proposal < proposals.length && (message === log.length || turns[i % turns.length]);
    reads.push(takesProposal ? { proposal: proposal++ } : { message: message++ });
  }
  return reads;
}

test('each proposal is decided once, whichever topic is read first and wherever the task is moved and repeats records', () => {
  const turns = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(turns, fc.array(fc.nat(300), { maxLength: 8 }), (order, moves) => {
      const reads = mix(order);
      const state = new Map<string, Uint8Array>();
      let learner = new Learner(config);
      const decisions: Decision[] = [];
      for (const [i, read] of reads.entries()) {
        decisions.push(...feed(learner, read));
        for (const { key, value } of learner.drainChanges()) {
          if (value === null) state.delete(key);
          else state.set(key, value);
        }
        if (moves.includes(i)) learner = Learner.restore(config, [...state].reverse());
        if (moves.includes(i + 1)) decisions.push(...feed(learner, read));
      }
      expect(ids(decisions)).toEqual(ids(cluster.decisions));
      expect(decisions).toHaveLength(14);
      expect(learner.held).toBe(0);
      const decided = [...state.keys()].filter((key) => key.startsWith('decided/'));
      expect(decided).toHaveLength(4);
    }),
    { numRuns: 30 },
  );
});

test('a copy of a decided proposal, at another offset, is not decided again', () => {
  const copies = new Cluster(4);
  copies.append(proposalValue('same'));
  copies.append(proposalValue('same'));
  copies.settle();
  copies.append(proposalValue('same'));
  copies.append(proposalValue('other'));
  copies.settle();
  expect(ids(copies.decisions)).toEqual(['other', 'same']);
  expect(copies.replicas.map(({ openProposals }) => openProposals)).toEqual([0, 0, 0, 0]);
});
