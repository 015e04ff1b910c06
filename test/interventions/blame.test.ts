import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentScore } from '../../schemas/records.ts';
import { findCauses, troubleOf } from '../../src/interventions/blame.ts';
import { type AgentSpec, agents, scoresAt, windowMs } from './world.ts';

function causesOf(specs: readonly AgentSpec[], cascade = 0) {
  return findCauses(scoresAt(0, agents(...specs), cascade), 0.6);
}

function troubleWith(spec: Partial<AgentSpec>): string {
  const scores = scoresAt(0, agents({ agent: 'a01', ...spec }));
  const score = scores.agents.find((one) => one.agent === 'a01') as AgentScore;
  return troubleOf(score, windowMs);
}

describe('troubleOf', () => {
  it.each([
    ['SILENT', { silentMs: 3000 }],
    ['RETRY_STORM', { deviation: { traffic: 6, errors: 4 } }],
    ['OVERLOAD', { deviation: { saturation: 9, latency: 12, traffic: 3 } }],
    ['SLOW', { deviation: { saturation: 9, latency: 12, errors: 5 } }],
    ['OVERLOAD', { deviation: { latency: 7, traffic: 4 } }],
    ['SLOW', { deviation: { latency: 7, traffic: 1 } }],
    ['ERRORS', { deviation: { errors: 20, latency: 2 } }],
    ['ERRORS', { deviation: { errors: 20, latency: -9 } }],
    ['UNEXPLAINED', { deviation: { latency: 1.5 } }],
  ] as const)('%s: %o', (trouble, spec) => {
    expect(troubleWith(spec)).toBe(trouble);
  });
});

