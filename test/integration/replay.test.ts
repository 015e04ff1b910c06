/** Recorded telemetry through a real broker, registry and database: the replay ends, though the ends of transactions take offsets that hold no record. */
import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { lastJson, run } from '../cli/fake-io.ts';
import { minutes, services, smallRecording } from '../cli/replay/small-recording.ts';

const kafka = inject('kafka');
const registry = inject('registry');
const postgres = inject('postgres');

test.skipIf(kafka === null || registry === null || postgres === null)(
  'a replay on a cluster takes every record and ends when the history holds all of it, the second time too',
  { timeout: 240_000 },
  async () => {
    const data = smallRecording();
    // The second finds its decisions in the database already: they are keyed by what was decided and when.
    for (let time = 1; time <= 2; time++) {
      const env = {
        AURA_BROKERS: kafka?.brokers.join(','),
        AURA_REGISTRY_URL: registry?.url,
        AURA_POSTGRES_URL: postgres?.url,
        AURA_PREFIX: `replay-${randomUUID().slice(0, 8)}.`,
      };
      const ran = await run(['replay', 'nezha', '--data', data, '--log', 'kafka', '--json'], { env });
      const json = lastJson(ran) as { decisions: { approved: number; rejected: number }; rows: { decisions: number } };
      expect(json).toMatchObject({
        log: 'kafka',
        heartbeats: minutes * services.length,
        snapshots: minutes,
        scores: minutes,
        deadLetters: 0,
      });
      const { approved, rejected } = json.decisions;
      expect(approved + rejected).toBeGreaterThan(0);
      expect(json.rows.decisions).toBe(approved + rejected);
    }
  },
);
