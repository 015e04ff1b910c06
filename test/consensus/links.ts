/**
 * Runs a script of commands against replicas over links whose every step is chosen by the script, and writes down what they do. In the
 * manner of the interaction tests of etcd's raft: a file holds commands, a line of dashes, and what came out.
 *
 *   replicas 4 [bug=NAME]               makes them; nothing has started
 *   start [0 1]                         starts these (again, after a crash, from what is on disk), or all
 *   crash 0 [lost=K]                    forgets all but its disk, of which the last K records are lost too
 *   offer 0 APPROVED|REJECTED|WAIT [1=...]   offers proposal 0 to all, with this check or each with its own
 *   deliver [from=0,1] [to=2] [kind=TEXT]    hands over the messages under way that fit, in order; not those that this brings about
 *   drop [from=0,1] [to=2] [kind=TEXT]       loses them
 *   stabilize [0 1 2]                   delivers among these, or all, until nothing moves; what goes to others stays under way
 *   timer 0 [NAME]                      its timer runs out: the one named, else the first that is not for resending
 *   status                              where each stands
 */
import type { Check, Effect, Event, Machine, Vocabulary } from '../../src/consensus/core.ts';
import { sha256 } from '../../src/consensus/encoding.ts';
import { createInstance } from '../../src/consensus/instance.ts';
import { IdealSignatures } from '../../src/consensus/simulator/ideal-signature.ts';
import type { Cast } from '../../src/consensus/simulator/model.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';

interface UnderWay<V extends Vocabulary> {
  readonly from: number;
  readonly to: number;
  readonly message: V['message'];
}

export class Links<V extends Vocabulary> {
  readonly #make: (replicas: number, bug: string | null) => Pick<Cast<V>, 'create' | 'describe'>;
  readonly #tell: (machine: Machine<V>) => string;
  #cast: Pick<Cast<V>, 'create' | 'describe'> | null = null;
  #machines: (Machine<V> | null)[] = [];
  #disks: V['record'][][] = [];
  #timers: Map<string, number>[] = [];
  #starts = 0;
  #underWay: UnderWay<V>[] = [];
  #out: string[] = [];

  constructor(
    make: (replicas: number, bug: string | null) => Pick<Cast<V>, 'create' | 'describe'>,
    tell: (machine: Machine<V>) => string,
  ) {
    this.#make = make;
    this.#tell = tell;
  }