describe('findCauses', () => {
  it('finds nothing where nobody is likely to fail', () => {
    expect(causesOf([{ agent: 'a03', failure: 0.5, deviation: { errors: 30 } }])).toEqual([]);
  });

  it('blames the bad peer that a victim names, and puts the victim at stake with it', () => {
    const causes = causesOf([
      { agent: 'a05', failure: 0.9, deviation: { errors: 30 } },
      { agent: 'a01', failure: 0.8, deviation: { errors: 8 }, neighbours: [{ agent: 'a05', weight: 0.5 }] },
    ]);
    expect(causes).toHaveLength(1);
    expect(causes[0].score.agent).toBe('a05');
    expect(causes[0].trouble).toBe('ERRORS');
    expect(causes[0].dependents.map((one) => one.agent)).toEqual(['a01']);
    expect(causes[0].atStake).toBeCloseTo(0.9 + 0.5 * 0.8);
  });

  it('follows a chain of blame to its end', () => {
    const causes = causesOf([
      { agent: 'a01', failure: 0.7, deviation: { latency: 5 }, neighbours: [{ agent: 'a02', weight: 1 }] },
      { agent: 'a02', failure: 0.8, deviation: { latency: 9 }, neighbours: [{ agent: 'a03', weight: 1 }] },
      { agent: 'a03', failure: 0.9, silentMs: 9000 },
    ]);
    expect(causes.map((cause) => [cause.score.agent, cause.trouble])).toEqual([['a03', 'SILENT']]);
    expect(causes[0].atStake).toBeCloseTo(0.9 + 0.7 + 0.8);
  });

  it('ends a circle of blame at the likeliest to fail', () => {
    const causes = causesOf([
      { agent: 'a01', failure: 0.7, deviation: { errors: 5 }, neighbours: [{ agent: 'a02', weight: 1 }] },
      { agent: 'a02', failure: 0.95, deviation: { errors: 9 }, neighbours: [{ agent: 'a01', weight: 1 }] },
    ]);
    expect(causes.map((cause) => cause.score.agent)).toEqual(['a02']);
  });

  it.each([0.7, 0.8, 0.95])('ends a circle of three at the likeliest to fail, whoever leads into it: %d', (failure) => {
    const ring = ['a01', 'a02', 'a03'].map((agent, i, all) => ({
      agent,
      failure: agent === 'a02' ? 0.9 : failure,
      deviation: { errors: 9 },
      neighbours: [{ agent: all[(i + 1) % all.length], weight: 1 }],
    }));
    const outside = {
      agent: 'a00',
      failure: 0.99,
      deviation: { errors: 9 },
      neighbours: [{ agent: 'a03', weight: 1 }],
    };
    const [{ score, dependents }, ...more] = causesOf([outside, ...ring]);
    expect(more).toEqual([]);
    // Of two alike the first by id.
    expect(score.agent).toBe(failure > 0.9 ? 'a01' : 'a02');
    expect(dependents).toHaveLength(3);
  });

  it('does not blame a neighbour that is well', () => {
    const causes = causesOf([
      { agent: 'a01', failure: 0.7, deviation: { errors: 5 }, neighbours: [{ agent: 'a02', weight: 1 }] },
    ]);
    expect(causes.map((cause) => cause.score.agent)).toEqual(['a01']);
  });

  it('believes the model where it lays most of the evidence at the neighbours’ door', () => {
    const signals = [
      { signal: 'neighbours', weight: 3 },
      { signal: 'latency', weight: 1 },
    ];
    const peer = { agent: 'a02', failure: 0.9, deviation: { saturation: 9 } };
    const victim = { agent: 'a01', failure: 0.8, signals, neighbours: [{ agent: 'a02', weight: 0.2 }] };
    const [cause, ...rest] = causesOf([victim, peer]);
    expect(rest).toEqual([]);
    expect(cause.score.agent).toBe('a02');
    expect(cause.atStake).toBeCloseTo(0.9 + 0.75 * 0.8);
  });

  it('names a peer of another cell where one is to blame', () => {
    const signals = [{ signal: 'neighbours', weight: 3 }];
    const [cause] = causesOf([
      { agent: 'a01', failure: 0.8, signals, neighbours: [{ agent: 'elsewhere', weight: 0.9 }] },
    ]);
    expect([cause.trouble, cause.foreignPeer]).toEqual(['FOREIGN_PEER', 'elsewhere']);
  });

  it('lays on the causes what the cascade risk promises beyond the scores', () => {
    const specs = [{ agent: 'a05', failure: 0.9, deviation: { errors: 30 } }];
    const [alone] = causesOf(specs);
    const [cascading] = causesOf(specs, 0.8);
    // 20 agents: several means 3; the scores add up to 0.9 + 19 x 0.02.
    expect(cascading.atStake - alone.atStake).toBeCloseTo(0.8 * 3 - (0.9 + 19 * 0.02));
  });

  it('traces every failing agent to exactly one cause, and each cause to one of them', () => {
    const id = fc.integer({ min: 0, max: 9 }).map((i) => `a0${i}`);
    const spec: fc.Arbitrary<AgentSpec> = fc.record({
      agent: id,
      failure: fc.double({ min: 0, max: 1, noNaN: true }),
      silentMs: fc.constantFrom(100, 5000),
      deviation: fc.record({ errors: fc.constantFrom(0, 5, 20), latency: fc.constantFrom(0, 5) }),
      signals: fc.array(
        fc.record({ signal: fc.constantFrom('neighbours', 'errors'), weight: fc.constantFrom(-1, 1, 2) }),
      ),
      neighbours: fc.array(fc.record({ agent: id, weight: fc.constantFrom(0, 0.3, 1) }), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(spec, { selector: (one) => one.agent }), (specs) => {
        const causes = causesOf(specs);
        const failing = specs.filter((one) => (one.failure ?? 0) >= 0.6).map((one) => one.agent);
        const traced = causes.flatMap((cause) => cause.dependents.map((one) => one.agent));
        // A cause is traced to itself alone, so that no two of them lead to the same agent.
        const told = [...traced, ...causes.map((cause) => cause.score.agent)];
        expect(new Set(told).size).toBe(told.length);
        for (const cause of causes) {
          expect(failing).toContain(cause.score.agent);
          expect(cause.atStake).toBeGreaterThanOrEqual(cause.score.failure);
        }
        for (const agent of failing) {
          const accounted = traced.includes(agent) || causes.some((cause) => cause.score.agent === agent);
          expect(accounted).toBe(true);
        }
      }),
    );
  });
});
