import { expect, test } from 'vitest';
import { type Block, hashBlock } from '../../../src/consensus/block.ts';
import type { Check, Effect } from '../../../src/consensus/core.ts';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { createInstance, type Instance } from '../../../src/consensus/instance.ts';
import { RaftMachine, type RaftParameters, type RaftVocabulary } from '../../../src/consensus/raft/machine.ts';
import type { RaftRecord } from '../../../src/consensus/raft/records.ts';
import { RULES } from '../../../src/consensus/raft/rules.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import { anyModel } from '../../../src/consensus/simulator/model.ts';
import { raft } from '../../../src/consensus/simulator/models/raft.ts';
import { simulate } from '../../../src/consensus/simulator/simulate.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';

type RaftEffect = Effect<RaftVocabulary>;

const parameters: RaftParameters = {
  tickMs: 10,
  electionTicks: 8,
  blockItemsMax: 100,
  blocksInFlightMax: 1,
  messageBytesMax: 1 << 20,
  snapshotEvery: 1000,
  entriesKept: 10,
  decidedKept: 100,
  seed: 1,
};

const approve: Check = { verdict: 'approve', dryRun: false };
const proposal = (offset: number) => ({ offset, digest: sha256(Buffer.from(`p${offset}`)), decidedMs: 1000 + offset });

function instanceOf(n: number): Instance {
  const scheme = new IdealSignatures();
  const validators = Array.from({ length: n }, (_, i) => ({
    id: `v${i}`,
    publicKey: scheme.createSigner(i).publicKey,
  }));
  return createInstance('raft', 'test', createValidatorSet(validators));
}

/** Machines whose messages arrive at once, in order, unless they are cut off. */
class Cluster {
  readonly instance: Instance;
  readonly machines: RaftMachine[];
  readonly disks: RaftRecord[][];
  readonly blocks: Block[][];
  readonly effects: RaftEffect[] = [];
  readonly cutOff = new Set<number>();
  readonly #parameters: RaftParameters;

  constructor(n: number, given: Partial<RaftParameters> = {}) {
    this.instance = instanceOf(n);
    this.#parameters = { ...parameters, ...given };
    this.disks = Array.from({ length: n }, () => []);
    this.blocks = Array.from({ length: n }, () => []);
    this.machines = this.disks.map((_, index) => this.#make(index));
    for (const index of this.machines.keys()) this.step(index, { type: 'start', nonce: new Uint8Array(16) });
  }

  #make(index: number): RaftMachine {
    return new RaftMachine({
      instance: this.instance,
      index,
      parameters: this.#parameters,
      rules: RULES,
      records: this.disks[index],
    });
  }

  restart(index: number, kept: number = this.disks[index].length): void {
    this.disks[index].length = kept;
    this.machines[index] = this.#make(index);
    this.step(index, { type: 'start', nonce: new Uint8Array(16) });
  }

  step(index: number, event: Parameters<RaftMachine['step']>[0]): void {
    const queue = [{ index, event }];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const effect of this.machines[next.index].step(next.event)) {
        this.effects.push(effect);
        if (effect.type === 'persist') this.disks[next.index].push(...effect.records);
        if (effect.type === 'committed') this.blocks[next.index].push(effect.block);
        if (effect.type !== 'send' || effect.to === undefined) continue;
        if (this.cutOff.has(next.index) || this.cutOff.has(effect.to)) continue;
        queue.push({ index: effect.to, event: { type: 'message', position: 0, message: effect.message } });
      }
    }
  }

  tick(times: number): void {
    for (let i = 0; i < times; i++)
      for (const index of this.machines.keys()) this.step(index, { type: 'timer', timer: 'tick', view: 0 });
  }

  offer(offset: number): void {
    for (const index of this.machines.keys())
      this.step(index, { type: 'offered', proposal: proposal(offset), check: approve });
  }

  get leader(): number {
    return this.machines.findIndex(({ node }) => node.status.role === 'leader');
  }
}

test('what is offered is decided once at every replica, in the same blocks', () => {
  const cluster = new Cluster(3);
  cluster.tick(20);
  for (let offset = 0; offset < 5; offset++) cluster.offer(offset);
  cluster.offer(2);
  const [first, ...others] = cluster.blocks;
  expect(first.map(({ height }) => height)).toEqual([1, 2, 3, 4, 5]);
  for (const blocks of others) expect(blocks).toEqual(first);
  for (const [i, block] of first.entries())
    expect(block.parent).toEqual(i === 0 ? cluster.instance.genesis : hashBlock(cluster.instance, first[i - 1]));
  for (const machine of cluster.machines) {
    expect(machine.openProposals).toBe(0);
    expect(machine.isSettled(3, proposal(3).digest)).toBe(true);
  }
});

test('under load many proposals ride in one block, and a lone one does not wait', () => {
  const cluster = new Cluster(3);
  cluster.tick(20);
  const { leader } = cluster;
  const offers = Array.from({ length: 50 }, (_, offset) => ({ proposal: proposal(offset), check: approve }));
  cluster.step(leader, { type: 'offeredTogether', offers });
  expect(cluster.blocks[leader].map(({ items }) => items.length)).toEqual([50]);
  cluster.step(leader, { type: 'offered', proposal: proposal(50), check: approve });
  expect(cluster.blocks[leader].length).toBe(2);
});

