/** What the runtime tells, and what becomes of the devices that models compute on, as metrics, log lines and the answer to /ready. */

import type { Late } from '../../schemas/records.ts';
import type { ComputeMetrics } from '../observability/compute-metrics.ts';
import type { CheckResult } from '../observability/http.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Observer } from '../streams/runtime.ts';
import type { EngineObserver } from './engine.ts';
import { codeOf, messageOf } from './errors.ts';

const lateTopic = 'aura.late';
const sinks: ReadonlySet<string> = new Set(['history', 'graph']);

export interface ProcessObserver {
  readonly observer: Observer;
  /** Whether every task that this process was given is running. */
  ready(): CheckResult;
}

export function observeProcess(metrics: Metrics, logger: Logger): ProcessObserver {
  const states = new Map<string, 'restoring' | 'running' | 'failed'>();
  return {
    observer: {
      processed: (processor, partition, records, ms) =>
        metrics.task(processor, partition).processed(records, ms / 1000),
      committed: (processor, partition, records, ms) => {
        metrics.task(processor, partition).committed(ms / 1000);
        if (sinks.has(processor)) metrics.sinkWrote(processor, records, ms / 1000);
      },
      deadLetter: (processor, partition, code) => metrics.task(processor, partition).deadLettered(code, 1),
      refused: (processor, code) => metrics.thread(processor).failed(code),
      emitted: (processor, partition, topic, value) => {
        if (topic !== lateTopic) return;
        const { timeMs, closedMs } = value as Late;
        metrics.task(processor, partition).late(Math.max(0, closedMs - timeMs) / 1000);
      },
      restored: (processor, partition, records) => metrics.task(processor, partition).restored(records, 0),
      lag: (processor, topic, partition, queued) => metrics.task(processor, partition).lag(topic, queued),
      taskState(processor, partition, state, error) {
        const task = `${processor}/${partition}`;
        const about = { processor, partition, state };
        if (state === 'closed') {
          states.delete(task);
          metrics.task(processor, partition).close();
          logger.debug(about, 'task closed');
          return;
        }
        states.set(task, state);
        if (state !== 'failed') {
          logger.debug(about, `task ${state}`);
          return;
        }
        metrics.thread(processor).failed(codeOf(error) ?? 'task-failed');
        logger.warn({ ...about, err: error }, `task failed and starts anew: ${messageOf(error)}`);
      },
    },
    ready() {
      const waiting = [...states].filter(([, state]) => state !== 'running').map(([task, state]) => `${task} ${state}`);
      if (waiting.length === 0) return { ok: true, detail: `${states.size} tasks running` };
      return { ok: false, detail: waiting.slice(0, 10).join(', ') };
    },
  };
}

export function observeEngine(metrics: ComputeMetrics, logger: Logger): EngineObserver {
  return {
    opened(model, device) {
      metrics.computesOn(model, device);
      logger.info({ model, ...device }, 'model loaded');
    },
    refused(code, reason) {
      logger.error({ code }, `a model is not used: ${reason}`);
    },
    lost(model, provider, device) {
      metrics.lost(provider);
      metrics.computesOn(model, device);
      logger.error({ model, lost: provider, ...device }, 'a device was lost; the step is repeated on the CPU');
    },
    closed(model) {
      metrics.closed(model);
      logger.info({ model }, 'model closed');
    },
  };
}
