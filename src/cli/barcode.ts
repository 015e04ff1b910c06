/** A persistence diagram as lines of text: its longest bars on a common scale. */
import type { Diagram } from '../topology/index.ts';
import type { Style } from './style.ts';

export interface BarcodeOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Bars shown in each dimension, longest first. */
  readonly most: number;
  readonly style: Style;
  /** What to say of a bar on a line of its own; nothing where empty. */
  readonly noteOf?: (dimension: number, bar: number) => string;
}

const NUMBER_WIDTH = 10;
const LEAST_BAR_WIDTH = 16;

/** @param diagrams by dimension */
export function barcode(diagrams: readonly Diagram[], { width, most, style, noteOf }: BarcodeOptions): string[] {
  const { from, to } = scaleOf(diagrams);
  const columns = Math.max(LEAST_BAR_WIDTH, width - 2 * NUMBER_WIDTH - 6);
  const place = (value: number): number => {
    if (value === Number.POSITIVE_INFINITY || to === from) return columns;
    return Math.round(((value - from) / (to - from)) * (columns - 1));
  };
  const paints = [style.cyan, style.green, style.yellow, style.red];
  return diagrams.flatMap((diagram, dimension) => {
    const longest = longestFirst(diagram);
    const paint = paints[dimension % paints.length];
    const shown = longest.slice(0, most);
    const rows = shown.flatMap((bar) => {
      const [birth, death] = [diagram.births[bar], diagram.deaths[bar]];
      const start = Math.min(place(birth), columns - 1);
      const length = Math.max(1, Math.min(place(death), columns) - start);
      const line = death === Number.POSITIVE_INFINITY ? `${'━'.repeat(length - 1)}▶` : '━'.repeat(length);
      const note = noteOf?.(dimension, bar) ?? '';
      return [
        `  ${column(birth)} ${column(death)}  ${' '.repeat(start)}${paint(line)}`,
        ...(note === ''
          ? []
          : [style.dim(`  ${' '.repeat(NUMBER_WIDTH)} ${shortened(note, width - NUMBER_WIDTH - 4)}`)]),
      ];
    });
    const left = longest.length - shown.length;
    return [
      '',
      `${style.bold(`dimension ${dimension}`)}  ${summary(diagram)}`,
      ...(rows.length > 0 ? [style.dim(`  ${'born'.padStart(NUMBER_WIDTH)} ${'dies'.padStart(NUMBER_WIDTH)}`)] : []),
      ...rows,
      ...(left > 0 ? [style.dim(`  and ${left} shorter ${left === 1 ? 'bar' : 'bars'}`)] : []),
    ];
  });
}

function summary({ births, deaths }: Diagram): string {
  const forever = deaths.filter((death) => death === Number.POSITIVE_INFINITY).length;
  const count = `${births.length} ${births.length === 1 ? 'bar' : 'bars'}`;
  return forever === 0 ? count : `${count}, ${forever} of them without end`;
}

function longestFirst({ births, deaths }: Diagram): number[] {
  const length = (bar: number): number => deaths[bar] - births[bar];
  return Array.from(births.keys()).sort((a, b) =>
    length(a) === length(b) ? births[a] - births[b] || a - b : length(a) > length(b) ? -1 : 1,
  );
}

/** The least birth and the greatest finite value. */
function scaleOf(diagrams: readonly Diagram[]): { readonly from: number; readonly to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { births, deaths } of diagrams) {
    for (const birth of births) {
      from = Math.min(from, birth);
      to = Math.max(to, birth);
    }
    for (const death of deaths) if (death < Number.POSITIVE_INFINITY) to = Math.max(to, death);
  }
  return from <= to ? { from, to } : { from: 0, to: 0 };
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 3))}...`;
}

function column(value: number): string {
  const text = value === Number.POSITIVE_INFINITY ? '∞' : Number(value.toPrecision(6)).toString();
  return text.padStart(NUMBER_WIDTH);
}