test('a proposal whose check waits is proposed when it has settled', () => {
  const cluster = new Cluster(1);
  cluster.tick(20);
  cluster.step(0, { type: 'offered', proposal: proposal(0), check: { verdict: 'wait' } });
  expect(cluster.blocks[0]).toEqual([]);
  cluster.step(0, {
    type: 'offered',
    proposal: proposal(0),
    check: { verdict: 'reject', dryRun: false, reason: 'TOO_WIDE' },
  });
  expect(cluster.blocks[0][0].items[0]).toMatchObject({ offset: 0, verdict: 'REJECTED', reason: 'TOO_WIDE' });
});

test('a commit is told only when its index is on disk, and a message leaves only when term, vote and entries are', () => {
  const cluster = new Cluster(3);
  cluster.tick(20);
  cluster.offer(0);
  let persisted = 0;
  for (const effect of cluster.effects) {
    if (effect.type === 'persist')
      for (const record of effect.records) if (record.type === 'commit') persisted = Math.max(persisted, record.index);
    // The empty entry of the leader, and the one of the block.
    if (effect.type === 'committed') expect(persisted).toBeGreaterThanOrEqual(2);
  }
  const [machine] = cluster.machines;
  const effects = machine.step({
    type: 'message',
    position: 0,
    message: {
      type: 'requestVote',
      from: 2,
      to: 1,
      term: 99,
      preVote: false,
      last: { term: 98, index: 98 },
      transfer: true,
    },
  });
  expect(effects.map(({ type }) => type)).toEqual(['persist', 'send']);
  expect(effects[0]).toMatchObject({ records: [{ type: 'vote', term: 99, vote: 2 }] });
});

test('after a restart a replica goes on where its disk says, whatever part of the last write is there', () => {
  const cluster = new Cluster(3, { snapshotEvery: 3, entriesKept: 0 });
  cluster.tick(20);
  for (let offset = 0; offset < 8; offset++) cluster.offer(offset);
  const follower = (cluster.leader + 1) % 3;
  const records = cluster.disks[follower].length;
  const whole = [...cluster.disks[follower]];
  for (let kept = 0; kept <= records; kept++) {
    const disk = whole.slice(0, kept);
    const machine = new RaftMachine({
      instance: cluster.instance,
      index: follower,
      parameters,
      rules: RULES,
      records: disk,
    });
    expect(machine.height).toBeLessThanOrEqual(8);
  }
  cluster.restart(follower);
  expect(cluster.machines[follower].height).toBe(8);
  cluster.offer(8);
  expect(cluster.machines.map(({ height }) => height)).toEqual([9, 9, 9]);
});

test('a replica that was away too long takes over a snapshot', () => {
  const cluster = new Cluster(3, { snapshotEvery: 2, entriesKept: 0 });
  cluster.tick(20);
  const away = (cluster.leader + 1) % 3;
  cluster.cutOff.add(away);
  for (let offset = 0; offset < 9; offset++) cluster.offer(offset);
  cluster.tick(3);
  cluster.cutOff.clear();
  cluster.tick(3);
  expect(cluster.effects.some(({ type }) => type === 'restored')).toBe(true);
  expect(cluster.machines.map(({ height }) => height)).toEqual([9, 9, 9]);
  expect(cluster.machines[away].openProposals).toBe(0);
});

test('proposals that two leaders put into the log are decided once', () => {
  const cluster = new Cluster(3);
  cluster.tick(20);
  const old = cluster.leader;
  cluster.cutOff.add(old);
  // The old leader has it in its log, where nobody else sees it; the new one proposes it too.
  cluster.offer(0);
  cluster.tick(60);
  cluster.cutOff.clear();
  cluster.tick(20);
  for (const blocks of cluster.blocks)
    expect(blocks.flatMap(({ items }) => items.map(({ offset }) => offset))).toEqual([0]);
});

test('what the simulator found: a lost snapshot is sent again', () => {
  // The leader waited for ever for the answer to a snapshot that was lost: nobody told it so.
  const { violations, stalled } = simulate(anyModel(raft), { seed: 46, replicas: 3 });
  expect({ violations, stalled }).toEqual({ violations: [], stalled: false });
  const cluster = new Cluster(3, { snapshotEvery: 2, entriesKept: 0 });
  cluster.tick(20);
  const away = (cluster.leader + 1) % 3;
  cluster.cutOff.add(away);
  for (let offset = 0; offset < 9; offset++) cluster.offer(offset);
  // It hears the leader's heartbeat and answers, is sent the snapshot, and is gone again.
  cluster.cutOff.clear();
  const { leader } = cluster;
  cluster.machines[leader].node.reportUnreachable(away + 1);
  const sent = (): boolean => cluster.machines[leader].node.status.progress.get(away + 1)?.state === 'snapshot';
  const [machine] = [cluster.machines[leader]];
  for (const reply of ['heartbeatReply', 'appendEntriesReply'] as const) {
    if (sent()) break;
    const { term, lastIndex } = machine.node.status;
    const rejection = { hint: 1, term: 1 };
    machine.step({
      type: 'message',
      position: 0,
      message:
        reply === 'heartbeatReply'
          ? { type: reply, from: away + 1, to: leader + 1, term }
          : { type: reply, from: away + 1, to: leader + 1, term, index: lastIndex, rejection },
    });
  }
  expect(sent()).toBe(true);
  // Those effects were carried out by nobody: the snapshot is lost.
  cluster.tick(30);
  expect(cluster.machines.map(({ height }) => height)).toEqual([9, 9, 9]);
});
