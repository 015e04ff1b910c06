/** Names that follow from a processor's: an adapter adds the configured prefix to each. */
import type { Processor } from './processor.ts';

export const groupOf = (processor: Pick<Processor, 'name'>): string => `aura.${processor.name}`;
export const transactionalIdOf = (processor: Pick<Processor, 'name'>, partition: number): string =>
  `aura.${processor.name}-${partition}`;
export const changelogOf = (processor: Pick<Processor, 'name'>, store: string): string =>
  `aura.${processor.name}-${store}-changelog`;
export const orderTopicOf = (processor: Pick<Processor, 'name'>): string => `aura.${processor.name}-order`;
