/**
 * Structured logs by pino: one JSON object a line, time in ms since the epoch, no secrets. Every finished line is read back and cleaned (redact.ts), so
 * that nothing slips past by way of a child logger, an error's message or a format argument; that costs some microseconds a line, and lines are few.
 */
import { type DestinationStream, destination, type Level, type Logger, levels, pino, stdTimeFunctions } from 'pino';
import { redactText, redactTree } from './redact.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** What the process is, such as the pipelines it runs. */
  readonly name: string;
  /** The environment, of which AURA_LOG_LEVEL is read: trace, debug, info, warn, error, fatal or silent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where lines go; standard error unless given, as standard output is for results. */
  readonly destination?: DestinationStream;
}

export class LogLevelError extends Error {
  override readonly name = 'LogLevelError';
  readonly code = 'LOG_LEVEL_UNKNOWN';
  readonly value: string;

  constructor(value: string) {
    super(`LOG_LEVEL_UNKNOWN: AURA_LOG_LEVEL is ${JSON.stringify(value)}; valid is ${levelNames.join(', ')}`);
    this.value = value;
  }
}

const levelNames: readonly string[] = [...Object.keys(levels.values), 'silent'];

/** @throws LogLevelError */
export function createLogger(options: LoggerOptions): Logger {
  const { name, env = process.env, destination: to = destination({ fd: 2, sync: true }) } = options;
  return pino(
    {
      name,
      level: levelFrom(env),
      timestamp: stdTimeFunctions.epochTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: cleanLine },
    },
    to,
  );
}

function levelFrom(env: Readonly<Record<string, string | undefined>>): Level | 'silent' {
  const wanted = env.AURA_LOG_LEVEL;
  if (wanted === undefined || wanted === '') return 'info';
  if (!levelNames.includes(wanted)) throw new LogLevelError(wanted);
  return wanted as Level | 'silent';
}

function cleanLine(line: string): string {
  let tree: unknown;
  try {
    tree = JSON.parse(line);
  } catch {
    // Not JSON, which pino never writes of itself: cleaned as the text it is.
    return redactText(line);
  }
  return `${JSON.stringify(redactTree(tree))}\n`;
}
