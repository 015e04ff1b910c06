import { type Comparison, GIOTTO_ON_TWO, type PeerTimes, type Times } from './comparison.ts';

const COLUMNS = ['ripser', 'gudhi', 'giotto-ph', GIOTTO_ON_TWO] as const;
const NAME_WIDTH = 28;
const TIME_WIDTH = 18;
const DIFFER = ' BARS DIFFER';

export const TABLE_HEAD = [
  'medians in ms, (p99) for ours; beside each peer our median over its, beside ours on two threads that over giotto-ph on two',
  [
    'input'.padEnd(NAME_WIDTH),
    'dims'.padEnd(6),
    'ours'.padStart(TIME_WIDTH),
    'ours, 2x'.padStart(TIME_WIDTH),
    ...COLUMNS.map((name) => name.replace(' threads', 'x').padStart(TIME_WIDTH)),
  ].join(''),
].join('\n');

export function inputLine({ name, dims, ours, oursOnTwoThreads: two, peers }: Comparison): string {
  const own = `${digits(ours.medianMs)} (${digits(ours.p99Ms)})`;
  return [
    name.padEnd(NAME_WIDTH),
    dims.padEnd(6),
    own.padStart(TIME_WIDTH),
    (two === null
      ? '-'
      : `${digits(two.medianMs)} ${(two.ratioToGiottoPh ?? 0).toFixed(2)}x${two.sameBars ? '' : DIFFER}`
    ).padStart(TIME_WIDTH),
    ...COLUMNS.map((column) => peerCell(peers[column]).padStart(TIME_WIDTH)),
  ].join('');
}

export interface MemoryLine {
  readonly name: string;
  readonly maxDimension: number;
  readonly oursKiB: number;
  readonly ripserKiB: number;
  readonly ratio: number | null;
}

export function memoryLine(line: MemoryLine): string {
  const mib = (kib: number): string => `${(kib / 1024).toFixed(1)} MiB`;
  const name = `${line.name} H0-${line.maxDimension}`.padEnd(NAME_WIDTH + 6);
  return `${name}ours ${mib(line.oursKiB)}, ripser ${mib(line.ripserKiB)}, ratio ${line.ratio}`;
}

function peerCell(peer: PeerTimes | undefined): string {
  if (peer === undefined) return '-';
  const differs = peer.sameBars ? '' : DIFFER;
  return `${digits(peer.medianMs)} ${(peer.ratio ?? 0).toFixed(2)}x${differs}`;
}

/** Three significant digits, no exponent. */
function digits(ms: Times['medianMs']): string {
  if (ms === null) return '-';
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}
