/** The hour of the week on a wall clock, daylight saving included. */
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Gives the hour of the local week from Monday 0 h on, with fractions, 0 to below 168, of an instant in unix seconds. */
export function localWeek(timeZone: string): (tS: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const known = new Map<number, number>();
  return (tS) => {
    let hour = known.get(tS);
    if (hour === undefined) {
      const parts = new Map(format.formatToParts(tS * 1000).map(({ type, value }) => [type, value]));
      hour =
        DAYS.indexOf(parts.get('weekday') ?? '') * 24 + Number(parts.get('hour')) + Number(parts.get('minute')) / 60;
      known.set(tS, hour);
    }
    return hour;
  };
}
