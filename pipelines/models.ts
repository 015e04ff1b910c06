/** The models table as the assessment holds it: which model scores a window, and which ones read it beforehand to have a state when their turn comes. */
import type { ModelUse } from '../schemas/records.ts';
import type { Model } from '../src/liquid/model.ts';
import type { StepFunction } from '../src/liquid/scoring.ts';
import type { Context, Input } from '../src/streams/processor.ts';

/** A model and its step on the device that was chosen. */
export interface ScoringModel {
  readonly model: Model;
  readonly step: StepFunction;
}

export interface OpenedModel extends ScoringModel {
  close(): Promise<void>;
}

/** Opens the file of a record (gzip of JSON): checked, loaded and warmed. Rejects with an error that has a code where the file is no good model. */
export type OpenModel = (file: Uint8Array) => Promise<OpenedModel>;

interface Use {
  readonly key: string;
  readonly warmFromMs: number;
  readonly effectiveMs: number;
  readonly opened: OpenedModel;
}

/** Uses that are kept of those whose time had come when the table changed last: those of the latest effective times. */
const usesMax = 8;
/** Uses that may be announced ahead: each holds a model open. */
const aheadMax = 32;
/** Models whose states a cell keeps: a swap back within the last few goes on where the model left off. */
const statesMax = 4;
/** Models whose states are still to be deleted, cell by cell. */
const retiredMax = 32;

export class Models {
  readonly #configured: ScoringModel;
  readonly #open: OpenModel;
  /** In ascending order of effective time; of two at the same time the later record is the last. */
  #uses: Use[] = [];
  /** Uses older than those kept have been let go. */
  #cut = false;
  #retired: readonly string[] = [];

  constructor(configured: ScoringModel, open: OpenModel) {
    this.#configured = configured;
    this.#open = open;
  }

  /** Takes a record of `aura.models`. A file that is no good model goes to the dead letters with the reason, and what was in force stays. */
  async take(record: Input<ModelUse | null>, context: Pick<Context, 'deadLetter'>): Promise<void> {
    const { key, value, appendMs } = record;
    const others = this.#uses.filter((use) => use.key !== key);
    if (value === null) {
      await this.#keep(others, appendMs);
      return;
    }
    const { model, warmFromMs, effectiveMs } = value;
    if (!(warmFromMs <= effectiveMs)) {
      context.deadLetter(
        record,
        'number-out-of-range',
        `warmFromMs is ${warmFromMs}; valid is effectiveMs, ${effectiveMs}, or less`,
      );
      return;
    }
    if (effectiveMs > appendMs && others.filter((use) => use.effectiveMs > appendMs).length >= aheadMax) {
      context.deadLetter(record, 'uses-too-many', `${model} would be one more use ahead of time than ${aheadMax}`);
      return;
    }
    let opened: OpenedModel;
    try {
      opened = await this.#open(value.file);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
      context.deadLetter(record, error.code, `${model} is not used: ${error.message}`);
      return;
    }
    if (opened.model.id !== model) {
      await opened.close();
      context.deadLetter(record, 'model-id', `model is ${model}; its file holds ${opened.model.id}`);
      return;
    }
    await this.#keep([...others, { key, warmFromMs, effectiveMs, opened }], appendMs);
  }

  /** The model that scores windows which begin at `startMs`. */
  at(startMs: number): ScoringModel {
    let found = (this.#cut ? this.#uses.at(0)?.opened : undefined) ?? this.#configured;
    for (const { effectiveMs, opened } of this.#uses) if (effectiveMs <= startMs) found = opened;
    return found;
  }

  /** The models that read this window without scoring it, as theirs begins soon; each once. */
  warming(startMs: number, endMs: number): readonly ScoringModel[] {
    const scoring = this.at(startMs).model.id;
    const found = new Map<string, ScoringModel>();
    for (const { warmFromMs, effectiveMs, opened } of this.#uses)
      if (warmFromMs < endMs && startMs < effectiveMs && opened.model.id !== scoring)
        found.set(opened.model.id, opened);
    return [...found.values()];
  }

  /** Models that gave way to several others: their states may go, but for one that reads this window all the same. */
  retired(startMs: number, endMs: number): readonly string[] {
    if (this.#retired.length === 0) return this.#retired;
    const reading = new Set([this.at(startMs), ...this.warming(startMs, endMs)].map(({ model }) => model.id));
    return this.#retired.filter((id) => !reading.has(id));
  }

  async close(): Promise<void> {
    const uses = this.#uses;
    this.#uses = [];
    for (const { opened } of uses) await opened.close();
  }

  /** `nowMs`: when the table changed. What scores then is never let go for what is to score later. */
  async #keep(uses: readonly Use[], nowMs: number): Promise<void> {
    const sorted = [...uses].sort((a, b) => a.effectiveMs - b.effectiveMs);
    const ahead = sorted.filter(({ effectiveMs }) => effectiveMs > nowMs);
    const due = sorted.slice(0, sorted.length - ahead.length).slice(-usesMax);
    const kept = [...due, ...ahead];
    this.#cut ||= kept.length < sorted.length;
    const before = this.#uses;
    const ids = [this.#configured.model.id, ...[...before, ...sorted].map(({ opened }) => opened.model.id)];
    this.#uses = kept;
    const recent = new Set<string>();
    for (const { opened } of due.toReversed()) if (recent.size < statesMax) recent.add(opened.model.id);
    if (recent.size < statesMax) recent.add(this.#configured.model.id);
    for (const { opened } of ahead) recent.add(opened.model.id);
    this.#retired = [...new Set([...this.#retired, ...ids])].filter((id) => !recent.has(id)).slice(-retiredMax);
    for (const use of new Set([...before, ...sorted])) if (!kept.includes(use)) await use.opened.close();
  }
}
