/** What one utterance of an agent shows by its wording alone: plain patterns, no language model. */

/** A terminal's answer, not an agent's doing: an exit code, or that there was nothing to run. */
export function isEnvironment(text: string): boolean {
  return /^\s*(exitcode: -?\d+|There is no code from the last)/.test(text);
}

/** What a terminal said: it ran, it failed, or it had nothing to run. */
export type Execution = 'succeeded' | 'empty' | 'failed' | 'idle';

export function executionOf(text: string): Execution | null {
  const [, code, output] = /^\s*exitcode: (-?\d+)[^\n]*\n?(?:Code output:)?([\s\S]*)$/.exec(text) ?? [];
  if (code === undefined) return isEnvironment(text) ? 'idle' : null;
  if (code !== '0') return 'failed';
  // A program that found nothing says so in few words.
  if (
    /^\s*(\[\]|\{\}|None|0|)\s*$/.test(output) ||
    (output.length < 200 && /not found|no .{0,30}found|error/i.test(output))
  ) {
    return 'empty';
  }
  return 'succeeded';
}

export const hasCode = (text: string): boolean => /```/.test(text);

/** Made up, assumed or done by hand where a tool was called for. */
export const isImprovised = (text: string): boolean =>
  /\b(manual(ly)?|assum\w+|hypothetical\w*|simulat\w+|mock|placeholder|sample data|example data|general(ly)? (knowledge|speaking|information)|typical(ly)?|for the sake of|YOUR_API_KEY|based on my knowledge)\b/i.test(
    text,
  );

/** Says that something was found, done or identified. */
export const isClaim = (text: string): boolean =>
  /\b(I have|I've|we have|we've) (now |successfully |already |manually )*(found|located|identified|verified|retrieved|reviewed|gathered|checked|confirmed|obtained|accessed|determined|completed)|\bhere (is|are) the\b|\b(is|are) as follows\b|\btherefore\b|\bthus\b|\bfinal answer\b|\bthe (correct )?answer is\b/i.test(
    text,
  );

/** Agrees with what was said, or ends the talk. */
export const isClosing = (text: string): boolean =>
  /\bTERMINATE\b|\b(I|we) (also )?(agree|concur)|\bconclude (the|this) (task|conversation)|everyone agrees/i.test(text);

/** Words of a text, lower case. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

/** Share of the words of `a` that `b` has too, 0 to 1; 1 where `a` has none. */
export function coverage(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0) return 1;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared / a.size;
}
