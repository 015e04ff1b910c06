import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MODELS } from '../../src/consensus/simulator/models.ts';
import { incidentsOf } from '../../src/consensus/simulator/simulate.ts';
import { lastJson, run } from './fake-io.ts';

interface FaultCounts {
  readonly runs: number;
  readonly violations: number;
  readonly stalls: number;
}

test('runs a protocol under seeds and counts', async () => {
  const ran = await run(['simulate', '--protocol', 'pbft', '--runs', '5', '--seed', '7', '--json']);
  expect(ran).toMatchObject({ exitCode: 0, err: '' });
  expect(lastJson(ran)).toMatchObject({ runs: 5, violations: 0, stalls: 0, seed: 7 });
  expect(lastJson(ran).committed).toBeGreaterThan(0);
  expect(lastJson(ran).runsPerSecond).toBeGreaterThan(0);
});

test('no run has a seed that could not be given to repeat it', async () => {
  const last = ['simulate', '--seed', '2147483647', '--json'];
  expect(await run([...last, '--runs', '1'])).toMatchObject({ exitCode: 0 });
  const beyond = await run([...last, '--runs', '2']);
  expect(beyond.exitCode).toBe(2);
  expect(beyond.err).toContain('--seed is 2147483647; valid is at most 2147483646 with 2 runs');
});

test('threads change nothing but the time', async () => {
  const args = ['simulate', '--protocol', 'tendermint', '--runs', '200', '--seed', '11', '--json', '--threads'];
  const [one, two] = [lastJson(await run([...args, '1'])), lastJson(await run([...args, '2']))];
  expect({ ...one, runsPerSecond: 0 }).toEqual({ ...two, runsPerSecond: 0 });
});

test('by fault, the runs are counted in which it happened, whatever else did', async () => {
  const faults = ['loss', 'crash', 'delay', 'partition'] as const;
  const ran = await run([
    ...['simulate', '--protocol', 'hotstuff', '--runs', '40', '--seed', '40', '--proposals', '1', '--json'],
    ...['--faults', faults.join(',')],
  ]);
  const byFault = lastJson(ran).byFault as Readonly<Record<string, FaultCounts>>;
  // A delay may last for the whole run, and a partition cut one way only; both are incidents of their own.
  const kinds = { loss: ['loss'], crash: ['crash'], delay: ['delay', 'distance'], partition: ['partition', 'deaf'] };
  const incidents = Array.from({ length: 40 }, (_, i) =>
    incidentsOf(MODELS.hotstuff, { seed: 40 + i, faults, proposals: 1 }).map(({ type }): string => type),
  );
  const expected = faults.map((fault) => {
    const runs = incidents.filter((types) => types.some((type) => kinds[fault].includes(type))).length;
    return [fault, { runs, violations: 0, stalls: 0 }];
  });
  expect(byFault).toEqual(Object.fromEntries(expected));
  expect(Object.values(byFault).every(({ runs }) => runs > 0 && runs < 40)).toBe(true);
});

test('a fault that never happened is not named', async () => {
  const ran = await run(['simulate', '--runs', '3', '--seed', '1', '--faults', 'none', '--json']);
  expect(lastJson(ran)).toMatchObject({ runs: 3, byFault: {} });
});

test('by fault, the runs with a violation are told apart from the others', async () => {
  const args = ['simulate', '--protocol', 'tendermint', '--runs', '10', '--seed', '1', '--bug', 'vote-not-durable'];
  const { violations, byFault } = lastJson(await run([...args, '--json']));
  const { crash, ...others } = byFault as Readonly<Record<string, FaultCounts>>;
  // The bug takes a crash, so every violation is in a run with one.
  expect(violations).toBeGreaterThan(0);
  expect(crash.violations).toBe(violations);
  expect(crash.runs).toBeLessThan(10);
  for (const one of Object.values(others)) expect(one.violations).toBeLessThanOrEqual(crash.violations);
});

test('batches are added to a file, one line each, as they were printed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aura-simulate-'));
  try {
    const file = join(folder, 'batches.jsonl');
    const printed = [];
    for (const protocol of ['hotstuff', 'raft']) {
      const args = ['simulate', '--protocol', protocol, '--runs', '2', '--seed', '3', '--append', file, '--json'];
      printed.push(lastJson(await run(args)));
    }
    const text = readFileSync(file, 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(printed);
    expect(printed.map(({ protocol }) => protocol)).toEqual(['hotstuff', 'raft']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a planted bug is found, made short, and told with the command that repeats it', async () => {
  const args = ['simulate', '--protocol', 'tendermint', '--runs', '10', '--seed', '1', '--bug', 'vote-not-durable'];
  const ran = await run([...args, '--json']);
  expect(ran.exitCode).toBe(1);
  const { violations, failures } = lastJson(ran);
  expect(violations).toBeGreaterThan(0);
  const [{ what, replay }] = failures as readonly { readonly what: string; readonly replay: string }[];
  expect(what).toMatch(/voted twice/);
  expect(replay).toMatch(
    /^npm run -s aura -- simulate --protocol tendermint --replicas 4 --runs 1 --seed \d+ --faults .* --bug vote-not-durable$/,
  );
  const again = await run([...replay.split(' ').slice(5), '--json']);
  expect(again.exitCode).toBe(1);
  expect((await run(args)).out).toContain('To repeat it:');
});

test('the planted bugs are listed as an array', async () => {
  const ran = await run(['simulate', '--list-bugs', '--json']);
  expect(ran.exitCode).toBe(0);
  const bugs = JSON.parse(ran.out) as readonly { readonly protocol: string; readonly bug: string }[];
  expect(bugs).toContainEqual({ protocol: 'hotstuff', bug: 'lock-not-checked' });
  expect(bugs.length).toBeGreaterThanOrEqual(20);
});

test.each([
  [['--faults', 'crash,rust'], 'Valid are loss'],
  [['--protocol', 'paxos'], 'Allowed choices are'],
  [['--bug', 'nonsense'], 'has no planted bug'],
])('%j makes no sense', async (args, told) => {
  const { exitCode, err } = await run(['simulate', '--runs', '1', ...args]);
  expect(exitCode).toBe(2);
  expect(err).toContain(told);
});

test('a file that the batch cannot be added to is told of before the runs', async () => {
  const { exitCode, err } = await run(['simulate', '--runs', '1000000000', '--append', '/dev/null/runs.jsonl']);
  expect(exitCode).toBe(1);
  expect(err).toContain('[file-unwritable]');
});
