/** The live view where there is no terminal: a line for each decision and outcome while it is among the newest that the picture holds, and the counts every few seconds. */
import type { Io } from '../io.ts';
import type { DecisionPicture, Picture } from './picture.ts';
import { clock, milliseconds, printable, timeOfDay, whole } from './text.ts';

const everyMs = 5000;

export class Narrator {
  readonly #io: Pick<Io, 'out'>;
  readonly #validators: { readonly size: number };
  /** Of the decisions that the picture holds, by id, the outcome told. */
  #told: ReadonlyMap<string, DecisionPicture['outcome']> = new Map();
  #nextMs = 0;

  constructor(io: Pick<Io, 'out'>, validators: { readonly size: number }) {
    this.#io = io;
    this.#validators = validators;
  }

  tell(picture: Picture, elapsedMs: number): void {
    for (const decision of picture.decisions.toReversed()) {
      if (!this.#told.has(decision.id)) this.#line(this.#decided(decision));
      else if (decision.outcome !== null && this.#told.get(decision.id) === null)
        this.#line(this.#became(decision, decision.outcome));
    }
    this.#told = new Map(picture.decisions.map(({ id, outcome }) => [id, outcome]));
    if (elapsedMs < this.#nextMs) return;
    this.#nextMs = elapsedMs + everyMs;
    const { counts, cascade, latencies } = picture;
    this.#io.out(
      `${clock(elapsedMs)} heartbeats ${whole(counts.heartbeats)}, snapshots ${counts.snapshots}, proposals ${counts.proposals}, ` +
        `decisions ${counts.approved} approved ${counts.rejected} rejected, outcomes ${counts.outcomes}, dead letters ${counts.deadLetters}, ` +
        `cascade risk ${cascade === null ? '–' : cascade.toFixed(2)}, latency p50 ${milliseconds(latencies.percentile(0.5))}\n`,
    );
  }

  /** Names and reasons may be anybody's who writes to the topics. */
  #line(text: string): void {
    this.#io.out(`${printable(text)}\n`);
  }

  #decided({ receivedMs, kind, targets, approved, reason, dryRun, signatures }: DecisionPicture): string {
    const verdict = approved ? `approved${dryRun ? ' in dry-run' : ''}` : `rejected (${reason})`;
    return `${timeOfDay(receivedMs)} ${kind} ${targets.join(', ')}: ${verdict}, signed by ${signatures} of ${this.#validators.size}`;
  }

  #became({ kind, targets }: DecisionPicture, { effect, verdict }: NonNullable<DecisionPicture['outcome']>): string {
    return `${timeOfDay(Date.now())} ${kind} ${targets.join(', ')}: ${verdict.toLowerCase()}, effect ${effect.toFixed(2)}`;
  }
}
