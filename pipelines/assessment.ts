/** Snapshots become signatures (persistent homology) and scores (liquid network). */
import { createHash } from 'node:crypto';
import type { Bar, Scores, Signature, Snapshot } from '../schemas/records.ts';
import { checkId, isId } from '../src/fleet/ids.ts';
import { AGENTS_PER_CELL_MAX, EDGES_PER_WINDOW_MAX } from '../src/fleet/limits.ts';
import { type CellShape, cellShape, NO_HISTORY, type ShapeHistory } from '../src/liquid/cell-shape.ts';
import { type CellMemory, decodeMemory, encodeMemory, hiddenSizeOfBytes, NO_MEMORY } from '../src/liquid/memory.ts';
import type { Model } from '../src/liquid/model.ts';
import { type CellScores, scoreCell } from '../src/liquid/scoring.ts';
import {
  addStep,
  decodeHistory,
  decodeStep,
  encodeHistory,
  encodeStep,
  latestStep,
} from '../src/liquid/shape-history-codec.ts';
import type { Context, Input, Processor } from '../src/streams/processor.ts';
import { isFrom } from '../src/streams/processor.ts';
import { avroBody } from '../src/streams/schema/codec.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import type { Diagram } from '../src/topology/index.ts';
import { hasRoom } from './cell-room.ts';
import { Drafts } from './drafts.ts';
import { Models, type OpenModel, type ScoringModel } from './models.ts';
import { isOfItsOwnCell } from './own-cell.ts';
import type { Topics } from './topics.ts';

export interface AssessmentEngine extends ScoringModel {
  /** Opens the models that an operator has a running process use. */
  readonly open: OpenModel;
  /** Ablations, for measurements: what the scores are without one of the two senses. */
  readonly without?: 'topology';
}

/** Its stores. */
export const assessmentStores = { memories: 'memories', shapes: 'shapes' } as const;

/** By cell and model, so that a model that comes back goes on where it left off. */
const memories: StoreSpec<CellMemory> = {
  name: assessmentStores.memories,
  encode: (memory) => encodeMemory(memory, hiddenSizeOf(memory)),
  decode: (bytes) => decodeMemory(bytes, hiddenSizeOfBytes(bytes)),
};

const shapes: StoreSpec<ShapeHistory> = {
  name: assessmentStores.shapes,
  encode: encodeHistory,
  decode: decodeHistory,
  apply: (history, delta) => addStep(history ?? NO_HISTORY, decodeStep(delta)),
};

/** What becomes of a snapshot, before it is written. */
interface Assessed {
  readonly shape: CellShape | null;
  readonly scoring: ScoredBy;
  readonly warming: readonly ScoredBy[];
}

interface ScoredBy {
  readonly model: Model;
  readonly legacy: boolean;
  readonly scored: CellScores;
}

/** Cells of a task that are scored at once: their agents share the runs of the model. */
const togetherMax = 64;

export function assessment(topics: Topics, engine: AssessmentEngine): Processor {
  return {
    name: 'assessment',
    inputs: [topics.snapshots],
    tables: [topics.models],
    outputs: [topics.signatures, topics.scores],
    stores: [memories as StoreSpec, shapes as StoreSpec],
    task: () => {
      const models = new Models(engine, engine.open);
      const drafts = new Drafts<Assessed>();
      /** Models of which some cell has or had a state, whether they are in the table or not: few, as each is an operator's word. */
      const remembered = new Set<string>();
      return {
        restored(context) {
          for (const key of context.store(memories).keys()) {
            const [, id] = key.split('#');
            if (id !== undefined) remembered.add(id);
          }
        },
        async process(batch, context) {
          let together = new Map<string, Input<Snapshot>>();
          const assessTogether = async () => {
            const cells = [...together.values()];
            together = new Map();
            await assess(cells, context);
          };
          for (const record of batch) {
            if (isFrom(record, topics.models)) {
              await assessTogether();
              drafts.clear();
              await models.take(record, context);
            } else if (isFrom(record, topics.snapshots)) {
              if (!isSound(record, context) || !hasRoom(context.store(shapes), record, context)) continue;
              // A cell's next window needs what this one leaves.
              if (together.has(record.key) || together.size === togetherMax) await assessTogether();
              together.set(record.key, record);
            }
          }
          await assessTogether();
        },
        async anticipate(expected, context) {
          for (const { topic, key, value, bytes } of expected) {
            if (topic !== topics.snapshots) continue;
            const snapshot = value as Snapshot;
            // What fails here fails again in its turn, where it is known which record is to blame.
            const [drafted] = await Promise.allSettled([assessCell(key, snapshot, models, context)]);
            if (drafted.status === 'fulfilled') drafts.keep(key, bytes, drafted.value);
          }
          return [];
        },
        close: () => models.close(),
      };

      /** Of as many cells. All are scored at once; what they write is written in their order. */
      async function assess(cells: readonly Input<Snapshot>[], context: Context): Promise<void> {
        const settled = await Promise.allSettled(
          cells.map(({ key, value, bytes }) => drafts.take(key, bytes) ?? assessCell(key, value, models, context)),
        );
        for (const [i, assessed] of settled.entries()) {
          if (assessed.status === 'rejected') throw assessed.reason;
          write(cells[i], assessed.value, context);
          keepStates(cells[i], assessed.value, context);
        }
      }

      function keepStates({ key, value }: Input<Snapshot>, { scoring, warming }: Assessed, context: Context): void {
        const { windowStartMs, windowEndMs } = value;
        const states = context.store(memories);
        // A cell without agents is nothing to remember, nor for a model that scored it before: whoever comes next begins anew.
        if (value.agents.length === 0) {
          for (const id of remembered) states.delete(memoryKey(key, id));
          states.delete(key);
          return;
        }
        for (const { model, legacy, scored } of [scoring, ...warming]) {
          remembered.add(model.id);
          states.put(memoryKey(key, model.id), scored.memory);
          if (legacy) states.delete(key);
        }
        for (const id of models.retired(windowStartMs, windowEndMs)) states.delete(memoryKey(key, id));
      }
    },
  };

  /** Reads the cell's state and changes nothing. */
  async function assessCell(
    key: string,
    snapshot: Snapshot,
    models: Models,
    context: Pick<Context, 'store'>,
  ): Promise<Assessed> {
    const shape = cellShape(snapshot, context.store(shapes).get(key) ?? NO_HISTORY);
    const topology = engine.without === 'topology' ? null : (shape?.input ?? null);
    const { windowStartMs, windowEndMs } = snapshot;
    const scoreBy = async ({ model, step }: ScoringModel) => {
      const { found, legacy } = memoryOf(key, model, context);
      return { model, legacy, scored: await scoreCell(model, step, snapshot, topology, found ?? NO_MEMORY) };
    };
    const [scoring, ...warming] = await Promise.all(
      [models.at(windowStartMs), ...models.warming(windowStartMs, windowEndMs)].map(scoreBy),
    );
    return { shape, scoring, warming };
  }

  function write(record: Input<Snapshot>, { shape, scoring }: Assessed, context: Context): void {
    const { key, value: snapshot } = record;
    const hash = snapshotHash(record);
    if (shape === null) context.store(shapes).delete(key);
    else {
      context.store(shapes).append(key, shape.history, encodeStep(latestStep(shape.history)));
      context.emit(topics.signatures, key, toSignature(snapshot, hash, shape), record);
    }
    context.emit(topics.scores, key, toScores(snapshot, hash, scoring.model, scoring.scored), record);
  }

  /** States written before models could be swapped stand under the cell alone, and are those of the model that a process was configured with. */
  function memoryOf(key: string, model: Model, context: Pick<Context, 'store'>) {
    const states = context.store(memories);
    const own = states.get(memoryKey(key, model.id));
    if (own !== undefined || model.id !== engine.model.id) return { found: own, legacy: false };
    const found = states.get(key);
    const fits = found !== undefined && hiddenSizeOf(found) === model.network.cell.state;
    return { found: fits ? found : undefined, legacy: found !== undefined };
  }
}

