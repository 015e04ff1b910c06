/** Half an hour of three services in Nezha's form, one of which is at fault for three minutes. */
import { folderOf, lines } from './files.ts';

export const minutes = 30;
export const services = ['cart', 'front', 'pay'];
const startS = 1_661_140_279;

export function smallRecording(): string {
  const metrics: string[] = ['ts,service,PodName,CpuUsageRate(%),PodServerLatencyP90(s),PodWorkload(Ops)'];
  const edges: string[] = ['ts,source,target,side,p50_s'];
  for (let m = 0; m < minutes; m++) {
    const slow = m >= 20 && m < 23;
    services.forEach((service, s) => {
      const busy = slow && service === 'cart' ? 90 : 10;
      metrics.push(
        `${startS + 60 * m + s},${service},${service}-1,${busy + (m % 3)},0.0${slow ? 9 : 1 + (m % 2)},${5 + s}`,
      );
    });
    edges.push(
      `${startS + 60 * m + 1},front,cart,source,0.00${4 + (m % 2)}`,
      `${startS + 60 * m},front,pay,source,0.003`,
    );
  }
  const inject = startS + 60 * 20 - 30;
  return folderOf({
    'OB_2022-08-22_metrics.csv.gz': lines(...metrics),
    'OB_2022-08-22_edges.csv.gz': lines(...edges),
    'labels.csv': lines(
      'system,day,inject_ts,end_ts,service,pod,fault',
      `OB,2022-08-22,${inject},${inject + 180},cart,cart-1,cpu_contention`,
      // Of a part of the day that is not here.
      `OB,2022-08-22,${startS + 36_000},${startS + 36_180},pay,pay-1,return`,
      // Of a day that is not here.
      `TT,2023-01-29,${inject},${inject + 180},ts-food,ts-food-1,return`,
    ),
  });
}
