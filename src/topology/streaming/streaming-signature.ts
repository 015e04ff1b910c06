import { TopologyError } from '../errors.ts';
import { signatureOf } from '../vectorize/signature.ts';
import type { StreamingGraph } from './streaming-graph.ts';
import type { StreamingRips } from './streaming-rips.ts';

/**
 * The signature of a cell whose states and interactions are kept up to date: to the last bit what signature() gives for the same cell computed
 * afresh. Point k of the cloud is vertex k of the graph.
 *
 * @throws TopologyError TOPOLOGY_WRONG_LENGTH where there are not as many points as vertices, TOPOLOGY_BAD_VERTEX where they have other numbers, as points
 * have come and gone since the graph was made
 */
export function streamingSignature(cloud: StreamingRips, graph: StreamingGraph): Float64Array {
  const { pointCount } = cloud;
  if (graph.vertexCount !== pointCount) {
    const valid = `${pointCount}, the number of points`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'vertices of the graph', graph.vertexCount, valid);
  }
  for (let point = 0; point < pointCount; point++) {
    if (cloud.has(point)) continue;
    throw new TopologyError('TOPOLOGY_BAD_VERTEX', 'vertex of the graph', point, 'the number of a point');
  }
  let edgeCount = 0;
  graph.forEachEdge(() => {
    edgeCount += 1;
  });
  return signatureOf(
    {
      diagrams: cloud.diagrams,
      points: pointCount,
      radius: cloud.radius,
      distance: (u, v) => cloud.distance(u, v),
      forEachTreeEdge: (visit) => {
        for (const [u, v] of cloud.forest) visit(u, v);
      },
    },
    {
      diagrams: graph.diagrams,
      edgeCount,
      hasEdge: (u, v) => graph.valueBetween(u, v) < Number.POSITIVE_INFINITY,
      forEachEdge: (visit) => graph.forEachEdge(visit),
    },
  );
}
