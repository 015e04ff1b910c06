import { LogError, type TopicSpec } from './log.ts';

/**
 * Which of these topics lack partitions, and how many they are to have. `counts`: how many there are, by topic; `nameOf`: what a topic is called in messages.
 *
 * @throws LogError topic-partitions-differ for the first topic whose number its spec does not allow
 */
export function checkedPartitions(
  specs: readonly TopicSpec[],
  counts: ReadonlyMap<string, number>,
  nameOf: (topic: string) => string = (topic) => topic,
): readonly { readonly name: string; readonly partitions: number }[] {
  return specs.flatMap(({ name, partitions, mayHaveMore = false, asManyAs = [] }) => {
    const count = counts.get(name) ?? 0;
    const wanted = Math.max(partitions, ...asManyAs.map((topic) => counts.get(topic) ?? 0));
    if (asManyAs.length > 0 && count < wanted) return { name, partitions: wanted };
    if (count === partitions || (count > partitions && (mayHaveMore || asManyAs.length > 0))) return [];
    const valid = mayHaveMore
      ? `; it needs ${partitions}, as many as are configured, or more`
      : `, ${partitions} are configured; make them equal`;
    throw new LogError('topic-partitions-differ', `${nameOf(name)} has ${count} partitions${valid}`);
  });
}
