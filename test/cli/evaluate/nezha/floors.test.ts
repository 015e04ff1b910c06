import { expect, test } from 'vitest';
import { floorsOf } from '../../../../src/cli/evaluate/nezha/floors.ts';
import { readRecordings } from '../../../../src/cli/evaluate/nezha/recordings.ts';
import { folderOf, lines } from '../../replay/files.ts';

const startS = 1_661_140_279;

/** Half an hour of three services, `busy` of which stands out for three minutes from the 20th on. */
function metrics(busy: string): string {
  const rows = Array.from({ length: 30 }, (_, m) =>
    ['cart', 'front', 'pay'].map(
      (service, s) => `${startS + 60 * m},${service},${service === busy && m >= 20 && m < 23 ? 90 : 10},${5 + s}`,
    ),
  );
  return lines('ts,service,CpuUsageRate(%),PodWorkload(Ops)', ...rows.flat());
}

test('of two systems the floors are told apart, as what was published is', async () => {
  const injectS = startS + 60 * 20 - 30;
  const label = (system: string, inject: number) =>
    `${system},2022-08-22,${inject},${inject + 180},cart,cpu_contention`;
  const folder = folderOf({
    'OB_2022-08-22_metrics.csv': metrics('cart'),
    'TT_2022-08-22_metrics.csv': metrics('pay'),
    // The last one lies an hour after the recording.
    'labels.csv': lines(
      'system,day,inject_ts,end_ts,service,fault',
      ...[label('OB', injectS), label('TT', injectS), label('TT', injectS + 3600)],
    ),
  });
  const days = await readRecordings(folder, new AbortController().signal, () => undefined);
  expect(days.map(({ faults, unrecordedFaults }) => [faults.length, unrecordedFaults])).toEqual([
    [1, 0],
    [1, 1],
  ]);
  const { figures } = floorsOf(days);
  expect(figures['largest z-score, injection time given']).toMatchObject({
    ranking: { faults: 2, at1: 0.5 },
    rankingBySystem: { OB: { faults: 1, at1: 1 }, TT: { faults: 1, at1: 0 } },
  });
  expect(figures['services at random']).toMatchObject({ rankingBySystem: { TT: { faults: 1, at1: 0.3333, at3: 1 } } });
  expect(floorsOf(days.slice(0, 1)).figures['busiest service first']).toEqual({
    ranking: { faults: 1, at1: 0, at3: 1, at5: 1 },
  });
});
