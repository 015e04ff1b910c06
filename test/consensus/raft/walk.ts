/**
 * A random walk through what may happen to a group: any node may want to be elected at any time, any message may arrive, late, twice or
 * never, any node may die and start again from its storage. No clock holds anything back, so orders come up that a simulation with
 * timers takes very long to meet (the paper's figure 8).
 */

import type { Change } from '../../../src/consensus/raft/confchange/change.ts';
import { configurationOf } from '../../../src/consensus/raft/confchange/configuration.ts';
import type { ConfigurationChange, Entry } from '../../../src/consensus/raft/log/entry.ts';
import { MemoryStorage } from '../../../src/consensus/raft/log/storage.ts';
import type { Message } from '../../../src/consensus/raft/message.ts';
import { RaftNode } from '../../../src/consensus/raft/node.ts';
import { RaftProperties } from '../../../src/consensus/raft/properties.ts';
import { RULES, type Rules } from '../../../src/consensus/raft/rules.ts';
import { Random } from '../../../src/consensus/simulator/random.ts';

export interface Walk {
  /** The first violation, with the name of the property; null: none. */
  readonly violation: string | null;
  /** Entries committed, the longest of any node. */
  readonly committed: number;
  readonly terms: number;
}

interface Member {
  readonly id: number;
  readonly storage: MemoryStorage;
  node: RaftNode;
}

/** On their way at once; more are lost. */
const MESSAGES_MAX = 40;

export interface WalkOptions {
  readonly nodes: number;
  readonly steps: number;
  /** Rules in place of the right ones. */
  readonly broken?: Partial<Rules>;
  /** Members are added, demoted and removed on the way. */
  readonly changes?: boolean;
  /** The commit index that brings a change of membership is applied before it is on disk. */
  readonly forgetsChanges?: boolean;
}

export function walk(
  seed: number,
  { nodes, steps, broken = {}, changes = false, forgetsChanges = false }: WalkOptions,
): Walk {
  const random = new Random(seed);
  const rules: Rules = { ...RULES, ...broken };
  const preVote = random.chance(0.3);
  const messageBytesMax = random.pick([1, 1 << 20]);
  const ids = Array.from({ length: nodes }, (_, i) => i + 1);
  const start = (id: number, storage: MemoryStorage): RaftNode =>
    new RaftNode(
      { id, rules, preVote, checkQuorum: preVote, messageBytesMax, random: () => 0, applied: storage.snapshot().index },
      storage,
    );
  const members = ids.map((id): Member => {
    const storage = new MemoryStorage(configurationOf(ids));
    return { id, storage, node: start(id, storage) };
  });
  let violation: string | null = null;
  const watch = new RaftProperties((text) => {
    violation ??= text;
  });
  const applied = new Map<number, string>();
  let messages: Message[] = [];
  let proposals = 0;

  const apply = (entry: Entry): void => {
    const body = entry.type === 'normal' ? Buffer.from(entry.data).toString() : JSON.stringify(entry.change);
    const what = `${entry.term} ${body}`;
    const known = applied.get(entry.index);
    if (known === undefined) applied.set(entry.index, what);
    else if (known !== what)
      violation ??= `State Machine Safety: ${known} and ${what} were applied at index ${entry.index}`;
  };

  /** Stores and sends; or dies after storing, and starts again. */
  const carryOut = (member: Member, dies: boolean): void => {
    const { node, storage, id } = member;
    while (node.hasReady) {
      const ready = node.ready();
      if (ready.snapshot !== null) storage.restore(ready.snapshot);
      storage.append(ready.entries);
      // What may be lost is lost: a commit index, but one that brings a change of membership.
      const brings = !forgetsChanges && ready.committed.some(({ type }) => type === 'configuration');
      const isKept = ready.mustSync || brings;
      if (ready.hardState !== null && isKept) storage.setHardState(ready.hardState);
      if (dies) break;
      for (const message of ready.messages) {
        watch.onSaid(message);
        messages.push(message);
      }
      for (const entry of ready.committed) {
        apply(entry);
        if (entry.type === 'configuration') node.applyChange(entry.change);
      }
      node.advance();
    }
    if (dies) member.node = start(id, storage);
  };

  const act = (member: Member): void => {
    const { node } = member;
    const draw = random.next();
    if (changes && random.chance(0.03)) node.proposeChange(drawChange(random, nodes));
    else if (draw < 0.06) node.campaign();
    else if (draw < 0.12) node.propose(Buffer.from(`p${++proposals}`));
    else if (draw < 0.15) for (let tick = 0; tick < 5; tick++) node.tick();
    else if (draw < 0.2) node.heartbeat();
    else if (draw < 0.24) {
      carryOut(member, true);
      return;
    } else if (draw < 0.26) compact(member);
    else if (messages.length > 0) {
      const at = random.int(0, messages.length - 1);
      const message = messages[at];
      const isLost = random.chance(0.25);
      if (isLost || !random.chance(0.1)) messages.splice(at, 1);
      const receiver = members[message.to - 1];
      if (!isLost) receiver.node.step(message);
      carryOut(receiver, random.chance(0.03));
      return;
    }
    carryOut(member, false);
  };

  const compact = ({ node, storage }: Member): void => {
    const { applied: index, configuration } = node.status;
    const term = storage.term(index);
    if (term === null || index <= storage.snapshot().index) return;
    storage.setSnapshot({ index, term, configuration, data: new Uint8Array(0) });
    storage.compact(random.int(storage.firstIndex - 1, index));
  };

  try {
    for (let step = 0; step < steps && violation === null; step++) {
      act(random.pick(members));
      if (messages.length > MESSAGES_MAX) messages = messages.slice(-MESSAGES_MAX);
    }
  } catch (error) {
    violation ??= error instanceof Error ? error.message : String(error);
  }
  const terms = Math.max(...members.map(({ node }) => node.status.term));
  return { violation, committed: applied.size, terms };
}

function drawChange(random: Random, nodes: number): ConfigurationChange {
  const draw = (): Change => ({
    kind: random.pick(['addVoter', 'addVoter', 'addLearner', 'remove'] as const),
    node: random.int(1, nodes),
  });
  // An empty change leaves a joint state that is not left by itself.
  if (random.chance(0.4)) return { transition: 'auto', changes: [], single: false };
  const changes = random.chance(0.5) ? [draw()] : [draw(), draw()];
  return { transition: random.pick(['auto', 'implicit', 'explicit'] as const), changes, single: false };
}
