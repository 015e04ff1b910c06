/** Shows a fleet and its pipeline until a time is up, a person has seen enough or something fails. */
import type { ReferenceFleet } from '../../fleet/reference/index.ts';
import type { CommandContext } from '../command.ts';
import type { FleetDriver } from './driver.ts';
import { Narrator } from './narrator.ts';
import type { Picture } from './picture.ts';
import { Screen } from './screen.ts';
import { renderView, type ViewFrame } from './view.ts';

export interface WatchOptions {
  readonly context: CommandContext;
  readonly picture: Picture;
  readonly driver: FleetDriver;
  readonly fleet: ReferenceFleet;
  /** What does not change from frame to frame. */
  readonly frame: Pick<ViewFrame, 'title' | 'subtitle' | 'threshold' | 'validators' | 'acting'>;
  /** Lines at the foot. */
  foot(): readonly string[];
  /** Null: until a person stops it. */
  readonly forMs: number | null;
  /** The last thing to warn of; empty: nothing. */
  warning(): string;
  /** Rejected when something cannot go on. */
  readonly failure: Promise<never>;
}

const frameMs = 250;

/** Resolves with the time watched, in ms. */
export async function watch(options: WatchOptions): Promise<number> {
  const { context, picture, driver, fleet, forMs, failure } = options;
  const { io, json } = context;
  const terminal = json ? null : io.terminal();
  const screen = terminal === null ? null : new Screen(terminal);
  const narrator = json || terminal !== null ? null : new Narrator(io, options.frame.validators);
  const startedMs = performance.now();
  const pace = new Pace();
  const ended = Promise.withResolvers<void>();

  const step = (): void => {
    const elapsedMs = performance.now() - startedMs;
    picture.counts.heartbeats = driver.sent.heartbeats;
    picture.counts.interactions = driver.sent.interactions;
    narrator?.tell(picture, elapsedMs);
    // Not by a timer of its own: one of more than 24 days goes off at once.
    if (forMs !== null && elapsedMs >= forMs) ended.resolve();
    if (screen === null || terminal === null) return;
    const frame: ViewFrame = {
      ...options.frame,
      picture,
      elapsedMs,
      remainingMs: forMs === null ? null : Math.max(0, forMs - elapsedMs),
      heartbeatsPerS: pace.perSecond(elapsedMs, picture.counts.heartbeats),
      faults: faultsNow(fleet),
      knowsFaults: true,
      foot: options.foot(),
      warning: options.warning(),
    };
    const { columns, rows } = terminal;
    screen.draw(renderView(frame, { columns, rows }, io.style));
  };

  const timer = setInterval(step, frameMs);
  const forget = io.onStop(() => ended.resolve());
  try {
    step();
    await Promise.race([ended.promise, failure]);
    step();
  } finally {
    forget();
    clearInterval(timer);
    screen?.close();
  }
  return performance.now() - startedMs;
}

/** Faults that are in force in the fleet's time, as words. */
function faultsNow(fleet: ReferenceFleet): string[] {
  return fleet.faults
    .filter(({ fromMs, toMs }) => fromMs <= fleet.nowMs && fleet.nowMs < toMs)
    .map(({ kind, agent }) => `${kind} ${agent}`);
}

/** How fast a count grows, over the last two seconds. */
class Pace {
  readonly #seen: { readonly ms: number; readonly count: number }[] = [];

  perSecond(ms: number, count: number): number {
    this.#seen.push({ ms, count });
    while (this.#seen.length > 2 && ms - this.#seen[1].ms >= 2000) this.#seen.shift();
    const [first] = this.#seen;
    return ms > first.ms ? (1000 * (count - first.count)) / (ms - first.ms) : 0;
  }
}
