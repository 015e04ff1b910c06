/** Text in cells of a terminal: widths count what is seen, not the colours. Every character used here is one cell wide. */
import { stripVTControlCharacters } from 'node:util';

const escapeCode = '\u001b';
/** What sets a colour. */
const colour = new RegExp(`(${escapeCode}\\[[0-9;]*m)`);

export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** The text and its colours without any other control character. */
export function printable(text: string): string {
  const plain = (part: string): string => stripVTControlCharacters(part).replaceAll(/\p{Cc}/gu, ' ');
  return text
    .split(colour)
    .map((part, i) => (i % 2 === 1 ? part : plain(part)))
    .join('');
}

/** Exactly `width` cells: filled up with spaces, or cut with an ellipsis, colours ended. */
export function column(text: string, width: number): string {
  const cells = widthOf(text);
  return cells <= width ? text + ' '.repeat(width - cells) : cut(text, width);
}

/** At most `width` cells. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let seen = 0;
  let out = '';
  for (const part of text.split(colour)) {
    if (part.startsWith(escapeCode)) {
      out += part;
      continue;
    }
    for (const character of part) {
      if (seen === width - 1) return text.includes(escapeCode) ? `${out}…${escapeCode}[0m` : `${out}…`;
      out += character;
      seen++;
    }
  }
  return out;
}

/** Two texts at the two ends of a line. */
export function ends(left: string, right: string, width: number): string {
  const room = width - widthOf(right);
  return room < 1 ? cut(left, width) : column(left, room) + right;
}

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A share of 1 as a bar of eight heights. */
export function level(share: number): string {
  return levels[Math.max(0, Math.min(levels.length - 1, Math.floor(share * levels.length)))];
}

/** A share of 1 as a bar of so many cells, in eighths of one. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
  return ('█'.repeat(Math.floor(eighths / 8)) + partial).padEnd(width);
}

const thousands = new Intl.NumberFormat('en-US');

export function whole(value: number): string {
  return thousands.format(Math.round(value));
}

/** 00:42, 12:05, 1:02:03. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

export function timeOfDay(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}

export function milliseconds(value: number | null): string {
  if (value === null) return '–';
  return value < 10 ? `${Number(value.toFixed(1))} ms` : `${whole(value)} ms`;
}

export function percent(value: number | null): string {
  return value === null ? '–' : `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
}
