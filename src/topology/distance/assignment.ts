/**
 * The cheapest assignment of each row to a column of its own, by successive shortest augmenting paths (Jonker & Volgenant 1987).
 *
 * @param costs rows x columns, row by row, rows <= columns, finite
 * @returns the column of each row
 */
export function assignment(costs: Float64Array, rows: number, columns: number): Int32Array {
  const priceOfRow = new Float64Array(rows);
  const priceOfColumn = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  const previous = new Int32Array(columns);
  const distance = new Float64Array(columns);
  const done = new Uint8Array(columns);
  for (let start = 0; start < rows; start++) {
    distance.fill(Number.POSITIVE_INFINITY);
    done.fill(0);
    previous.fill(-1);
    let row = start;
    let via = -1;
    let walked = 0;
    let reached = -1;
    while (reached < 0) {
      let nearest = -1;
      for (let column = 0; column < columns; column++) {
        if (done[column] === 1) continue;
        const length = walked + costs[row * columns + column] - priceOfRow[row] - priceOfColumn[column];
        if (length < distance[column]) {
          distance[column] = length;
          previous[column] = via;
        }
        if (nearest < 0 || distance[column] < distance[nearest]) nearest = column;
      }
      walked = distance[nearest];
      done[nearest] = 1;
      via = nearest;
      if (rowOf[nearest] < 0) reached = nearest;
      else row = rowOf[nearest];
    }
    priceOfRow[start] += walked;
    for (let column = 0; column < columns; column++) {
      if (done[column] === 0 || column === reached) continue;
      const gain = walked - distance[column];
      priceOfColumn[column] -= gain;
      priceOfRow[rowOf[column]] += gain;
    }
    for (let column = reached; column >= 0; column = previous[column]) {
      rowOf[column] = previous[column] < 0 ? start : rowOf[previous[column]];
    }
  }
  const columnOf = new Int32Array(rows).fill(-1);
  for (let column = 0; column < columns; column++) if (rowOf[column] >= 0) columnOf[rowOf[column]] = column;
  return columnOf;
}
