/** What a run of the live view ends with. */
import type { Answer } from '../command.ts';
import type { Picture } from './picture.ts';
import { clock, milliseconds, whole } from './text.ts';

export interface SummaryOptions {
  readonly log: 'memory' | 'kafka';
  readonly picture: Picture;
  readonly watchedMs: number;
  /** Rows of aura.decisions as the database counts them; null: no database was written. */
  readonly decisionRows: number | null;
  /** More lines for people. */
  readonly notes: readonly string[];
}

export function summaryOf({ log, picture, watchedMs, decisionRows, notes }: SummaryOptions): Answer {
  const { counts, latencies } = picture;
  const latencyMs = { p50: latencies.percentile(0.5), p99: latencies.percentile(0.99) };
  const {
    heartbeats,
    interactions,
    snapshots,
    scores,
    proposals,
    approved,
    rejected,
    outcomes,
    improved,
    deadLetters,
  } = counts;
  return {
    json: {
      log,
      heartbeats,
      interactions,
      snapshots,
      scores,
      proposals,
      decisions: { approved, rejected },
      outcomes,
      deadLetters,
      latencyMs,
      ...(decisionRows === null ? {} : { rows: { decisions: decisionRows } }),
    },
    text: [
      `watched for ${clock(watchedMs)}`,
      `  heartbeats   ${whole(heartbeats)}, and ${whole(interactions)} interactions`,
      `  snapshots    ${whole(snapshots)}, ${whole(scores)} of them scored; ${whole(counts.late)} late, ${whole(deadLetters)} dead letters`,
      `  decisions    ${approved} approved and ${rejected} rejected, of ${proposals} proposals`,
      `  done         ${counts.applied} carried out, ${outcomes} measured: ${improved} improved things`,
      `  latency      p50 ${milliseconds(latencyMs.p50)}, p99 ${milliseconds(latencyMs.p99)}, window's last heartbeat to decision`,
      ...(decisionRows === null ? [] : [`  history      ${decisionRows} decisions in the database`]),
      ...notes.map((note) => `  ${note}`),
    ],
  };
}
