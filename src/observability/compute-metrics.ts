/** Where models compute, and why there: gauges that are 1 for what holds now, with the reason as a label. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** A device as src/compute describes it. */
export interface DescribedDevice {
  readonly provider: string;
  readonly reason: string;
  readonly refused: readonly { readonly provider: string; readonly reason: string }[];
}

export interface ComputeMetrics {
  /** A model computes there from now on. */
  computesOn(model: string, device: DescribedDevice): void;
  /** A device was lost under a step. */
  lost(provider: string): void;
  /** The model is no longer open. */
  closed(model: string): void;
}

const reasonMax = 200;

export function computeMetrics(registry: Registry, prefix = 'aura'): ComputeMetrics {
  const labelNames = ['model', 'provider', 'reason'] as const;
  const device = new Gauge({
    name: `${prefix}_compute_device`,
    help: '1 for the provider that a model computes on, with the reason.',
    labelNames,
    registers: [registry],
  });
  const refused = new Gauge({
    name: `${prefix}_compute_provider_refused`,
    help: '1 for each provider that a model does not compute on, with the reason.',
    labelNames,
    registers: [registry],
  });
  const lost = new Counter({
    name: `${prefix}_compute_device_lost_total`,
    help: 'Devices that failed under a step, which was repeated on the CPU.',
    labelNames: ['provider'],
    registers: [registry],
  });
  /** Series by model: few models are open at once, and those that are closed leave none behind. */
  const series = new Map<string, (() => void)[]>();
  const closed = (model: string): void => {
    for (const remove of series.get(model) ?? []) remove();
    series.delete(model);
  };
  return {
    computesOn(model, { provider, reason, refused: others }) {
      closed(model);
      const removals: (() => void)[] = [];
      const set = (gauge: typeof device, of: { readonly provider: string; readonly reason: string }): void => {
        const labels = { model, provider: of.provider, reason: of.reason.slice(0, reasonMax) };
        gauge.set(labels, 1);
        removals.push(() => gauge.remove(labels));
      };
      set(device, { provider, reason });
      for (const other of others) set(refused, other);
      series.set(model, removals);
    },
    lost(provider) {
      lost.inc({ provider });
    },
    closed,
  };
}
