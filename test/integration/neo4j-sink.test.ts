/** The graph's promises on a real Neo4j, which the tests empty. */
import { describe, inject } from 'vitest';
import { describeGraph } from '../sinks/neo4j/graph-suite.ts';
import { neo4jHarness } from '../sinks/neo4j/harness.ts';
import { describeSink } from '../sinks/sink-contract.ts';

const address = inject('neo4j');
const harness = () => {
  if (address === null) throw new Error('no Neo4j');
  return neo4jHarness(address);
};

describe.skipIf(address === null)('real Neo4j', () => {
  describeSink('Neo4j sink', harness, { cuts: 20, hostileBatches: 30 });
  describeGraph('graph', harness);
});
