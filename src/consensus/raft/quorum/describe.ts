/** Draws who has stored how much, a bar a voter: longer bars are further ahead. The form is that of etcd's quorum vectors. */
import type { NodeId } from '../ids.ts';
import type { AckedIndexes } from './majority.ts';

/** Voters ascending. Ends with a line break, but for no voters at all. */
export function describeAcked(voters: readonly NodeId[], acked: AckedIndexes): string {
  const n = voters.length;
  if (n === 0) return '<empty majority quorum>';
  const rows = voters.map((id) => {
    const known = acked.get(id);
    const index = known ?? 0;
    return {
      id,
      known: known !== undefined,
      index,
      bar: voters.filter((other) => (acked.get(other) ?? 0) < index).length,
    };
  });
  const lines = rows.map(({ id, known, index, bar }) => {
    const drawn = known ? `${'x'.repeat(bar)}>${' '.repeat(n - bar)}` : `?${' '.repeat(n)}`;
    return `${drawn} ${String(index).padStart(5)}    (id=${id})\n`;
  });
  return `${' '.repeat(n)}    idx\n${lines.join('')}`;
}
