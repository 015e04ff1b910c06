/** How far each partition is in the graph, as nodes: read by its owner, moved on by what it expects to find. */
import { type Integer, int, type Transaction } from 'neo4j-driver';
import { StaleWorkerError } from '../errors.ts';
import type { SinkBatch, SinkPartition, SinkPosition } from '../sink.ts';

const idOf = (logId: string, { topic, partition }: SinkPartition) => `${logId}/${topic}/${partition}`;

export async function readPositions(
  transaction: Pick<Transaction, 'run'>,
  logId: string,
  partitions: readonly SinkPartition[],
): Promise<readonly SinkPosition[]> {
  const { records } = await transaction.run<{ id: string; next: Integer }>(
    'UNWIND $ids AS id MATCH (p:Position {id: id}) WHERE p.nextOffset IS NOT NULL RETURN p.id AS id, p.nextOffset AS next',
    { ids: partitions.map((partition) => idOf(logId, partition)) },
  );
  const stored = new Map(records.map((record) => [record.get('id'), record.get('next').toNumber()]));
  return partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    nextOffset: stored.get(idOf(logId, { topic, partition })) ?? null,
  }));
}

/**
 * Moves every run's position from what the writer expects to what follows its records. Neo4j reads what others have committed and locks only
 * what is written, so the nodes are written first and read then: another writer of the partition waits, and finds itself stale.
 * Throws StaleWorkerError; then the transaction must not commit.
 */
export async function advancePositions(transaction: Transaction, logId: string, batch: SinkBatch): Promise<void> {
  const runs = batch.map((run) => ({
    id: idOf(logId, run),
    logId,
    topic: run.topic,
    partition: int(run.partition),
    next: int(run.nextOffset),
  }));
  await transaction.run(
    `UNWIND $runs AS run
     MERGE (p:Position {id: run.id})
     SET p.logId = run.logId, p.topic = run.topic, p.partition = run.partition, p.updatedAt = datetime()`,
    { runs: runs.toSorted((one, other) => (one.id < other.id ? -1 : 1)) },
  );
  const stored = await readPositions(transaction, logId, batch);
  batch.forEach((run, index) => {
    const found = stored[index]?.nextOffset ?? null;
    if (found !== run.expectedNextOffset) throw new StaleWorkerError(run, run.expectedNextOffset, found);
  });
  await transaction.run('UNWIND $runs AS run MATCH (p:Position {id: run.id}) SET p.nextOffset = run.next', { runs });
}
