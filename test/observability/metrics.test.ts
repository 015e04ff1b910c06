import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelLimit } from '../../src/observability/label-limit.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { WindowedRate } from '../../src/observability/windowed-rate.ts';

function metricsAt(clock: { nowMs: number }, tasksMax = 1024) {
  return createMetrics({ processMetrics: false, tasksMax, nowMs: () => clock.nowMs });
}

/** The samples of one name, as Prometheus would read them. */
async function samples(metrics: ReturnType<typeof metricsAt>, name: string): Promise<readonly string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('createMetrics', () => {
  it('counts what a task does under Kafka Streams’ names', async () => {
    const clock = { nowMs: 0 };
    const metrics = metricsAt(clock);
    const task = metrics.task('snapshots', 3);
    task.processed(100, 0.004);
    task.processed(50, 0.002);
    task.committed(0.003);
    task.late(1.5);
    task.deadLettered('avro-truncated', 2);
    task.punctuated();
    task.restored(500, 20);
    task.lag('aura.observations', 7);
    task.paused(true);
    task.endToEnd(0.02);
    const of = (name: string) => samples(metrics, name);
    const labels = '{processor="snapshots",partition="3"}';
    expect(await of('aura_stream_task_process_total')).toEqual([`aura_stream_task_process_total${labels} 150`]);
    expect(await of('aura_stream_task_commit_total')).toEqual([`aura_stream_task_commit_total${labels} 1`]);
    expect(await of('aura_stream_task_late_records_total')).toEqual([`aura_stream_task_late_records_total${labels} 1`]);
    expect(await of('aura_stream_task_dropped_records_total')).toEqual([
      `aura_stream_task_dropped_records_total${labels} 3`,
    ]);
    expect(await of('aura_stream_task_restore_remaining_records')).toEqual([
      `aura_stream_task_restore_remaining_records${labels} 20`,
    ]);
    expect(await of('aura_stream_task_paused')).toEqual([`aura_stream_task_paused${labels} 1`]);
    expect(await of('aura_consumer_records_lag')).toEqual([
      'aura_consumer_records_lag{processor="snapshots",partition="3",topic="aura.observations"} 7',
    ]);
    expect(await of('aura_dead_letters_total')).toEqual([
      'aura_dead_letters_total{processor="snapshots",reason="avro-truncated"} 2',
    ]);
    expect(await of('aura_stream_task_process_latency_seconds_count')).toEqual([
      'aura_stream_task_process_latency_seconds_count{processor="snapshots"} 2',
    ]);
    expect(await of('aura_stream_task_process_latency_seconds_sum')).toEqual([
      'aura_stream_task_process_latency_seconds_sum{processor="snapshots"} 0.006',
    ]);
  });

  it('tells the rate over the last half minute', async () => {
    const clock = { nowMs: 0 };
    const metrics = metricsAt(clock);
    const task = metrics.task('intake', 0);
    for (let second = 0; second < 10; second++) {
      clock.nowMs = second * 1000;
      task.processed(200, 0.001);
    }
    clock.nowMs = 10_000;
    const name = 'aura_stream_task_process_rate';
    expect(await samples(metrics, name)).toEqual([`${name}{processor="intake",partition="0"} 200`]);
    clock.nowMs = 60_000;
    expect(await samples(metrics, name)).toEqual([`${name}{processor="intake",partition="0"} 0`]);
  });

  it('gives the same handle for the same task, and forgets the series of one that is closed', async () => {
    const metrics = metricsAt({ nowMs: 0 });
    const task = metrics.task('intake', 0);
    expect(metrics.task('intake', 0)).toBe(task);
    task.processed(5, 0.001);
    task.lag('aura.heartbeats', 9);
    task.restored(1, 1);
    task.close();
    task.close();
    const text = await metrics.registry.metrics();
    expect(text).not.toMatch(/partition="0"/);
    expect(text).toContain('aura_stream_thread_task_closed_total{processor="intake"} 1');
    const again = metrics.task('intake', 0);
    again.processed(2, 0.001);
    expect(await samples(metrics, 'aura_stream_task_process_total')).toEqual([
      'aura_stream_task_process_total{processor="intake",partition="0"} 2',
    ]);
  });

  it('counts what comes past a limit under other', async () => {
    const metrics = metricsAt({ nowMs: 0 }, 2);
    for (let partition = 0; partition < 5; partition++) metrics.task('intake', partition).processed(1, 0.001);
    expect(await samples(metrics, 'aura_stream_task_process_total')).toEqual([
      'aura_stream_task_process_total{processor="intake",partition="0"} 1',
      'aura_stream_task_process_total{processor="intake",partition="1"} 1',
      'aura_stream_task_process_total{processor="intake",partition="other"} 3',
    ]);
    for (let i = 0; i < 1000; i++) metrics.task('intake', 0).deadLettered(`hostile-${i}`, 1);
    const reasons = await samples(metrics, 'aura_dead_letters_total');
    expect(reasons).toHaveLength(65);
    expect(reasons).toContain('aura_dead_letters_total{processor="intake",reason="other"} 936');
  });

  it('puts decision latency into buckets around its budget of 50 ms', async () => {
    const metrics = metricsAt({ nowMs: 0 });
    metrics.decided('APPROVED', 0.049);
    metrics.decided('REJECTED', 0.06);
    const buckets = await samples(metrics, 'aura_decision_latency_seconds_bucket');
    expect(buckets).toContain('aura_decision_latency_seconds_bucket{le="0.05",verdict="APPROVED"} 1');
    expect(buckets).toContain('aura_decision_latency_seconds_bucket{le="0.05",verdict="REJECTED"} 0');
  });

  it('has no global state: two in one process do not meet', async () => {
    const [a, b] = [createMetrics(), createMetrics()];
    a.thread('intake').polled(3, 0.1);
    a.thread('intake').failed('commit-failed');
    a.thread('intake').rebalanced();
    a.sinkWrote('postgres', 10, 0.2);
    expect(await a.registry.metrics()).toContain('aura_stream_thread_poll_records_total{processor="intake"} 3');
    const other = await b.registry.metrics();
    expect(other).not.toContain('processor="intake"');
    expect(other).toContain('aura_process_cpu_seconds_total');
  });

  it('names and explains every metric as Prometheus wants it', async () => {
    const metrics = metricsAt({ nowMs: 0 });
    for (const { name, help, type } of await metrics.registry.getMetricsAsJSON()) {
      expect(name).toMatch(/^aura_[a-z0-9_]+$/);
      expect(help.length).toBeGreaterThan(10);
      if (String(type) === 'counter') expect(name).toMatch(/_total$/);
      if (String(type) === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });
});

describe('WindowedRate', () => {
  it('is a count of the last 30 buckets over their time, whatever the pattern', () => {
    const event = fc.record({ afterMs: fc.nat(5000), count: fc.nat(100) });
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(event, { maxLength: 50, size: 'max' }),
        fc.nat(40_000),
        (startMs, events, restMs) => {
          const rate = new WindowedRate(startMs);
          const seen: { readonly bucket: number; readonly count: number }[] = [];
          let nowMs = startMs;
          for (const { afterMs, count } of events) {
            nowMs += afterMs;
            rate.add(count, nowMs);
            seen.push({ bucket: Math.floor(nowMs / 1000), count });
          }
          nowMs += restMs;
          const newest = Math.floor(nowMs / 1000);
          let sum = 0;
          for (const { bucket, count } of seen) if (bucket > newest - 30) sum += count;
          const spanMs = Math.max(1000, Math.min(nowMs - startMs, nowMs - (newest - 29) * 1000));
          expect(rate.perSecond(nowMs)).toBeCloseTo(sum / (spanMs / 1000), 9);
        },
      ),
    );
  });
});

describe('LabelLimit', () => {
  it('lets the first values pass and gives a released place to another', () => {
    const limit = new LabelLimit(2);
    expect(['a', 'b', 'c', 'a'].map((value) => limit.admit(value))).toEqual(['a', 'b', 'other', 'a']);
    limit.release('a');
    expect(limit.admit('c')).toBe('c');
  });
});
