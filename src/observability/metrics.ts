/**
 * The metrics of one process. Names are Kafka Streams' where it has them (stream-thread, stream-task, stream-processor-node and consumer metrics), in
 * Prometheus form: process-total of stream-task-metrics is aura_stream_task_process_total. Times are in seconds, as Prometheus has it. Its averages
 * and maxima are histograms here.
 *
 * Labels: processor; partition where a value differs by task; reason, topic and verdict from short lists. Histograms go by processor alone. The number
 * of series is bounded: what comes past a limit is counted under "other".
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { LabelLimit, otherLabel } from './label-limit.ts';
import { WindowedRate } from './windowed-rate.ts';

export interface MetricsOptions {
  /** First part of every name. */
  readonly prefix?: string;
  /** Also the metrics of the Node process: CPU, memory, event loop, garbage collection. */
  readonly processMetrics?: boolean;
  /** Tasks with series of their own. */
  readonly tasksMax?: number;
  /** Monotonic clock in ms, for rates. */
  readonly nowMs?: () => number;
}

/** One processor on one partition. */
export interface TaskMetrics {
  /** A batch was processed: how many records, in how long. */
  processed(records: number, seconds: number): void;
  /** A transaction was committed. */
  committed(seconds: number): void;
  /** A record came after its window's grace. */
  late(latenessSeconds: number): void;
  /** Records were given up to the dead letters; `code` is a stable reason. */
  deadLettered(code: string, records: number): void;
  /** A timer in event time fired. */
  punctuated(): void;
  /** Changelog records were read while state is restored; `remaining` are still to be read. */
  restored(records: number, remaining: number): void;
  /** Records appended to an input and not processed yet. */
  lag(topic: string, records: number): void;
  /** Input is held back because a queue is full. */
  paused(isPaused: boolean): void;
  /** From the origin of a record's cause to its processing here. */
  endToEnd(seconds: number): void;
  /** The task is gone from this process, and with it its series. */
  close(): void;
}

/** All tasks of one processor in this process. */
export interface ThreadMetrics {
  polled(records: number, seconds: number): void;
  /** A commit failed, a partition was lost, and so on; `code` is a stable reason. */
  failed(code: string): void;
  rebalanced(): void;
}

export interface Metrics {
  readonly registry: Registry;
  /** Handles are to be kept: asking twice for an open task gives the same one. */
  task(processor: string, partition: number): TaskMetrics;
  thread(processor: string): ThreadMetrics;
  /** From the append of the record that closed the window to the receipt of the decision. */
  decided(verdict: string, seconds: number): void;
  /** Rows written to a sink, and how long their transaction took. */
  sinkWrote(sink: string, records: number, seconds: number): void;
}

const fastSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const slowSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const decisionSeconds = [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const processorsMax = 64;
const codesMax = 64;
const topicsMax = 128;

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { prefix = 'aura', processMetrics = true, tasksMax = 1024, nowMs = () => performance.now() } = options;
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix: `${prefix}_` });

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `${prefix}_${name}`, help, labelNames, registers: [registry] });
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect?: () => void,
  ): Gauge<L> =>
    new Gauge({ name: `${prefix}_${name}`, help, labelNames, registers: [registry], ...(collect && { collect }) });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: readonly number[],
  ): Histogram<L> =>
    new Histogram({ name: `${prefix}_${name}`, help, labelNames, buckets: [...buckets], registers: [registry] });

  const byTask = ['processor', 'partition'] as const;
  const processTotal = counter('stream_task_process_total', 'Records processed.', byTask);
  const processLatency = histogram(
    'stream_task_process_latency_seconds',
    'Time to process one batch of records.',
    ['processor'],
    fastSeconds,
  );
  const commitTotal = counter('stream_task_commit_total', 'Transactions committed.', byTask);
  const commitLatency = histogram(
    'stream_task_commit_latency_seconds',
    'Time to commit one transaction.',
    ['processor'],
    fastSeconds,
  );
  const droppedTotal = counter('stream_task_dropped_records_total', 'Records not processed: late or given up.', byTask);
  const lateTotal = counter('stream_task_late_records_total', 'Records that came after their window’s grace.', byTask);
  const lateness = histogram(
    'stream_task_record_lateness_seconds',
    'How long after the watermark late records came, in event time.',
    ['processor'],
    slowSeconds,
  );
  const deadLettersTotal = counter('dead_letters_total', 'Records given up to the dead letters.', [
    'processor',
    'reason',
  ]);
  const punctuateTotal = counter('stream_task_punctuate_total', 'Timers in event time that fired.', byTask);
  const restoreTotal = counter('stream_task_restore_total', 'Changelog records read to restore state.', byTask);
  const restoreRemaining = gauge(
    'stream_task_restore_remaining_records',
    'Changelog records still to be read before the task runs.',
    byTask,
  );
  const pausedGauge = gauge('stream_task_paused', '1 while input is held back because a queue is full.', byTask);
  const recordsLag = gauge('consumer_records_lag', 'Records appended to an input and not processed yet.', [
    ...byTask,
    'topic',
  ]);
  const e2e = histogram(
    'stream_processor_node_record_e2e_latency_seconds',
    'From the origin of a record’s cause to its processing.',
    ['processor'],
    slowSeconds,
  );
  const pollTotal = counter('stream_thread_poll_total', 'Polls of the log that gave records.', ['processor']);
  const pollRecords = counter('stream_thread_poll_records_total', 'Records that polls gave.', ['processor']);
  const pollLatency = histogram('stream_thread_poll_latency_seconds', 'Time of one poll.', ['processor'], slowSeconds);
  const failures = counter('stream_thread_failures_total', 'Failures survived, by reason.', ['processor', 'reason']);
  const rebalances = counter('stream_thread_rebalance_total', 'Assignments of partitions received.', ['processor']);
  const taskCreated = counter('stream_thread_task_created_total', 'Tasks made.', ['processor']);
  const taskClosed = counter('stream_thread_task_closed_total', 'Tasks closed.', ['processor']);
  const decisionLatency = histogram(
    'decision_latency_seconds',
    'From the append of the record that closed the window to the receipt of the decision.',
    ['verdict'],
    decisionSeconds,
  );
  const sinkRecords = counter('sink_records_total', 'Records written to a sink.', ['sink']);
  const sinkLatency = histogram(
    'sink_write_latency_seconds',
    'Time of one transaction of a sink.',
    ['sink'],
    slowSeconds,
  );

  const rates = new Map<string, { readonly labels: TaskLabels; readonly rate: WindowedRate }>();
  const processRate = gauge(
    'stream_task_process_rate',
    'Records processed a second, over the last 30 s.',
    byTask,
    () => {
      for (const { labels, rate } of rates.values()) processRate.set(labels, rate.perSecond(nowMs()));
    },
  );

  const processors = new LabelLimit(processorsMax);
  const tasks = new LabelLimit(tasksMax);
  const reasons = new LabelLimit(codesMax);
  const topics = new LabelLimit(topicsMax);
  const verdicts = new LabelLimit(8);
  const sinks = new LabelLimit(16);
  const open = new Map<string, TaskMetrics>();
  const threads = new Map<string, ThreadMetrics>();

  function openTask(ofProcessor: string, partition: number): TaskMetrics {
    const processor = processors.admit(ofProcessor);
    const key = `${processor}/${partition}`;
    const known = open.get(key);
    if (known !== undefined) return known;
    const isOther = tasks.admit(key) === otherLabel;
    const labels: TaskLabels = { processor, partition: isOther ? otherLabel : String(partition) };
    const rateKey = `${processor}/${labels.partition}`;
    const rate = rates.get(rateKey)?.rate ?? new WindowedRate(nowMs());
    rates.set(rateKey, { labels, rate });
    const processed = processTotal.labels(labels);
    const latency = processLatency.labels({ processor });
    const commits = commitTotal.labels(labels);
    const commitSeconds = commitLatency.labels({ processor });
    const lagTopics = new Set<string>();
    taskCreated.inc({ processor });
    const metrics: TaskMetrics = {
      processed(records, seconds) {
        processed.inc(records);
        latency.observe(seconds);
        rate.add(records, nowMs());
      },
      committed(seconds) {
        commits.inc();
        commitSeconds.observe(seconds);
      },
      late(latenessSeconds) {
        lateTotal.inc(labels);
        droppedTotal.inc(labels);
        lateness.observe({ processor }, latenessSeconds);
      },
      deadLettered(code, records) {
        deadLettersTotal.inc({ processor, reason: reasons.admit(code) }, records);
        droppedTotal.inc(labels, records);
      },
      punctuated() {
        punctuateTotal.inc(labels);
      },
      restored(records, remaining) {
        restoreTotal.inc(labels, records);
        restoreRemaining.set(labels, remaining);
      },
      lag(ofTopic, records) {
        const topic = topics.admit(ofTopic);
        lagTopics.add(topic);
        recordsLag.set({ ...labels, topic }, records);
      },
      paused(isPaused) {
        pausedGauge.set(labels, isPaused ? 1 : 0);
      },
      endToEnd(seconds) {
        e2e.observe({ processor }, seconds);
      },
      close() {
        if (!open.delete(key)) return;
        taskClosed.inc({ processor });
        // Series under "other" belong to several tasks and stay.
        if (isOther) return;
        tasks.release(key);
        rates.delete(rateKey);
        for (const metric of [processTotal, commitTotal, droppedTotal, lateTotal, punctuateTotal, restoreTotal]) {
          metric.remove(labels);
        }
        for (const metric of [restoreRemaining, pausedGauge, processRate]) metric.remove(labels);
        for (const topic of lagTopics) recordsLag.remove({ ...labels, topic });
      },
    };
    open.set(key, metrics);
    return metrics;
  }

  function openThread(ofProcessor: string): ThreadMetrics {
    const processor = processors.admit(ofProcessor);
    const known = threads.get(processor);
    if (known !== undefined) return known;
    const metrics: ThreadMetrics = {
      polled(records, seconds) {
        pollTotal.inc({ processor });
        pollRecords.inc({ processor }, records);
        pollLatency.observe({ processor }, seconds);
      },
      failed(code) {
        failures.inc({ processor, reason: reasons.admit(code) });
      },
      rebalanced() {
        rebalances.inc({ processor });
      },
    };
    threads.set(processor, metrics);
    return metrics;
  }

  return {
    registry,
    task: openTask,
    thread: openThread,
    decided(verdict, seconds) {
      decisionLatency.observe({ verdict: verdicts.admit(verdict) }, seconds);
    },
    sinkWrote(ofSink, records, seconds) {
      const sink = sinks.admit(ofSink);
      sinkRecords.inc({ sink }, records);
      sinkLatency.observe({ sink }, seconds);
    },
  };
}

type TaskLabels = { readonly processor: string; readonly partition: string };