/**
 * Whether it is one that a cell closes. Of more agents the topology would hold up the process, and a state that could not be read again would stop the
 * partition at every start.
 */
function isSound(record: Input<Snapshot>, context: Context): boolean {
  if (!isOfItsOwnCell(record, context)) return false;
  const { agents, edges } = record.value;
  const stranger = agents.find(({ agent }) => !isId(agent));
  const rejection =
    checkCount('cell-too-large', 'agents', agents.length, AGENTS_PER_CELL_MAX) ??
    checkCount('edges-too-many', 'edges', edges.length, EDGES_PER_WINDOW_MAX) ??
    (stranger === undefined ? null : checkId('agent', stranger.agent));
  if (rejection !== null) context.deadLetter(record, rejection.code, rejection.reason);
  return rejection === null;
}

function checkCount(code: string, what: string, count: number, most: number) {
  return count <= most ? null : { code, reason: `it has ${count} ${what}; valid is at most ${most}` };
}

/** Neither a cell's key nor a model's id holds a '#'. */
function memoryKey(cell: string, model: string): string {
  return `${cell}#${model}`;
}

/** Of a cell without agents 0: there is no state then. */
function hiddenSizeOf({ agents }: CellMemory): number {
  const [first] = agents.values();
  return first?.hidden.length ?? 0;
}

/** Taken over the Avro body: schema ids differ between registries, the body does not. */
export function snapshotHash(record: Pick<Input<Snapshot>, 'bytes'>): Buffer {
  return createHash('sha256').update(avroBody(record.bytes)).digest();
}

function toSignature(snapshot: Snapshot, snapshotHash: Uint8Array, { topology, stability }: CellShape): Signature {
  const { tenant, fleet, cell, windowStartMs, windowEndMs } = snapshot;
  return {
    tenant,
    fleet,
    cell,
    windowStartMs,
    windowEndMs,
    snapshotHash,
    states: topology.state.persistence.diagrams.flatMap(toBars),
    graph: topology.graph.persistence.diagrams.flatMap(toBars),
    vector: Array.from(topology.signature),
    stability,
  };
}

function toBars(diagram: Diagram, dimension: number): Bar[] {
  return Array.from(diagram.births, (birth, i) => {
    const death = diagram.deaths[i];
    return { dimension, birth, death: death === Number.POSITIVE_INFINITY ? null : death };
  });
}

function toScores(
  snapshot: Snapshot,
  snapshotHash: Uint8Array,
  model: Model,
  scored: Pick<Scores, 'agents' | 'cascade'>,
): Scores {
  const { tenant, fleet, cell, windowStartMs, windowEndMs } = snapshot;
  const { agents, cascade } = scored;
  return {
    tenant,
    fleet,
    cell,
    windowStartMs,
    windowEndMs,
    snapshotHash,
    model: model.id,
    horizonMs: model.horizonMs,
    cascade,
    agents,
  };
}
