/** What the pure state machines read of a Decision record. The record itself fits; so does an item that a validator saw committed. */
import type { Decision } from '../../schemas/records.ts';

export type Decided = Pick<
  Decision,
  'proposalId' | 'tenant' | 'fleet' | 'cell' | 'kind' | 'targets' | 'verdict' | 'dryRun' | 'decidedMs' | 'expiresMs'
>;
