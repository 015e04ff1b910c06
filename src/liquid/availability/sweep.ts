import { Features } from './features.ts';
import { FleetClock } from './fleet-clock.ts';
import { failsInHorizon, TICK_S, ticksOf } from './question.ts';
import type { AvailabilityTrace } from './trace.ts';

/** All nodes in service at one evaluation time. */
export interface Tick {
  readonly tS: number;
  /** Whole ticks since 1970. */
  readonly number: number;
  /** Ascending. */
  readonly nodes: readonly number[];
  /** By place in `nodes`: 1 where the node fails in the horizon. To learn from and to score with, never to predict from. */
  readonly labels: Uint8Array;
  /** Writes the features of the node, as of now, into row from `at` on. */
  readonly features: (node: number, row: Float32Array, at: number) => void;
}

/**
 * Evaluation times in order, from fromS to before toS. A tick's features know what began at or before it, and nothing else; so the sweep has to
 * begin where the trace does. The tick and its arrays hold until the next one is asked for.
 */
export class Sweep {
  readonly names: readonly string[];
  readonly #trace: AvailabilityTrace;
  readonly #clock: FleetClock;
  readonly #features: Features;

  constructor(trace: AvailabilityTrace, hourOf: (tS: number) => number) {
    this.#trace = trace;
    this.#clock = new FleetClock(trace);
    this.#features = new Features(this.#clock, hourOf);
    this.names = this.#features.names;
  }

  *ticks(fromS: number, toS: number): Generator<Tick> {
    const { nodes } = this.#trace;
    const features = (node: number, row: Float32Array, at: number) => this.#features.fill(node, row, at);
    const times = ticksOf(fromS, toS);
    for (const tS of times) {
      this.#clock.advance(tS);
      this.#features.advance();
      const up: number[] = [];
      for (let node = 0; node < nodes.length; node++) if (!Number.isNaN(this.#clock.upSinceS(node))) up.push(node);
      const labels = Uint8Array.from(up, (node) => (failsInHorizon(nodes[node], tS) ? 1 : 0));
      yield { tS, number: tS / TICK_S, nodes: up, labels, features };
    }
  }
}
