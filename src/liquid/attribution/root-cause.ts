/** Which service is the cause of trouble seen at another, from how far each moved and who calls whom. */

/** Callees by caller. */
export type Calls = ReadonlyMap<string, readonly string[]>;

/** A number at least 0 by node. A node that is not in it has 0. */
export type ByNode = ReadonlyMap<string, number>;

/**
 * Nodes ranked by what their callees do not explain: the time (or errors) that a node adds beyond what is usual, less what its callees add. A caller's
 * time holds that of its callees, so a victim is left with little of its own, and a cause with nearly all. Only what the target depends on
 * can have caused its trouble; the rest follows, by excess. Equal ones are ordered by distance from the target, then by name.
 */
export function rankByOwnExcess(target: string, nodes: Iterable<string>, calls: Calls, excess: ByNode) {
  const distance = distancesFrom(target, calls);
  const of = (node: string) => excess.get(node) ?? 0;
  const own = (node: string) => of(node) - calleesOf(node, calls).reduce((sum, callee) => sum + of(callee), 0);
  return ranked(nodes, (node) => (distance.has(node) ? [1, own(node)] : [0, of(node)]), distance);
}

/** By one number alone, whoever calls whom. */
export function rankByLargest(target: string, nodes: Iterable<string>, calls: Calls, values: ByNode) {
  return ranked(nodes, (node) => [values.get(node) ?? 0], distancesFrom(target, calls));
}

/**
 * Plain graph traversal, as CauseInfer and MicroHECL do it: from the target along calls as long as the callee is anomalous; the causes are those
 * reached that have no anomalous callee. They are ranked by deviation, then the others that were reached, then the rest by distance from the target.
 */
export function rankByTraversal(
  target: string,
  nodes: Iterable<string>,
  calls: Calls,
  deviations: ByNode,
  anomalousFrom: number,
) {
  const of = (node: string) => deviations.get(node) ?? 0;
  const anomalousCallees = (node: string) => calleesOf(node, calls).filter((callee) => of(callee) >= anomalousFrom);
  const reached = new Set([target]);
  for (const node of reached) for (const callee of anomalousCallees(node)) reached.add(callee);
  return ranked(
    nodes,
    (node) => {
      if (!reached.has(node)) return [0, 0];
      return [anomalousCallees(node).length === 0 ? 2 : 1, of(node)];
    },
    distancesFrom(target, calls),
  );
}

/** Calls between the target and each node that it depends on; the target itself is at 0. */
export function distancesFrom(target: string, calls: Calls): ReadonlyMap<string, number> {
  const distance = new Map([[target, 0]]);
  for (const [node, at] of distance) {
    for (const callee of calls.get(node) ?? []) if (!distance.has(callee)) distance.set(callee, at + 1);
  }
  return distance;
}

function calleesOf(node: string, calls: Calls): readonly string[] {
  return (calls.get(node) ?? []).filter((callee) => callee !== node);
}

function ranked(
  nodes: Iterable<string>,
  keys: (node: string) => readonly number[],
  distance: ReadonlyMap<string, number>,
): readonly string[] {
  const far = (node: string) => distance.get(node) ?? Number.MAX_SAFE_INTEGER;
  return Array.from(new Set(nodes), (node) => ({ node, key: keys(node) }))
    .sort((a, b) => {
      const differs = a.key.findIndex((value, i) => value !== b.key[i]);
      if (differs >= 0) return b.key[differs] - a.key[differs];
      return far(a.node) - far(b.node) || (a.node < b.node ? -1 : 1);
    })
    .map(({ node }) => node);
}
