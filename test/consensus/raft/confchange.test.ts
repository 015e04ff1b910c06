import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Change,
  changeSimple,
  enterJoint,
  leaveJoint,
  type Membership,
} from '../../../src/consensus/raft/confchange/change.ts';
import {
  checkConfiguration,
  EMPTY_CONFIGURATION,
  isJoint,
  membersOf,
} from '../../../src/consensus/raft/confchange/configuration.ts';
import { RaftError } from '../../../src/consensus/raft/errors.ts';
import { describeProgress } from '../../../src/consensus/raft/tracker/progress.ts';

const context = { lastIndex: 10, inflightMessagesMax: 4 };
const nobody: Membership = { configuration: EMPTY_CONFIGURATION, progress: new Map() };
const first: Membership = changeSimple(nobody, [{ kind: 'addVoter', node: 1 }], context);

const change = fc.record({
  kind: fc.constantFrom<Change['kind']>('addVoter', 'addLearner', 'remove', 'update'),
  node: fc.integer({ min: 0, max: 6 }),
});
const changes = fc.array(change, { maxLength: 6 });

/** Null where it is refused. */
function tried(act: () => Membership): Membership | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof RaftError && error.code === 'CONFIGURATION_REFUSED') return null;
    throw error;
  }
}

const plain = ({ configuration, progress }: Membership) => ({
  configuration,
  progress: Object.fromEntries([...progress].sort(([a], [b]) => a - b).map(([id, of]) => [id, describeProgress(of)])),
});

/** Any membership that changes lead to. */
const membership = fc.array(changes, { maxLength: 4 }).map((steps) => {
  let now = first;
  for (const step of steps) {
    const joint = tried(() => enterJoint(now, step, false, context));
    if (joint !== null) now = leaveJoint(joint);
  }
  return now;
});

test('changes one by one and the same changes by way of a joint state lead to the same', () => {
  fc.assert(
    fc.property(membership, changes, (before, list) => {
      const joint = tried(() => enterJoint(before, list, false, context));
      fc.pre(joint !== null);
      let single: Membership | null = before;
      for (const one of list) {
        const now: Membership | null = single;
        single = now === null ? null : tried(() => changeSimple(now, [one], context));
      }
      // One by one the last voter may be in the way, although another is added later.
      fc.pre(single !== null);
      // A member that was removed and came back kept its progress in the joint state only.
      expect(plain(leaveJoint(joint)).configuration).toEqual(plain(single).configuration);
    }),
  );
});

test('a configuration is always sound, its members are the tracked ones, and nothing is left of a joint state', () => {
  fc.assert(
    fc.property(membership, changes, fc.boolean(), (before, list, autoLeave) => {
      const joint = tried(() => enterJoint(before, list, autoLeave, context));
      const simple = tried(() => changeSimple(before, list, context));
      for (const now of [before, joint, simple, joint === null ? null : leaveJoint(joint)]) {
        if (now === null) continue;
        checkConfiguration(now.configuration);
        expect([...now.progress.keys()].sort((a, b) => a - b)).toEqual(membersOf(now.configuration));
        for (const [id, { isLearner }] of now.progress) expect(isLearner).toBe(now.configuration.learners.includes(id));
      }
      if (joint !== null) expect(isJoint(leaveJoint(joint).configuration)).toBe(false);
    }),
  );
});

test('what was given stays as it was', () => {
  fc.assert(
    fc.property(membership, changes, (before, list) => {
      const was = JSON.stringify(plain(before));
      tried(() => changeSimple(before, list, context));
      const joint = tried(() => enterJoint(before, list, true, context));
      if (joint !== null) leaveJoint(joint);
      expect(JSON.stringify(plain(before))).toBe(was);
    }),
  );
});

test('quorums of the old and the new configuration of one simple change overlap', () => {
  fc.assert(
    fc.property(membership, changes, (before, list) => {
      const after = tried(() => changeSimple(before, list, context));
      fc.pre(after !== null);
      const old = before.configuration.voters.incoming;
      const now = after.configuration.voters.incoming;
      const differing = old.filter((id) => !now.includes(id)).length + now.filter((id) => !old.includes(id)).length;
      expect(differing).toBeLessThanOrEqual(1);
    }),
  );
});
