/**
 * What goes wrong in a run, as a list: drawn from the seed before the run, each entry on its own, so that a failing run can be
 * tried again with some of them left out (shrink.ts).
 */
import { LIES } from './liars.ts';
import type { AnyModel } from './model.ts';
import type { Random } from './random.ts';

export const FAULTS = [
  'loss',
  'delay',
  'duplication',
  'crash',
  'partition',
  'skew',
  'checks',
  'twins',
  'liars',
  'hosted',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Virtual time in which things go wrong; then calm, in which all must be decided. ms */
export const FAULTY_MS = 4000;
/** Message delay without faults: 1 to this. ms */
export const CALM_DELAY_MS = 4;

interface Span {
  readonly fromMs: number;
  readonly forMs: number;
}

export type Incident =
  /** A proposal is made, new or a copy of an earlier one. */
  | { readonly type: 'proposal'; readonly atMs: number; readonly copies: boolean; readonly isApproved: boolean }
  /** A share of the messages is lost. */
  | ({ readonly type: 'loss'; readonly share: number } & Span)
  /** Messages take up to this long; unequal delays reorder them. */
  | ({ readonly type: 'delay'; readonly mostMs: number } & Span)
  | ({ readonly type: 'duplication'; readonly share: number } & Span)
  /** Messages take half to all of this in the whole run, the calm at its end included: timeouts must grow to match. */
  | { readonly type: 'distance'; readonly mostMs: number }
  /** These replicas and the others do not hear each other. */
  | ({ readonly type: 'partition'; readonly cut: readonly number[] } & Span)
  /** The replica does not hear these others, who hear it. On a log it reads nothing. */
  | ({ readonly type: 'deaf'; readonly replica: number; readonly to: readonly number[] } & Span)
  /**
   * From `atMs` on, right after its effect number `afterEffects`, the replica dies and starts again after `downMs`. Of the write under
   * way, the share `keeps` is on disk; what was still to be written or sent after it is gone.
   */
  | {
      readonly type: 'crash';
      readonly replica: number;
      readonly atMs: number;
      readonly afterEffects: number;
      readonly downMs: number;
      readonly keeps: number;
    }
  /** The replica's timers take `rate` times as long. */
  | { readonly type: 'skew'; readonly replica: number; readonly rate: number }
  /** Checks wait up to this long, and may then change their mind within it again, at different times at different replicas. */
  | { readonly type: 'checks'; readonly mostMs: number }
  /**
   * On a log: these replicas share a process and its one writer, and overhear what each of them proposes. That a part of it is lost, or one of them alone crashes,
   * is harder than what can happen to a process.
   */
  | { readonly type: 'hosted'; readonly replicas: readonly number[] }
  /** Two copies of the replica run with one key. */
  | { readonly type: 'twins'; readonly replica: number }
  /** `lie`: names of lies, joined by +, told one over the other. */
  | { readonly type: 'liar'; readonly replica: number; readonly lie: string };

export interface Drawing {
  readonly replicas: number;
  /** How many may be Byzantine. */
  readonly faulty: number;
  readonly allowed: ReadonlySet<Fault>;
  /** Drawn unless given. */
  readonly proposals: number | null;
}

/** Of the faults allowed, each is in a run or not, and as hard as the seed says. */
export function drawIncidents(random: Random, model: AnyModel, drawing: Drawing): readonly Incident[] {
  const { replicas, allowed } = drawing;
  const incidents: Incident[] = [];
  const has = (fault: Fault): boolean => random.chance(0.6) && allowed.has(fault);
  const replica = (): number => random.int(0, replicas - 1);
  /** Now and then all the time, else for a while. */
  const span = (): Span => {
    if (random.chance(0.4)) return { fromMs: 0, forMs: FAULTY_MS };
    const fromMs = random.int(0, FAULTY_MS - 100);
    return { fromMs, forMs: random.int(50, FAULTY_MS - fromMs) };
  };

  for (const byzantine of drawByzantine(random, model, drawing)) incidents.push(byzantine);
  if (has('loss')) incidents.push({ type: 'loss', share: random.next() * 0.25, ...span() });
  if (has('delay')) incidents.push({ type: 'delay', mostMs: random.int(10, 300), ...span() });
  if (allowed.has('delay') && random.chance(0.1)) incidents.push({ type: 'distance', mostMs: random.int(50, 600) });
  if (has('duplication')) incidents.push({ type: 'duplication', share: random.next() * 0.3, ...span() });
  if (has('checks')) incidents.push({ type: 'checks', mostMs: random.int(50, 600) });
  if (has('crash')) {
    for (let i = random.int(1, 6); i > 0; i--) {
      const atMs = random.int(10, FAULTY_MS - 900);
      const downMs = random.chance(0.5) ? random.int(1, 20) : random.int(20, 800);
      const afterEffects = random.chance(0.3) ? 0 : random.int(1, 12);
      incidents.push({
        type: 'crash',
        replica: replica(),
        atMs,
        afterEffects,
        downMs,
        keeps: random.pick([0, 0.5, 1]),
      });
    }
  }
  if (has('partition')) {
    for (let i = random.int(1, 5); i > 0; i--) {
      const fromMs = random.int(0, FAULTY_MS - 1100);
      const cut = new Set(Array.from({ length: random.int(1, Math.max(1, replicas >> 1)) }, replica));
      incidents.push({ type: 'partition', cut: [...cut].sort((a, b) => a - b), fromMs, forMs: random.int(50, 1000) });
    }
    for (let i = random.int(0, 4); i > 0; i--) {
      const fromMs = random.int(0, FAULTY_MS - 1100);
      const to = new Set(Array.from({ length: random.int(1, replicas - 1) }, replica));
      const deaf = { type: 'deaf', replica: replica(), to: [...to].sort((a, b) => a - b) } as const;
      incidents.push({ ...deaf, fromMs, forMs: random.int(20, 1000) });
    }
  }
  if (has('skew')) {
    for (let i = 0; i < replicas; i++) {
      if (random.chance(0.5)) incidents.push({ type: 'skew', replica: i, rate: 0.5 + random.next() * 1.5 });
    }
  }
  // One by one, or in bursts of up to this many.
  const burstMax = random.pick([1, 4, 32]);
  for (let left = drawing.proposals ?? random.int(1, 12); left > 0; ) {
    const atMs = random.int(0, FAULTY_MS);
    for (let burst = Math.min(left, random.int(1, burstMax)); burst > 0; burst--, left--) {
      const copies = random.chance(0.1);
      incidents.push({ type: 'proposal', atMs, copies, isApproved: random.chance(0.6) });
    }
  }
  if (model.channel === 'log' && random.chance(0.4) && allowed.has('hosted')) {
    const all = Array.from({ length: replicas }, (_, i) => i);
    const some = new Set([replica(), replica(), ...all.filter(() => random.chance(0.5))]);
    const hosted = random.chance(0.5) ? all : [...some].sort((a, b) => a - b);
    incidents.push({ type: 'hosted', replicas: hosted });
  }
  // Drawn last, so that the rest of a run is what its seed always was.
  return incidents.map((one) =>
    one.type === 'liar' && random.chance(0.4) ? { ...one, lie: `${one.lie}+garbling` } : one,
  );
}

function drawByzantine(random: Random, model: AnyModel, { replicas, faulty, allowed }: Drawing): Incident[] {
  if (model.tolerates === 'crashes') return [];
  const kinds: string[] = [];
  if (allowed.has('liars')) kinds.push(...Object.keys(LIES), ...model.lies);
  if (allowed.has('twins')) kinds.push('twins', ...(allowed.has('liars') ? ['twins'] : []));
  if (kinds.length === 0 || random.chance(0.2)) return [];
  const byzantine = new Map<number, Incident>();
  while (byzantine.size < faulty) {
    const replica = random.int(0, replicas - 1);
    const kind = random.pick(kinds);
    const other = random.chance(0.4) ? random.pick(kinds) : 'twins';
    const lie = other === 'twins' || other === kind ? kind : `${kind}+${other}`;
    byzantine.set(replica, kind === 'twins' ? { type: 'twins', replica } : { type: 'liar', replica, lie });
  }
  return [...byzantine.values()];
}

/** The faults that these incidents are of. */
export function faultsOf(incidents: readonly Incident[]): ReadonlySet<Fault> {
  const faults = new Set<Fault>();
  for (const { type } of incidents) {
    if (type === 'distance') faults.add('delay');
    else if (type === 'deaf') faults.add('partition');
    else if (type === 'liar') faults.add('liars');
    else if (type !== 'proposal') faults.add(type);
  }
  return faults;
}

export function describeIncident(incident: Incident): string {
  const during = 'fromMs' in incident ? ` from ${incident.fromMs} ms for ${incident.forMs} ms` : '';
  switch (incident.type) {
    case 'proposal':
      return `${incident.atMs} ms: a ${incident.copies ? 'copy of an earlier proposal' : 'proposal'}, ${incident.isApproved ? 'to be approved' : 'to be rejected'}`;
    case 'loss':
      return `${percent(incident.share)} of the messages are lost${during}`;
    case 'delay':
      return `messages take up to ${incident.mostMs} ms${during}`;
    case 'distance':
      return `messages take ${incident.mostMs >> 1} to ${incident.mostMs} ms all the time`;
    case 'duplication':
      return `${percent(incident.share)} of the messages come twice${during}`;
    case 'partition':
      return `replicas ${incident.cut.join(', ')} are cut off from the others${during}`;
    case 'deaf':
      return `replica ${incident.replica} does not hear ${incident.to.join(', ')}${during}`;
    case 'crash':
      return `${incident.atMs} ms: replica ${incident.replica} dies after ${incident.afterEffects} more effects, for ${incident.downMs} ms; ${percent(incident.keeps)} of the write under way is kept`;
    case 'skew':
      return `timers of replica ${incident.replica} take ${incident.rate.toFixed(2)} times as long`;
    case 'checks':
      return `checks wait up to ${incident.mostMs} ms`;
    case 'hosted':
      return `replicas ${incident.replicas.join(', ')} share a process`;
    case 'twins':
      return `replica ${incident.replica} runs twice with one key`;
    case 'liar':
      return `replica ${incident.replica} lies: ${incident.lie}`;
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
