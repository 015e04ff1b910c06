/** Snapshots become signatures (persistent homology) and scores (liquid network). */
import { createHash } from 'node:crypto';
import type { Bar, Scores, Signature, Snapshot } from '../schemas/records.ts';
import { type CellShape, cellShape, NO_HISTORY, type ShapeHistory } from '../src/liquid/cell-shape.ts';
import { type CellMemory, decodeMemory, encodeMemory, NO_MEMORY } from '../src/liquid/memory.ts';
import type { Model } from '../src/liquid/model.ts';
import { type StepFunction, scoreCell } from '../src/liquid/scoring.ts';
import {
  addStep,
  decodeHistory,
  decodeStep,
  encodeHistory,
  encodeStep,
  latestStep,
} from '../src/liquid/shape-history-codec.ts';
import type { Input, Processor } from '../src/streams/processor.ts';
import { isFrom } from '../src/streams/processor.ts';
import { avroBody } from '../src/streams/schema/codec.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import type { Diagram } from '../src/topology/index.ts';
import type { Topics } from './topics.ts';

export interface AssessmentEngine {
  readonly model: Model;
  /** The model's step on the device that was chosen. */
  readonly step: StepFunction;
  /** Ablations, for measurements: what the scores are without one of the two senses. */
  readonly without?: 'topology';
}

/** Its stores, which depend on the model in all but their names. */
export const assessmentStores = { memories: 'memories', shapes: 'shapes' } as const;

export function assessment(topics: Topics, { model, step, without }: AssessmentEngine): Processor {
  const width = model.network.cell.state;
  const memories: StoreSpec<CellMemory> = {
    name: assessmentStores.memories,
    encode: (memory) => encodeMemory(memory, width),
    decode: (bytes) => decodeMemory(bytes, width),
  };
  const shapes: StoreSpec<ShapeHistory> = {
    name: assessmentStores.shapes,
    encode: encodeHistory,
    decode: decodeHistory,
    apply: (history, delta) => addStep(history ?? NO_HISTORY, decodeStep(delta)),
  };
  return {
    name: 'assessment',
    inputs: [topics.snapshots],
    tables: [],
    outputs: [topics.signatures, topics.scores],
    stores: [memories as StoreSpec, shapes as StoreSpec],
    task: () => ({
      async process(batch, context) {
        for (const record of batch) {
          if (!isFrom(record, topics.snapshots)) continue;
          const { key, value: snapshot } = record;
          const hash = snapshotHash(record);
          const shape = cellShape(snapshot, context.store(shapes).get(key) ?? NO_HISTORY);
          if (shape !== null) {
            context.store(shapes).append(key, shape.history, encodeStep(latestStep(shape.history)));
            context.emit(topics.signatures, key, toSignature(snapshot, hash, shape), record);
          }
          const topology = without === 'topology' ? null : (shape?.input ?? null);
          const scored = await scoreCell(
            model,
            step,
            snapshot,
            topology,
            context.store(memories).get(key) ?? NO_MEMORY,
          );
          context.store(memories).put(key, scored.memory);
          context.emit(topics.scores, key, toScores(snapshot, hash, model, scored), record);
        }
      },
    }),
  };
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
