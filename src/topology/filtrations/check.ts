import { TopologyError } from '../errors.ts';
import { END, type Filtration, START, valueOfCell } from './filtration.ts';

/**
 * Walks through a filtration of anybody's making and checks all that the computation relies on (see Filtration): names and values rise together, no
 * cell is older than its facets, boundaries and cofacets are of one mind, signs included, and boundaries of boundaries are zero. It visits
 * every cell, so it is meant for tests and small inputs.
 *
 * @param dimension up to which cells are looked at; that of the filtration unless given
 * @returns the number of cells by dimension
 * @throws TopologyError TOPOLOGY_BAD_CELL, TOPOLOGY_NOT_MONOTONE, TOPOLOGY_FACE_MISSING, TOPOLOGY_NOT_A_NUMBER
 */
export function checkFiltration(filtration: Filtration, dimension = filtration.dimension): number[] {
  const counts = [filtration.vertexCount];
  let cells: readonly number[] = Array.from({ length: filtration.edgeCount }, (_, edge) => edge);
  for (let vertex = 0; vertex < filtration.vertexCount; vertex++) valueChecked(filtration, 0, vertex);
  for (let d = 1; d <= dimension && cells.length > 0; d++) {
    counts.push(cells.length);
    cells.forEach((cell, k) => {
      checkCell(filtration, d, cell);
      if (k === 0 || valueOfCell(filtration, d, cells[k - 1]) <= valueOfCell(filtration, d, cell)) return;
      refuseOrder(
        `value of ${d}-cell ${cell}`,
        valueOfCell(filtration, d, cell),
        'at least that of the cell before it',
      );
    });
    if (d < dimension) cells = cofacetsOf(filtration, d, cells);
  }
  return counts;
}

function checkCell(filtration: Filtration, d: number, cell: number): void {
  const name = `${d}-cell ${cell}`;
  const value = valueChecked(filtration, d, cell);
  const boundary = filtration.boundary(d, cell);
  if (d === 1) {
    const ends = boundary.map((facet) => facet.cell).sort((a, b) => a - b);
    const [tail, head] = [filtration.edgeTail(cell), filtration.edgeHead(cell)];
    if (!(tail < head && ends.length === 2 && ends[0] === tail && ends[1] === head)) {
      refuse(
        `ends of edge ${cell}`,
        `${tail}, ${head} and in the boundary ${ends.join(', ')}`,
        'the same two, ascending',
      );
    }
  }
  const inner = new Map<number, number>();
  for (const facet of boundary) {
    if (valueOfCell(filtration, d - 1, facet.cell) > value) {
      refuseOrder(`value of ${name}`, value, `at least that of its facet ${facet.cell}`);
    }
    if (d === 1) inner.set(0, (inner.get(0) ?? 0) + facet.sign);
    else
      for (const end of filtration.boundary(d - 1, facet.cell))
        inner.set(end.cell, (inner.get(end.cell) ?? 0) + facet.sign * end.sign);
    if (d > 1 && !isListed(filtration, d, facet.cell, facet.sign, cell)) {
      throw new TopologyError(
        'TOPOLOGY_FACE_MISSING',
        `cofacets of ${d - 1}-cell ${facet.cell}`,
        name,
        'among them, with its sign',
      );
    }
  }
  for (const [end, sum] of inner) if (sum !== 0) refuse(`boundary of the boundary of ${name}, at ${end}`, sum, '0');
  if (d === 1) return;
  const youngest = Math.max(...boundary.map((facet) => facet.cell));
  if (filtration.youngestFacet(d, cell) !== youngest) {
    refuse(`youngest facet of ${name}`, filtration.youngestFacet(d, cell), `${youngest}`);
  }
}

function isListed(filtration: Filtration, d: number, facet: number, sign: number, cell: number): boolean {
  for (
    let at = filtration.nextCofacet(d - 1, facet, START);
    at !== END;
    at = filtration.nextCofacet(d - 1, facet, at)
  ) {
    if (filtration.cofacet(d - 1, facet, at) === cell) return filtration.cofacetSign(d - 1, facet, at) === sign;
  }
  return false;
}

/** All cells one dimension up, ascending. */
function cofacetsOf(filtration: Filtration, d: number, cells: readonly number[]): number[] {
  const found = new Set<number>();
  for (const cell of cells) {
    let before = -1;
    for (let at = filtration.nextCofacet(d, cell, START); at !== END; at = filtration.nextCofacet(d, cell, at)) {
      const cofacet = filtration.cofacet(d, cell, at);
      if (!(cofacet > before)) refuse(`cofacet of ${d}-cell ${cell}`, cofacet, `above the one before, ${before}`);
      if (!filtration.boundary(d + 1, cofacet).some((facet) => facet.cell === cell)) {
        refuse(`boundary of ${d + 1}-cell ${cofacet}`, `without ${cell}`, `with it, as it is among its cofacets`);
      }
      before = cofacet;
      found.add(cofacet);
    }
  }
  return [...found].sort((a, b) => a - b);
}

function valueChecked(filtration: Filtration, d: number, cell: number): number {
  const value = valueOfCell(filtration, d, cell);
  if (!Number.isNaN(value)) return value;
  throw new TopologyError(
    'TOPOLOGY_NOT_A_NUMBER',
    `value of ${d}-cell ${cell}`,
    value,
    'a number; Infinity means never',
  );
}

function refuse(what: string, found: unknown, valid: string): never {
  throw new TopologyError('TOPOLOGY_BAD_CELL', what, found, valid);
}

function refuseOrder(what: string, found: number, valid: string): never {
  throw new TopologyError('TOPOLOGY_NOT_MONOTONE', what, found, valid);
}
