/** How far a training is, for whoever watches: lines of standard error, the last of them redrawn at a terminal. */
import type { EpochReport } from '../../liquid/training/train.ts';
import type { CommandContext } from '../command.ts';

export interface Progress {
  /** Something that was reached. */
  line(text: string): void;
  /** Where it stands; shown at a terminal alone, and overwritten by what comes next. */
  status(text: string): void;
}

/** Under --json without a terminal nothing is shown. */
export function progressOf({ io, json }: CommandContext): Progress {
  const terminal = io.terminal();
  if (terminal === null && json) return { line: () => undefined, status: () => undefined };
  const startedMs = performance.now();
  const stamp = (): string => `${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  `;
  let shownMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = (): string => {
    if (!drawn) return '';
    drawn = false;
    return '\r\u001b[2K';
  };
  return {
    line: (text) => io.err(`${clear()}${stamp()}${text}\n`),
    status(text) {
      const nowMs = performance.now();
      if (terminal === null || nowMs - shownMs < 100) return;
      shownMs = nowMs;
      const before = clear();
      drawn = true;
      io.err(before + `${stamp()}${text}`.slice(0, terminal.columns - 1));
    },
  };
}

/** Tells of every epoch, with the longest that it may still take. */
export function epochTeller(progress: Progress, epochsMax: number): (report: EpochReport) => void {
  const startedMs = performance.now();
  return ({ epoch, trainingLoss, validationLoss, best }) => {
    const eachMs = (performance.now() - startedMs) / epoch;
    const left = epoch === epochsMax ? '' : `; at most ${inWords((epochsMax - epoch) * eachMs)} to go`;
    progress.line(
      `epoch ${epoch} of at most ${epochsMax}: loss ${trainingLoss.toFixed(5)}, on validation ${validationLoss.toFixed(5)}${best ? ', the best so far' : ''}${left}`,
    );
  };
}

function inWords(ms: number): string {
  const s = Math.ceil(ms / 1000);
  if (s < 90) return `${s} s`;
  const minutes = Math.round(s / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
