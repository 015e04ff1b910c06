/** The recorded days of a folder, each folded into snapshots, with the faults and breaches to judge by. */
import { breachMs } from '../../replay/evaluate/breaches.ts';
import { openFolder } from '../../replay/nezha/folder.ts';
import { readFront } from '../../replay/nezha/front.ts';
import { type Fault, readLabels } from '../../replay/nezha/labels.ts';
import { type RecordedDay, readDay } from '../../replay/nezha/telemetry.ts';
import { breathe } from '../breathe.ts';
import { type FoldedDay, foldDay } from './fold-day.ts';
import type { Breach } from './lead.ts';
import { faultyHours } from './naming.ts';

export interface JudgedDay {
  readonly day: RecordedDay;
  readonly folded: FoldedDay;
  readonly faults: readonly Fault[];
  readonly faultyHours: ReadonlySet<number>;
  readonly breaches: readonly Breach[];
}

/** Throws ReplayError data-missing, data-unreadable or data-malformed. Without labels every hour counts as fault-free. */
export async function readRecordings(
  folder: string,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<readonly JudgedDay[]> {
  const { days, labels } = await openFolder(folder);
  const known = labels === null ? [] : await readLabels(labels);
  const judged: JudgedDay[] = [];
  for (const files of days) {
    await breathe(signal);
    const day = await readDay(files);
    if (day.telemetry.length === 0) continue;
    const faults = known.filter(({ system, day: date }) => system === files.system && date === files.day);
    const front = files.front === null ? [] : await readFront(files.front);
    const breaches = faults.flatMap((fault): Breach[] => {
      const timeMs = breachMs(front, fault);
      return timeMs === null ? [] : [{ fault, timeMs }];
    });
    const folded = foldDay(day);
    tell(`${files.system} ${files.day}: ${folded.snapshots.length} windows, ${faults.length} faults`);
    judged.push({ day, folded, faults, faultyHours: faultyHours(faults), breaches });
  }
  return judged;
}
