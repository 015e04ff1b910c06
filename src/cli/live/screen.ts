/** Draws lines on a terminal without flicker: its other screen, each frame whole, in a synchronised update where the terminal knows them. */
import type { Terminal } from '../io.ts';

const control = '\u001b[';
const enter = `${control}?1049h${control}?25l`;
const leave = `${control}?25h${control}?1049l`;

export class Screen {
  readonly #terminal: Terminal;
  /** Whatever ends the process, the terminal must be given back as it was. */
  readonly #restore = (): void => this.close();
  #last = '';
  #open = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    process.once('exit', this.#restore);
    terminal.write(enter);
  }

  draw(lines: readonly string[]): void {
    const body = lines.map((line) => `${line}${control}K`).join('\r\n');
    const frame = `${this.#terminal.columns} ${this.#terminal.rows} ${body}`;
    if (!this.#open || frame === this.#last) return;
    this.#last = frame;
    this.#terminal.write(`${control}?2026h${control}H${body}${control}J${control}?2026l`);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#restore);
    this.#terminal.write(leave);
  }
}
