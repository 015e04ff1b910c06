/** Failed runs in the format of Who&When (Zhang et al., ICML 2025, arXiv 2505.00212): a folder of JSON files, or of parts that are such folders. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Run, Step } from '../../../liquid/attribution/run.ts';
import { ReplayError } from '../../replay/errors.ts';

/** The agent and the step at fault, as annotated. */
export interface Fault {
  readonly agent: string;
  readonly step: number;
}

export interface RecordedRun {
  /** The folder that it lies in, '' for the folder given itself. */
  readonly part: string;
  readonly file: string;
  readonly run: Run;
  /** Null where the file has no annotation. */
  readonly fault: Fault | null;
}

const recorded = z.object({
  history: z
    .array(
      z.object({
        content: z
          .string()
          .nullish()
          .transform((text) => text ?? ''),
        role: z.string().nullish(),
        name: z.string().nullish(),
      }),
    )
    .min(1),
  question: z.string().nullish(),
  mistake_agent: z.string().nullish(),
  mistake_step: z.union([z.int(), z.string().regex(/^\s*\d+\s*$/)]).nullish(),
});

/** By part and file, numbers in their order. Throws ReplayError data-missing, data-unreadable or data-malformed. */
export async function readRuns(folder: string): Promise<readonly RecordedRun[]> {
  const entries = await list(folder);
  const parts = ['', ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)].sort(byNumber);
  const runs: RecordedRun[] = [];
  for (const part of parts) {
    const inside = part === '' ? entries : await list(join(folder, part));
    const files = inside.filter((entry) => entry.isFile() && entry.name.endsWith('.json')).map(({ name }) => name);
    for (const file of files.sort(byNumber)) runs.push(await readRun(folder, part, file));
  }
  if (runs.length === 0) {
    throw new ReplayError(
      'data-missing',
      `${folder} holds no run; valid is a folder of JSON files, or of such folders`,
    );
  }
  return runs;
}

async function readRun(folder: string, part: string, file: string): Promise<RecordedRun> {
  const path = join(folder, part, file);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new ReplayError('data-malformed', `${path} is no JSON: ${cause.message}`, { cause });
    }
    throw unreadable(path, cause);
  }
  const parsed = recorded.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ReplayError('data-malformed', `${path}: ${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  }
  const { history, question, mistake_agent: agent, mistake_step: step } = parsed.data;
  return {
    part,
    file,
    run: { question: question ?? null, steps: history.map(({ content, role, name }) => stepOf(content, role, name)) },
    fault: agent == null || step == null ? null : { agent, step: Number(step) },
  };
}

/** The speaker is the name, or the role up to " ("; what the role says in brackets is whom it speaks to, or how. */
export function stepOf(text: string, role: string | null | undefined, name: string | null | undefined): Step {
  if (name != null && name !== '') return { speaker: name, addressee: null, manner: null, text };
  const [, speaker = '', , bracket = null] = /^(.*?)( \((.*)\))?$/s.exec(role ?? '') ?? [];
  const addressee = bracket === null ? null : (/^-> (.+)$/.exec(bracket)?.[1] ?? null);
  return { speaker, addressee, manner: addressee === null ? bracket : null, text };
}

async function list(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function unreadable(path: string, cause: unknown): ReplayError {
  return new ReplayError(
    'data-unreadable',
    `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : a > b ? 1 : 0);
}
