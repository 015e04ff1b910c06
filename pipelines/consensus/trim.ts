/**
 * How far aura.consensus may be deleted, and the deleting. A validator that starts takes up from what it saved and reads on from there; one that finds
 * nothing saved takes the log's last stable checkpoint; the learner reads on from its position. What lies before all three nobody reads again.
 */
import { CheckpointTracker } from '../../src/consensus/checkpoint.ts';
import { createInstance } from '../../src/consensus/instance.ts';
import { ed25519, VerifiedSignatures } from '../../src/consensus/signature.ts';
import type { Log } from '../../src/streams/log.ts';
import { groupOf } from '../../src/streams/names.ts';
import type { Topics } from '../topics.ts';
import { type Agreement, instanceName, protocolName } from './agreement.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { readSaved } from './saved-state.ts';

export interface TrimOptions {
  readonly log: Log;
  readonly topics: Topics;
  readonly agreement: Pick<Agreement, 'cluster' | 'set'>;
  /** Records appended at this time, in ms since the epoch, or later are kept whoever needs them. */
  readonly keptSinceMs: number;
  /** Validators that are not waited for: a lost one holds up the deleting for ever. One that comes back takes the last stable checkpoint, without its ledger. */
  readonly without?: ReadonlySet<string>;
  readonly withinMs: number;
}

export interface Trimmed {
  readonly partition: number;
  /** Offsets that were deleted now. */
  readonly deleted: number;
  /** First offset that is still there. */
  readonly low: number;
  /** Who needs what comes next, or why nothing may go. */
  readonly heldBy: string;
}

/** Deletes what nobody needs any more from every partition of aura.consensus; safe beside running validators and learners. */
export async function trimConsensus(options: TrimOptions): Promise<readonly Trimmed[]> {
  const { log, topics, keptSinceMs } = options;
  const topic = topics.consensus.name;
  const before = await log.bounds(topic);
  const needed = await Promise.all(before.map(({ partition }) => firstNeeded(options, partition)));
  const positions = before.flatMap(({ partition, low }, i) =>
    needed[i].offset > low ? [{ topic, partition, offset: needed[i].offset }] : [],
  );
  await log.deleteBefore(positions, keptSinceMs);
  const after = new Map((await log.bounds(topic)).map(({ partition, low }) => [partition, low]));
  return before.map(({ partition, low: earlier }, i) => {
    const low = after.get(partition) ?? earlier;
    const { offset, by } = needed[i];
    return { partition, deleted: low - earlier, low, heldBy: low < offset ? 'its age: it is to be kept still' : by };
  });
}

interface Needed {
  /** Before it nothing is needed. */
  readonly offset: number;
  readonly by: string;
}

async function firstNeeded(options: TrimOptions, partition: number): Promise<Needed> {
  const { log, topics, agreement, without, withinMs } = options;
  const instance = createInstance(protocolName, instanceName(agreement, partition), agreement.set);
  const scheme = new VerifiedSignatures(ed25519());
  const waitedFor = agreement.set.validators.filter(({ id }) => without?.has(id) !== true);
  const validators = new Map(waitedFor.map(({ id, publicKey }) => [id, publicKey]));
  const saved = await readSaved(log, partition, { instance: instance.name, validators, scheme }, withinMs);
  const learner = { name: 'consensus' };
  const at = { topic: topics.consensus.name, partition };
  const [position] = await log.committed(groupOf(learner), [at]);

  const needs: Needed[] = waitedFor.map(({ id }) => {
    const through = saved.get(id)?.through;
    return through === undefined
      ? { offset: 0, by: `${id}, which has saved no state yet` }
      : { offset: through + 1, by: `${id}, from its saved state on` };
  });
  needs.push(
    position === undefined
      ? { offset: 0, by: 'the learner, which has no position yet' }
      : { offset: position.offset, by: 'the learner, from its position on' },
  );
  const first = least(needs);
  if (first.offset === 0) return first;
  return least([first, await stable()]);

  /** Checkpoints lie behind what they stand for, so those of interest lie behind what the others need. */
  async function stable(): Promise<Needed> {
    const tracker = new CheckpointTracker(instance, scheme, null);
    await readCheckpoints(log, topics.consensus, partition, tracker, withinMs, first.offset);
    return { offset: tracker.stableThrough + 1, by: 'whoever starts from the last stable checkpoint' };
  }
}

function least(needs: readonly Needed[]): Needed {
  return needs.reduce((least, need) => (need.offset < least.offset ? need : least));
}
