/** (:Tenant)-[:HAS_FLEET]->(:Fleet)-[:HAS_CELL]->(:Cell) */
import { int } from 'neo4j-driver';
import type { GraphWriter } from './graph-writer.ts';
import { cellId, fleetId, type InCell } from './node-ids.ts';

const MERGE_CELLS = `
MERGE (t:Tenant {id: row.tenant})
MERGE (f:Fleet {id: row.fleetId}) ON CREATE SET f.tenant = row.tenant, f.fleet = row.fleet
MERGE (c:Cell {id: row.id}) ON CREATE SET c.tenant = row.tenant, c.fleet = row.fleet, c.cell = row.cell
MERGE (t)-[:HAS_FLEET]->(f)
MERGE (f)-[:HAS_CELL]->(c)`;

/** Makes the cells, and what is above them, that are missing. */
export async function mergeCells(writer: GraphWriter, cells: readonly InCell[]): Promise<void> {
  const rows = new Map(
    cells.map((of) => [
      cellId(of),
      { id: cellId(of), fleetId: fleetId(of), tenant: of.tenant, fleet: of.fleet, cell: int(of.cell) },
    ]),
  );
  await writer.each(MERGE_CELLS, [...rows.values()]);
}
