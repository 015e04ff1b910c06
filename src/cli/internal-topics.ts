/** The topics of an installation that are nobody's but its own: changelogs, orders and what validators keep. */
import { assessmentStores } from '../../pipelines/assessment.ts';
import { validatorStateTopic } from '../../pipelines/consensus/saved-state.ts';
import { learnerEntries } from '../../pipelines/consensus.ts';
import { intake } from '../../pipelines/intake.ts';
import { outcomesStores } from '../../pipelines/outcomes.ts';
import { planningStores } from '../../pipelines/planning.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { type TopicOwner, type Topics, topicSpecs } from '../../pipelines/topics.ts';
import { chainName } from '../streams/chain.ts';
import type { TopicSpec } from '../streams/log.ts';
import { type Layout, layoutTopic } from './layout.ts';

/** Those that no processor owns. */
export function sharedInternalTopics(partitions: number): readonly TopicSpec[] {
  return [
    { name: validatorStateTopic, partitions, compacted: true },
    { name: layoutTopic, partitions: 1, compacted: true },
  ];
}

/** Every topic of an installation that runs all pipelines: what `aura run` would make in its processes, one after the other. */
export function installationTopics(topics: Topics, layout: Layout, partitions: number): readonly TopicSpec[] {
  const stages: readonly TopicOwner[] = [
    snapshots(topics),
    { name: 'assessment', stores: named(assessmentStores) },
    { name: 'planning', stores: named(planningStores) },
  ];
  const chain = { name: chainName(stages), stores: stages.flatMap(({ stores }) => stores) };
  const owners: readonly TopicOwner[] = [
    intake(topics),
    ...(layout === 'together' ? [chain] : stages),
    { name: 'consensus', stores: [learnerEntries] },
    { name: 'outcomes', stores: named(outcomesStores) },
  ];
  return [...topicSpecs(topics, owners, partitions), ...sharedInternalTopics(partitions)];
}

function named(stores: Readonly<Record<string, string>>): TopicOwner['stores'] {
  return Object.values(stores).map((name) => ({ name }));
}
