/** (:Cell)-[:HAS_SIGNATURE]->(:Signature): the newest of each cell, and those that a proposal rests on. */
import { int } from 'neo4j-driver';
import type { Bar, Signature } from '../../../schemas/records.ts';
import { mergeCells } from './cells.ts';
import { type GraphWriter, millis } from './graph-writer.ts';
import { cellId, signatureId } from './node-ids.ts';

const SIGNATURES = `
MATCH (c:Cell {id: row.cellId})
MERGE (s:Signature {id: row.id})
SET s.windowEnd = datetime({epochMillis: row.windowEnd}), s.stability = row.stability, s.vector = row.vector,
  s.statesLoops = row.statesLoops, s.statesPersistence = row.statesPersistence,
  s.graphComponents = row.graphComponents, s.graphLoops = row.graphLoops
MERGE (c)-[:HAS_SIGNATURE]->(s)`;

const PRUNE = `
MATCH (:Cell {id: row.id})-[:HAS_SIGNATURE]->(s:Signature)
WITH row, s ORDER BY s.windowEnd DESC
WITH row, collect(s)[$kept..] AS old
UNWIND old AS s
WITH s WHERE NOT (:Proposal)-[:RESTS_ON]->(s)
DETACH DELETE s`;

/** `kept` signatures of a cell stay, besides those that proposals rest on. */
export async function writeSignatures(
  writer: GraphWriter,
  signatures: readonly Signature[],
  kept: number,
): Promise<void> {
  if (signatures.length === 0) return;
  await mergeCells(writer, signatures);
  await writer.each(
    SIGNATURES,
    signatures.map((of) => ({
      id: signatureId(of, of.windowEndMs),
      cellId: cellId(of),
      windowEnd: millis(of.windowEndMs),
      stability: of.stability,
      vector: of.vector,
      statesLoops: count(of.states, (bar) => bar.dimension === 1),
      statesPersistence: of.states.reduce((sum, { birth, death }) => sum + (death === null ? 0 : death - birth), 0),
      graphComponents: count(of.graph, (bar) => bar.dimension === 0 && bar.death === null),
      graphLoops: count(of.graph, (bar) => bar.dimension === 1),
    })),
  );
  const cells = new Set(signatures.map(cellId));
  await writer.each(
    PRUNE,
    [...cells].sort().map((id) => ({ id })),
    { kept: int(kept) },
  );
}

function count(bars: readonly Bar[], is: (bar: Bar) => boolean) {
  return int(bars.filter(is).length);
}
