import { expect, test } from 'vitest';
import { lastJson, run } from './fake-io.ts';

test('runs a protocol under seeds and counts', async () => {
  const ran = await run(['simulate', '--protocol', 'pbft', '--runs', '5', '--seed', '7', '--json']);
  expect(ran).toMatchObject({ exitCode: 0, err: '' });
  expect(lastJson(ran)).toMatchObject({ runs: 5, violations: 0, stalls: 0, seed: 7 });
  expect(lastJson(ran).committed).toBeGreaterThan(0);
  expect(lastJson(ran).runsPerSecond).toBeGreaterThan(0);
});

test('threads change nothing but the time', async () => {
  const args = ['simulate', '--protocol', 'tendermint', '--runs', '200', '--seed', '11', '--json', '--threads'];
  const [one, two] = [lastJson(await run([...args, '1'])), lastJson(await run([...args, '2']))];
  expect({ ...one, runsPerSecond: 0 }).toEqual({ ...two, runsPerSecond: 0 });
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
