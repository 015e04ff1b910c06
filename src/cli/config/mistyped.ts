/** Which name was probably meant by one that is none. */

/** Two slips of the keyboard at most: beyond them a name is somebody else's. */
const slipsMax = 2;

/** The one of `names` that `written` is but for case, separators or two slips; undefined where there is none. */
export function meantBy<Name extends string>(written: string, names: readonly Name[]): Name | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const exact = names.find((name) => plain(name) === plain(written));
  if (exact !== undefined) return exact;
  const [closest] = names
    .map((name) => ({ name, slips: slipsBetween(plain(written), plain(name)) }))
    .sort((a, b) => a.slips - b.slips);
  return closest !== undefined && closest.slips <= slipsMax ? closest.name : undefined;
}

/** Letters put in, left out, replaced or swapped with their neighbour that make `a` of `b` (optimal string alignment distance). */
export function slipsBetween(a: string, b: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(last[j] + 1, row[j - 1] + 1, replaced, swapped ? before[j - 2] + 1 : replaced));
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
