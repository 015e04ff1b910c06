import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decided } from '../../src/interventions/decided.ts';
import { DecisionLedger } from '../../src/interventions/ledger.ts';
import { cell } from './world.ts';

const minuteMs = 60_000;

function approval(proposalId: string, decidedMs: number, change: Partial<Decided> = {}): Decided {
  const expiresMs = decidedMs + minuteMs;
  return {
    ...cell,
    proposalId,
    kind: 'THROTTLE',
    targets: ['a01'],
    verdict: 'APPROVED',
    dryRun: false,
    decidedMs,
    expiresMs,
    ...change,
  };
}

describe('DecisionLedger', () => {
  it('takes a decided item once', () => {
    const ledger = new DecisionLedger();
    ledger.record(approval('p', 0));
    ledger.record(approval('p', 0));
    ledger.record(approval('p', 5, { verdict: 'REJECTED' }));
    expect(ledger.approvals(cell)).toHaveLength(1);
    expect(ledger.isDecided(cell, 'p')).toBe(true);
    expect(ledger.isDecided(cell, 'q')).toBe(false);
  });

  it('keeps the time of approvals alone: a rejected proposal from the future moves nothing', () => {
    const ledger = new DecisionLedger();
    ledger.record(approval('p', 1000));
    ledger.record(approval('q', 9e12, { verdict: 'REJECTED' }));
    expect(ledger.nowMs(cell)).toBe(1000);
  });

  it('remembers the 5,000 cells that had an approval last', () => {
    const ledger = new DecisionLedger();
    const of = (i: number) => ({ ...cell, cell: i });
    for (let i = 0; i < 5_000; i++) ledger.record(approval(`p${i}`, i, of(i)));
    ledger.record(approval('again', 5_000, of(0)));
    ledger.record(approval('new', 5_001, of(5_000)));
    expect(ledger.approvals(of(1))).toEqual([]);
    for (const kept of [0, 2, 4_999, 5_000]) expect(ledger.approvals(of(kept))).not.toEqual([]);
    const copy = DecisionLedger.decode(ledger.encode());
    for (const one of [ledger, copy]) one.record(approval('newer', 5_002, of(5_001)));
    expect(copy.encode()).toEqual(ledger.encode());
    expect(copy.approvals(of(2))).toEqual([]);
  });

  it('forgets approvals that are over and an hour old, and no sooner', () => {
    const ledger = new DecisionLedger();
    ledger.record(approval('old', 0));
    ledger.record(approval('long', 0, { expiresMs: 100 * minuteMs }));
    ledger.record(approval('an-hour-later', 60 * minuteMs - 1));
    expect(ledger.isDecided(cell, 'old')).toBe(true);
    ledger.record(approval('more', 60 * minuteMs));
    expect(ledger.approvals(cell).map((one) => one.proposalId)).toEqual(['long', 'an-hour-later', 'more']);
  });

  it('knows who is under an intervention; telling people is none', () => {
    const ledger = new DecisionLedger();
    ledger.record(approval('p', 0, { targets: ['a01', 'a02'] }));
    ledger.record(approval('q', 10, { targets: ['a02', 'a03'], expiresMs: 20 }));
    ledger.record(approval('r', 10, { targets: ['a09'], kind: 'ESCALATE' }));
    expect([...ledger.agentsTouched(cell, 19)].sort()).toEqual(['a01', 'a02', 'a03']);
    expect([...ledger.agentsTouched(cell, 20)].sort()).toEqual(['a01', 'a02']);
    expect([...ledger.agentsTouched({ ...cell, cell: 1 }, 19)]).toEqual([]);
  });

  it('bounds the ids of rejected proposals', () => {
    const ledger = new DecisionLedger();
    for (let i = 0; i < 10_000; i++) ledger.record(approval(`p${i}`, i, { verdict: 'REJECTED' }));
    expect(ledger.isDecided(cell, 'p0')).toBe(false);
    expect(ledger.isDecided(cell, 'p9999')).toBe(true);
    expect(ledger.encode().length).toBeLessThan(100_000);
  });

  it('goes on after decode, and as a fork, exactly as the original', () => {
    const item = fc.record({
      id: fc.integer({ min: 0, max: 30 }),
      cell: fc.integer({ min: 0, max: 1 }),
      verdict: fc.constantFrom('APPROVED', 'REJECTED'),
      decidedMs: fc.integer({ min: 0, max: 200 * minuteMs }),
      lifeMs: fc.integer({ min: 1, max: 90 * minuteMs }),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40, size: 'max' }), fc.nat(40), (items, cut) => {
        const decisions = items.map((one) =>
          approval(`p${one.id}`, one.decidedMs, {
            cell: one.cell,
            verdict: one.verdict,
            expiresMs: one.decidedMs + one.lifeMs,
          }),
        );
        const whole = new DecisionLedger();
        for (const decision of decisions) whole.record(decision);
        const parent = new DecisionLedger();
        for (const decision of decisions.slice(0, cut)) parent.record(decision);
        const parentBytes = parent.encode();
        const copy = DecisionLedger.decode(parentBytes);
        const fork = parent.fork();
        for (const decision of decisions.slice(cut)) {
          copy.record(decision);
          fork.record(decision);
        }
        expect(copy.encode()).toEqual(whole.encode());
        expect(parent.encode()).toEqual(parentBytes);
        for (const number of [0, 1]) {
          const of = { ...cell, cell: number };
          expect(fork.approvals(of)).toEqual(whole.approvals(of));
          for (let id = 0; id <= 30; id++) expect(fork.isDecided(of, `p${id}`)).toBe(whole.isDecided(of, `p${id}`));
        }
      }),
    );
  });
});
