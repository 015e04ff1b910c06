import { describe, expect, test } from 'vitest';
import { openFolder } from '../../../../src/cli/replay/nezha/folder.ts';
import { type RecordedDay, readDay, type Telemetry } from '../../../../src/cli/replay/nezha/telemetry.ts';
import { checkHeartbeat } from '../../../../src/fleet/check-heartbeat.ts';
import { checkInteraction } from '../../../../src/fleet/check-interaction.ts';
import { checkFleet } from '../../../../src/fleet/fleet-record.ts';
import { toObservation } from '../../../../src/fleet/signal-mapping.ts';
import { folderOf, lines } from '../files.ts';

const metricsHead = 'ts,service,PodName,CpuUsageRate(%),PodServerLatencyP90(s),PodWorkload(Ops),PodSuccessRate(%)';
const onlineBoutique = {
  'OB_2022-08-22_metrics.csv.gz': lines(
    metricsHead,
    '1661140279,cart,cart-1,9.5,0.004,6,0',
    '1661140279,front,front-1,25,0.5,8.6,0',
    '1661140280,pay,pay-1,1,,0,0',
    '1661140339,cart,cart-1,9.6,0.005,6,0',
  ),
  'OB_2022-08-22_edges.csv.gz': lines(
    'ts,source,target,side,p50_s',
    '1661140279,front,cart,source,0.005',
    '1661140279,front,cart,destination,0.003',
    '1661140280,pay,cart,source,0.007',
    '1661140279,front,pay,source,',
  ),
};
const trainTicket = {
  'TT_2023-01-29_metrics.csv.gz': lines(
    metricsHead,
    '1674950400,ts-order,ts-order-1,9,0.25,3,0',
    '1674950400,ts-food,ts-food-1,4,0.1,12,0',
    '1674950461,ts-food,ts-food-1,4,0.1,12,0',
  ),
  'TT_2023-01-29_dependency.csv': lines(
    'Source,Target,Weight',
    'ts-order,ts-food,1',
    'ts-food,ts-food,1',
    'ts-order,33.33.33.76,1',
  ),
};

async function dayOf(files: Readonly<Record<string, string>>): Promise<RecordedDay> {
  const { days } = await openFolder(folderOf(files));
  return await readDay(days[0]);
}

const interactions = (telemetry: readonly Telemetry[]) =>
  telemetry.flatMap((record) => (record.kind === 'interaction' ? [record.interaction] : []));
const observations = ({ telemetry, fleet }: RecordedDay) =>
  telemetry.flatMap((record) => (record.kind === 'heartbeat' ? [toObservation(record.heartbeat, fleet.mapping)] : []));

describe('OnlineBoutique', () => {
  test('a row of metrics is a heartbeat whose latency is the callers’ plus its own', async () => {
    const seen = observations(await dayOf(onlineBoutique));
    expect(seen.map(({ agent, timeMs }) => [agent, timeMs])).toEqual([
      ['cart', 1_661_140_279_000],
      ['front', 1_661_140_279_000],
      ['pay', 1_661_140_280_000],
      ['cart', 1_661_140_339_000],
    ]);
    expect(seen[0].latencyMs).toBeCloseTo((5 + 7) / 2 + 4, 9);
    expect(seen[0]).toMatchObject({ trafficPerS: 6, errorRate: null });
    expect(seen[0].saturation).toBeCloseTo(0.095, 12);
    // Nobody calls the front end; nobody called pay; there were no edges in the last minute.
    expect(seen.slice(1).map(({ latencyMs }) => latencyMs)).toEqual([500, null, 5]);
  });

  test('an edge is an interaction as the caller saw it, and the callee’s traffic is spread over its callers', async () => {
    const { telemetry } = await dayOf(onlineBoutique);
    expect(
      interactions(telemetry).map(({ caller, callee, count, latencyMs }) => ({ caller, callee, count, latencyMs })),
    ).toEqual([
      { caller: 'front', callee: 'cart', count: 180, latencyMs: 5 },
      { caller: 'pay', callee: 'cart', count: 180, latencyMs: 7 },
    ]);
  });
});

describe('TrainTicket', () => {
  test('edges that exist around faults alone are not read: with or without them the records are the same', async () => {
    const faultEdges = {
      'TT_2023-01-29_fault_edges.csv.gz': lines(
        'window_file,minute_unix,source,target,spans,mean_ms,p90_ms',
        '09_00,1674950400,ts-order,ts-food,3,900,1000',
      ),
      'TT_2023-01-29_normal_edges.csv.gz': lines('window_file,minute_unix,source,target,spans,mean_ms,p90_ms'),
    };
    const [without, having] = await Promise.all([dayOf(trainTicket), dayOf({ ...trainTicket, ...faultEdges })]);
    expect(having.telemetry).toEqual(without.telemetry);
  });

  test('the static call graph stands in, every minute alike and without latency', async () => {
    const { telemetry } = await dayOf(trainTicket);
    const expected = { caller: 'ts-order', callee: 'ts-food', count: 720, errors: 0, latencyMs: null };
    expect(interactions(telemetry)).toEqual([
      expect.objectContaining({ ...expected, timeMs: 1_674_950_400_000 }),
      expect.objectContaining({ ...expected, timeMs: 1_674_950_461_000 }),
    ]);
  });

  test('latency is the service’s own', async () => {
    expect(observations(await dayOf(trainTicket)).map(({ latencyMs }) => latencyMs)).toEqual([250, 100, 100]);
  });
});

test('rows timed more finely than in ms are records all the same', async () => {
  const { telemetry } = await dayOf({
    'OB_2022-08-22_metrics.csv': lines(metricsHead, '1661140279.1007123,cart,cart-1,9.5,0.004,6,0'),
    'OB_2022-08-22_edges.csv': lines('ts,source,target,side,p50_s', '1661140279.2503,front,cart,source,0.005'),
  });
  expect(telemetry.map(({ timeMs }) => timeMs)).toEqual([1_661_140_279_101, 1_661_140_279_250]);
});

test('all records are good ones, in order of time', async () => {
  for (const files of [onlineBoutique, trainTicket]) {
    const { fleet, telemetry } = await dayOf(files);
    expect(checkFleet(fleet)).toBeNull();
    const times = telemetry.map(({ timeMs }) => timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const record of telemetry) {
      const rejection =
        record.kind === 'heartbeat'
          ? checkHeartbeat(record.heartbeat, record.timeMs)
          : checkInteraction(record.interaction, record.timeMs);
      expect(rejection).toBeNull();
    }
  }
});