  run(text: string): string {
    this.#out = [];
    const [command, ...words] = text.split(' ');
    const named = new Map(
      words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]),
    );
    const plain = words.filter((word) => !word.includes('='));
    switch (command) {
      case 'replicas':
        this.#cast = this.#make(Number(plain[0]), named.get('bug') ?? null);
        this.#machines = Array.from({ length: Number(plain[0]) }, () => null);
        this.#disks = this.#machines.map(() => []);
        this.#timers = this.#machines.map(() => new Map());
        break;
      case 'start':
        for (const i of this.#these(plain)) this.#start(i);
        break;
      case 'crash':
        for (const i of this.#these(plain)) this.#crash(i, Number(named.get('lost') ?? 0));
        break;
      case 'offer':
        for (const i of this.#machines.keys()) this.#offer(i, Number(plain[0]), named.get(String(i)) ?? plain[1]);
        break;
      case 'deliver':
        for (const one of this.#take(named)) this.#deliver(one);
        break;
      case 'drop':
        for (const { from, to, message } of this.#take(named))
          this.#out.push(`${from} to ${to} lost: ${this.#describe(message)}`);
        break;
      case 'stabilize':
        this.#stabilize(new Set(this.#these(plain)));
        break;
      case 'timer':
        this.#timer(Number(plain[0]), plain[1]);
        break;
      case 'status':
        for (const [i, machine] of this.#machines.entries()) this.#out.push(`${i} ${this.#stand(machine)}`);
        break;
      default:
        throw new SyntaxError(`unknown command: ${text}`);
    }
    return this.#out.length === 0 ? 'ok' : this.#out.join('\n');
  }

  #these(plain: readonly string[]): readonly number[] {
    return plain.length > 0 ? plain.map(Number) : [...this.#machines.keys()];
  }

  #start(i: number): void {
    if (this.#cast === null) throw new Error('no replicas');
    this.#machines[i] = this.#cast.create({ index: i, records: [...this.#disks[i]], log: [] });
    this.#step(i, { type: 'start', nonce: new Uint8Array(16).fill(++this.#starts) });
  }

  #crash(i: number, lost: number): void {
    this.#machines[i] = null;
    this.#timers[i].clear();
    this.#disks[i].splice(Math.max(0, this.#disks[i].length - lost), lost);
  }

  #offer(i: number, offset: number, word: string): void {
    const proposal = { offset, digest: sha256(Buffer.from(`proposal ${offset}`)), decidedMs: 1000 + offset };
    if (this.#machines[i]?.isSettled(offset, proposal.digest) === false)
      this.#step(i, { type: 'offered', proposal, check: toCheck(word) });
  }

  #take(named: ReadonlyMap<string, string>): readonly UnderWay<V>[] {
    const fits = (name: string, index: number): boolean => named.get(name)?.split(',').includes(String(index)) ?? true;
    const kind = named.get('kind') ?? '';
    const taken = this.#underWay.filter(
      ({ from, to, message }) => fits('from', from) && fits('to', to) && this.#describe(message).includes(kind),
    );
    this.#underWay = this.#underWay.filter((one) => !taken.includes(one));
    return taken;
  }

  #deliver({ from, to, message }: UnderWay<V>): void {
    this.#out.push(`${from} to ${to}: ${this.#describe(message)}`);
    this.#step(to, { type: 'message', position: 0, message });
  }

  #stabilize(among: ReadonlySet<number>): void {
    for (let steps = 0; steps < 2000; steps++) {
      const at = this.#underWay.findIndex(({ from, to }) => among.has(from) && among.has(to));
      if (at < 0) return;
      const [one] = this.#underWay.splice(at, 1);
      this.#deliver(one);
    }
    throw new Error('it never ends');
  }

  #timer(i: number, named: string | undefined): void {
    const timer = named ?? [...this.#timers[i].keys()].find((name) => name !== 'resend');
    const view = timer === undefined ? undefined : this.#timers[i].get(timer);
    if (timer === undefined || view === undefined) {
      this.#out.push(`${i} has no such timer`);
      return;
    }
    this.#timers[i].delete(timer);
    this.#step(i, { type: 'timer', timer, view });
  }

  #step(i: number, event: Event<V>): void {
    for (const effect of this.#machines[i]?.step(event) ?? []) this.#carryOut(i, effect);
  }

  #carryOut(i: number, effect: Effect<V>): void {
    switch (effect.type) {
      case 'persist':
        this.#disks[i].push(...effect.records);
        break;
      case 'send':
        for (const to of effect.to === undefined ? this.#machines.keys() : [effect.to]) {
          if (to !== i) this.#underWay.push({ from: i, to, message: effect.message });
        }
        this.#out.push(
          `  ${i} says${effect.to === undefined ? '' : ` to ${effect.to}`}: ${this.#describe(effect.message)}`,
        );
        break;
      case 'setTimer':
        this.#timers[i].set(effect.timer, effect.view);
        if (effect.timer !== 'resend') this.#out.push(`  ${i} sets its ${effect.timer} timer to ${effect.ms} ms`);
        break;
      case 'clearTimer':
        this.#timers[i].delete(effect.timer);
        break;
      case 'committed': {
        const { height, items } = effect.block;
        const told = items.map(({ offset, verdict }) => `${offset} ${verdict}`).join(', ') || 'nothing';
        const repeats =
          effect.repeats === undefined ? '' : `, of which item ${effect.repeats.join(' and ')} counts for nothing`;
        this.#out.push(`  ${i} commits height ${height}: ${told}${repeats}`);
        break;
      }
      case 'restored':
        this.#out.push(`  ${i} takes over the state of height ${effect.height}`);
        break;
      case 'equivocation':
        this.#out.push(`  ${i} has evidence of equivocation`);
        break;
      case 'refused':
        this.#out.push(`  ${i} refuses: ${effect.code}`);
        break;
      case 'dropped':
        this.#out.push(`  ${i} drops offset ${effect.proposal.offset}`);
        break;
    }
  }

  #stand(machine: Machine<V> | null): string {
    if (machine === null) return 'down';
    return `height ${machine.height}, open ${machine.openProposals}, ${this.#tell(machine)}`;
  }

  #describe(message: V['message']): string {
    return this.#cast?.describe(message).replace(/^from \d+: /, '') ?? '';
  }
}

/** A world of ideal signatures for a script. */
export function scriptWorld(protocol: string, replicas: number) {
  const scheme = new IdealSignatures();
  const signers = Array.from({ length: replicas }, (_, i) => scheme.createSigner(i));
  const validators = signers.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey }));
  const instance = createInstance(protocol, 'script', createValidatorSet(validators));
  return { scheme, signers, instance };
}

function toCheck(word: string): Check {
  if (word === 'APPROVED') return { verdict: 'approve', dryRun: false };
  if (word === 'REJECTED') return { verdict: 'reject', dryRun: false, reason: 'REASON' };
  return { verdict: 'wait' };
}
