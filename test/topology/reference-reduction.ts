/**
 * Persistent homology by the textbook: the whole boundary matrix of an explicit complex, reduced column by column over Z/p (Edelsbrunner & Harer
 * 2010, VII.1). Slow and obvious, and it shares nothing with src/topology.
 */
export interface ReferenceCell {
  readonly dimension: number;
  readonly value: number;
  /** Positions of the facets in the list of cells, and their signs. */
  readonly boundary: readonly (readonly [facet: number, sign: number])[];
}

export type Bar = readonly [birth: number, death: number];

/** Bars by dimension 0..maxDimension, those of no length left out, sorted by birth, then death. Any order of the cells will do. */
export function reduceBoundary(cells: readonly ReferenceCell[], maxDimension: number, modulus: number): Bar[][] {
  const order = cells
    .map((_, k) => k)
    .sort((a, b) => cells[a].value - cells[b].value || cells[a].dimension - cells[b].dimension || a - b);
  const position = new Map(order.map((cell, k) => [cell, k]));
  const columns = new Map<number, Map<number, number>>();
  const paired = new Set<number>();
  const bars: Bar[][] = Array.from({ length: maxDimension + 1 }, () => []);
  const positive: number[] = [];
  order.forEach((index, k) => {
    const column = new Map<number, number>();
    for (const [facet, sign] of cells[index].boundary) addTo(column, position.get(facet) ?? -1, sign, modulus);
    for (let low = Math.max(...column.keys()); column.size > 0; low = Math.max(...column.keys())) {
      const other = columns.get(low);
      if (other === undefined) {
        columns.set(low, column);
        paired.add(low);
        const { dimension, value } = cells[order[low]];
        if (value < cells[index].value && dimension <= maxDimension) bars[dimension].push([value, cells[index].value]);
        return;
      }
      const factor = divide(-(column.get(low) ?? 0), other.get(low) ?? 0, modulus);
      for (const [row, coefficient] of other) addTo(column, row, factor * coefficient, modulus);
    }
    positive.push(k);
  });
  for (const k of positive) {
    const { dimension, value } = cells[order[k]];
    if (!paired.has(k) && dimension <= maxDimension) bars[dimension].push([value, Number.POSITIVE_INFINITY]);
  }
  for (const some of bars) some.sort((x, y) => x[0] - y[0] || (x[1] === y[1] ? 0 : x[1] - y[1]));
  return bars;
}

/** All cliques of up to maxDimension + 2 vertices of a weighted graph; weight(u, v), u < v, is Infinity where there is no edge. */
export function flagCells(
  vertexCount: number,
  weight: (u: number, v: number) => number,
  maxDimension: number,
  birth: (vertex: number) => number = () => 0,
): ReferenceCell[] {
  const cells: ReferenceCell[] = [];
  const indexOf = new Map<string, number>();
  let level: { readonly vertices: readonly number[]; readonly value: number }[] = [];
  for (let v = 0; v < vertexCount; v++) level.push({ vertices: [v], value: birth(v) });
  for (let dimension = 0; dimension <= maxDimension + 1; dimension++) {
    const next: typeof level = [];
    for (const { vertices, value } of level) {
      indexOf.set(vertices.join(), cells.length);
      const boundary = vertices.map((left, k): [number, number] => [
        indexOf.get(vertices.filter((v) => v !== left).join()) ?? -1,
        k % 2 === 0 ? 1 : -1,
      ]);
      cells.push({ dimension, value, boundary: dimension === 0 ? [] : boundary });
      for (let w = vertices[vertices.length - 1] + 1; w < vertexCount; w++) {
        const joined = Math.max(value, ...vertices.map((v) => weight(v, w)));
        if (joined < Number.POSITIVE_INFINITY) next.push({ vertices: [...vertices, w], value: joined });
      }
    }
    level = next;
  }
  return cells;
}

function addTo(column: Map<number, number>, row: number, value: number, modulus: number): void {
  const sum = ((((column.get(row) ?? 0) + value) % modulus) + modulus) % modulus;
  if (sum === 0) column.delete(row);
  else column.set(row, sum);
}

function divide(dividend: number, divisor: number, modulus: number): number {
  for (let quotient = 0; quotient < modulus; quotient++) {
    if ((quotient * divisor - dividend) % modulus === 0) return quotient;
  }
  throw new Error('division by zero');
}
