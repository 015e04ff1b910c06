/**
 * The obvious persistence of a flag complex, kept as the oracle of the fast one: every vertex, edge and triangle is written out, sorted by value,
 * and the boundary matrix over Z/2 is reduced column by column (Edelsbrunner, Letscher & Zomorodian 2002). It shares no code and no order of
 * simplices with src/topology.
 */
export type ReferenceBar = readonly [birth: number, death: number];

interface Cell {
  readonly vertices: readonly number[];
  readonly value: number;
}

/** weight(u, v) for u < v: when the edge enters; Infinity for none. Bars of no length are left out; sorted by birth, then death. */
export function referencePersistence(
  vertexCount: number,
  weight: (u: number, v: number) => number,
  birth: (vertex: number) => number = () => 0,
): { readonly bars: readonly (readonly ReferenceBar[])[]; readonly cells: readonly Cell[] } {
  const cells: Cell[] = [];
  for (let a = 0; a < vertexCount; a++) {
    cells.push({ vertices: [a], value: birth(a) });
    for (let b = a + 1; b < vertexCount; b++) {
      if (weight(a, b) === Number.POSITIVE_INFINITY) continue;
      cells.push({ vertices: [a, b], value: weight(a, b) });
      for (let c = b + 1; c < vertexCount; c++) {
        const value = Math.max(weight(a, b), weight(a, c), weight(b, c));
        if (value < Number.POSITIVE_INFINITY) cells.push({ vertices: [a, b, c], value });
      }
    }
  }
  cells.sort((x, y) => x.value - y.value || x.vertices.length - y.vertices.length || compareVertices(x, y));
  const position = new Map(cells.map((cell, k) => [cell.vertices.join(), k]));

  const columnWithLow = new Map<number, Set<number>>();
  const paired = new Set<number>();
  const bars: ReferenceBar[][] = [[], []];
  const positive: number[] = [];
  cells.forEach((cell, k) => {
    const column = new Set(facets(cell.vertices).map((facet) => position.get(facet.join()) ?? -1));
    for (let low = lowOf(column); low >= 0; low = lowOf(column)) {
      const other = columnWithLow.get(low);
      if (other === undefined) {
        columnWithLow.set(low, column);
        paired.add(low);
        const dimension = cells[low].vertices.length - 1;
        if (cells[low].value < cell.value) bars[dimension].push([cells[low].value, cell.value]);
        return;
      }
      for (const row of other) if (!column.delete(row)) column.add(row);
    }
    positive.push(k);
  });
  for (const k of positive) {
    const dimension = cells[k].vertices.length - 1;
    if (!paired.has(k) && dimension < 2) bars[dimension].push([cells[k].value, Number.POSITIVE_INFINITY]);
  }
  for (const some of bars) some.sort((x, y) => x[0] - y[0] || (x[1] === y[1] ? 0 : x[1] - y[1]));
  return { bars, cells };
}

function facets(vertices: readonly number[]): (readonly number[])[] {
  return vertices.length === 1 ? [] : vertices.map((vertex) => vertices.filter((other) => other !== vertex));
}

function lowOf(column: ReadonlySet<number>): number {
  let low = -1;
  for (const row of column) if (row > low) low = row;
  return low;
}

function compareVertices(x: Cell, y: Cell): number {
  for (let k = 0; k < x.vertices.length; k++) if (x.vertices[k] !== y.vertices[k]) return x.vertices[k] - y.vertices[k];
  return 0;
}
