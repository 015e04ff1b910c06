import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configurationOf } from '../../../src/consensus/raft/confchange/configuration.ts';
import { RaftError } from '../../../src/consensus/raft/errors.ts';
import type { Entry } from '../../../src/consensus/raft/log/entry.ts';
import { RaftLog } from '../../../src/consensus/raft/log/log.ts';
import { MemoryStorage } from '../../../src/consensus/raft/log/storage.ts';
import { RULES } from '../../../src/consensus/raft/rules.ts';

const data = new Uint8Array(0);
const entry = (index: number, term: number): Entry => ({ index, term, type: 'normal', data });
const ALL = Number.POSITIVE_INFINITY;

type Act =
  | { readonly type: 'append'; readonly from: number; readonly count: number }
  | { readonly type: 'write'; readonly ticket: number }
  | { readonly type: 'commit'; readonly index: number }
  | { readonly type: 'compact'; readonly index: number }
  | { readonly type: 'restore'; readonly ahead: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ type: fc.constant('append' as const), from: fc.nat(8), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ type: fc.constant('write' as const), ticket: fc.nat() }),
  fc.record({ type: fc.constant('commit' as const), index: fc.nat(6) }),
  fc.record({ type: fc.constant('compact' as const), index: fc.nat(6) }),
  fc.record({ type: fc.constant('restore' as const), ahead: fc.integer({ min: 1, max: 3 }) }),
);

test('stable and unstable parts are together one log, whatever is written when', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40, size: 'max' }), (acts) => {
      const storage = new MemoryStorage();
      const log = new RaftLog(storage, RULES, 0);
      // The slow, obvious log: terms by index; nothing below `first`.
      let terms = [0];
      let first = 1;
      let term = 1;
      let committed = 0;
      const writes: { readonly last: Entry | undefined; readonly snapshot: number | null }[] = [];
      const settle = (): void => {
        const write = writes.shift();
        if (write === undefined) return;
        if (write.last !== undefined) log.unstable.stableTo(write.last);
        if (write.snapshot !== null) {
          log.unstable.stableSnapshotTo(write.snapshot);
          log.appliedTo(Math.max(write.snapshot, log.applied));
        }
      };
      for (const one of acts) {
        if (one.type === 'append') {
          term += 1;
          const from = Math.min(Math.max(committed + 1, terms.length - one.from), terms.length);
          log.append(Array.from({ length: one.count }, (_, i) => entry(from + i, term)));
          terms = [...terms.slice(0, from), ...Array.from({ length: one.count }, () => term)];
        } else if (one.type === 'write') {
          // Handed out and stored at once; the log hears of it later.
          const { nextSnapshot, nextEntries } = log.unstable;
          if (nextSnapshot !== null) storage.restore(nextSnapshot);
          storage.append(nextEntries);
          log.unstable.handOut();
          writes.push({ last: nextEntries.at(-1), snapshot: nextSnapshot?.index ?? null });
          if (one.ticket % 2 === 0) while (writes.length > 0) settle();
        } else if (one.type === 'commit') {
          committed = Math.min(committed + one.index, terms.length - 1);
          log.commitTo(committed);
        } else if (one.type === 'compact') {
          const index = Math.min(committed, storage.lastIndex, log.unstable.offset - 1);
          if (log.unstable.snapshot !== null || index < storage.firstIndex) continue;
          storage.compact(index);
          first = index + 1;
        } else {
          const index = committed + one.ahead;
          if (index < terms.length) continue;
          term += 1;
          log.restore({ index, term, configuration: configurationOf([1]), data });
          terms = Array.from({ length: index + 1 }, () => term);
          committed = index;
          first = index + 1;
        }
        expect(log.lastIndex).toBe(terms.length - 1);
        expect(log.firstIndex).toBe(first);
        for (let index = first - 1; index < terms.length; index++) expect(log.term(index)).toBe(terms[index]);
        expect(log.term(terms.length)).toBeNull();
        const all = log.entriesFrom(first, ALL) ?? [];
        expect(all.map((each) => each.term)).toEqual(terms.slice(first));
        expect(log.committed).toBe(committed);
      }
    }),
  );
});

test('what is committed is never replaced', () => {
  const log = new RaftLog(new MemoryStorage(), RULES, 0);
  log.append([entry(1, 1), entry(2, 1)]);
  log.commitTo(2);
  expect(() => log.append([entry(2, 2)])).toThrowError(RaftError);
  expect(() => log.commitTo(3)).toThrowError(/told to commit what is not there/);
  expect(() => log.append([entry(4, 2)])).toThrowError(/leave a gap/);
});

test('a late message with entries that are there already takes nothing away', () => {
  const log = new RaftLog(new MemoryStorage(), RULES, 0);
  log.append([entry(1, 1), entry(2, 1), entry(3, 1)]);
  expect(log.appendAfter({ index: 0, term: 0 }, [entry(1, 1)], 0)).toBe(1);
  expect(log.lastIndex).toBe(3);
  // And no more is committed than it has shown.
  expect(log.appendAfter({ index: 0, term: 0 }, [entry(1, 1)], 3)).toBe(1);
  expect(log.committed).toBe(1);
});

test('the conflict search finds where two logs part, by terms', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2)), fc.array(fc.nat(2)), fc.nat(3), (ours, theirs, common) => {
      // Two logs with a common beginning and rising terms.
      const build = (steps: readonly number[], start: number): readonly number[] => {
        const terms = [0, ...Array.from({ length: common }, () => 1)];
        for (const [i, step] of steps.entries()) terms.push((terms.at(-1) ?? 0) + step + (i === 0 ? start : 0));
        return terms;
      };
      const a = build(ours, 1);
      const b = build(theirs, 2);
      const log = new RaftLog(new MemoryStorage(), RULES, 0);
      log.append(a.slice(1).map((term, i) => entry(i + 1, term)));
      const index = Math.min(a.length, b.length) - 1;
      const found = log.findConflictByTerm(index, b[index]);
      // Never below the place where they part: everything there agrees.
      let agree = 0;
      while (agree + 1 <= index && a[agree + 1] === b[agree + 1]) agree += 1;
      expect(found.index).toBeGreaterThanOrEqual(Math.min(agree, index));
      expect(found.term).toBe(a[found.index]);
    }),
  );
});
