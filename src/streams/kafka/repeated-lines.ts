import type { KafkaLogOptions } from './options.ts';

type Log = KafkaLogOptions['log'];

const quietMs = 10_000;
/** Most different messages that are told apart at a time. */
const messagesMax = 200;

/**
 * A dozen clients that each try ten times a second to reach a broker that is down say so each time. The same message is passed on once in ten seconds; the
 * next time it says in `repeated` how often it was left out. `nowMs`: a clock that does not jump.
 */
export function withoutRepetition(log: Log, nowMs: () => number): Log {
  const told = new Map<string, { atMs: number; repeated: number }>();
  return (level, message, details) => {
    const key = `${level} ${message}`;
    const last = told.get(key);
    const now = nowMs();
    if (last !== undefined && now - last.atMs < quietMs) {
      last.repeated++;
      return;
    }
    if (last === undefined && told.size >= messagesMax) told.clear();
    told.set(key, { atMs: now, repeated: 0 });
    log(level, message, last === undefined || last.repeated === 0 ? details : { ...details, repeated: last.repeated });
  };
}
