/** The recorded days of a folder, each folded into snapshots, with the faults and breaches to judge by. */
import { breachMs } from '../../replay/evaluate/breaches.ts';
import { openFolder } from '../../replay/nezha/folder.ts';
import { readFront } from '../../replay/nezha/front.ts';
import { type Fault, readLabels, recordedFaults } from '../../replay/nezha/labels.ts';
import { type RecordedDay, readDay } from '../../replay/nezha/telemetry.ts';
import { breathe } from '../breathe.ts';
import { type FoldedDay, foldDay } from './fold-day.ts';
import type { Breach } from './lead.ts';
import { faultyHours } from './naming.ts';

export interface JudgedDay {
  readonly day: RecordedDay;
  readonly folded: FoldedDay;
  readonly faults: readonly Fault[];
  /** Faults of labels.csv that the recording does not hold; they are not judged. */
  readonly unrecordedFaults: number;
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
    const labelled = known.filter(({ system, day: date }) => system === files.system && date === files.day);
    const faults = recordedFaults(labelled, day.telemetry);
    const unrecordedFaults = labelled.length - faults.length;
    const front = files.front === null ? [] : await readFront(files.front);
    const breaches = faults.flatMap((fault): Breach[] => {
      const timeMs = breachMs(front, fault);
      return timeMs === null ? [] : [{ fault, timeMs }];
    });
    const folded = foldDay(day);
    tell(`${files.system} ${files.day}: ${folded.snapshots.length} windows, ${faults.length} faults`);
    if (unrecordedFaults > 0)
      tell(`${unrecordedFaults} faults more of labels.csv: nothing was recorded while they lasted`);
    judged.push({ day, folded, faults, unrecordedFaults, faultyHours: faultyHours(labelled), breaches });
  }
  return judged;
}
