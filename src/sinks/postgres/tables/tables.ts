/** The table that keeps each topic. */
import type { SinkTopic, SinkTopics } from '../../sink.ts';
import type { Table } from '../table.ts';
import { actions } from './actions.ts';
import { alerts } from './alerts.ts';
import { deadLetters } from './dead-letters.ts';
import { decisions } from './decisions.ts';
import { late } from './late.ts';
import { outcomes } from './outcomes.ts';
import { proposals } from './proposals.ts';
import { scores } from './scores.ts';
import { signatures } from './signatures.ts';
import { snapshots } from './snapshots.ts';

export const tables: { readonly [Topic in SinkTopic]: Table<SinkTopics[Topic]> } = {
  'aura.snapshots': snapshots,
  'aura.signatures': signatures,
  'aura.scores': scores,
  'aura.proposals': proposals,
  'aura.decisions': decisions,
  'aura.actions': actions,
  'aura.outcomes': outcomes,
  'aura.alerts': alerts,
  'aura.dead-letters': deadLetters,
  'aura.late': late,
};
