/**
 * Runs a script of commands against validators whose every step is chosen by the script, and writes down what they do. In the
 * manner of the interaction tests of etcd's raft: a file holds commands, a line of dashes, and what came out.
 *
 *   validators 4 [checkpointEvery=2]   makes them; nothing has started
 *   start 0 1                          starts them (again, after a crash)
 *   crash 0                            forgets all of it; what it has not appended is still on its way
 *   late 0                             and now it is appended
 *   propose APPROVED|REJECTED [0=...]  appends a proposal; all are offered it with this check, or with their own: WAIT too
 *   check OFFSET 1=APPROVED            a check has changed
 *   append 0 [N]                       appends N, or all, of the records that it wants to
 *   lose 0                             they never reach the log
 *   read 1 [through=P]                 reads the log
 *   timer 1 [name=retry]               its view timer, or the one named, runs out
 *   stabilize [0 1]                    append and read, in turn, until nothing moves
 *   status                             where each stands
 */

import { hashBlock } from '../../../src/consensus/block.ts';
import { CheckpointTracker } from '../../../src/consensus/checkpoint.ts';
import { hex, sha256 } from '../../../src/consensus/encoding.ts';
import { HOTSTUFF_VARIANT, type Variant } from '../../../src/consensus/hotstuff/electorate.ts';
import { createParameters, type Parameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import { createInstance, type Instance } from '../../../src/consensus/instance.ts';
import type { CertificateRef, Message } from '../../../src/consensus/message.ts';
import type { Check, Effect, Event } from '../../../src/consensus/protocol.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { WeightedElectorate } from '../../../src/consensus/weighted/electorate.ts';

export interface Command {
  readonly text: string;
  readonly expected: string;
}

/** Splits a script; lines before the first command that begin with # are its preface. */
export function parseScript(script: string): { readonly preface: string; readonly commands: readonly Command[] } {
  const lines = script.split('\n');
  const first = lines.findIndex((line) => line !== '' && !line.startsWith('#'));
  const commands: Command[] = [];
  for (let i = first; i < lines.length; i++) {
    if (lines[i] === '') continue;
    const text = lines[i];
    if (lines[++i] !== '----') throw new SyntaxError(`no ---- after: ${text}`);
    const end = lines.indexOf('', i);
    commands.push({ text, expected: lines.slice(i + 1, end).join('\n') });
    i = end;
  }
  return { preface: lines.slice(0, first).join('\n'), commands };
}

export class Interaction {
  readonly #variant: Variant;
  readonly #scheme = new IdealSignatures();
  #instance: Instance | null = null;
  #parameters: Parameters = createParameters();
  #replicas: (HotStuffReplica | null)[] = [];
  #outboxes: Message[][] = [];
  #late: Message[][] = [];
  #starts: number[] = [];
  readonly #log: Message[] = [];
  readonly #checks: Check[][] = [];
  #out: string[] = [];

  constructor(variant: Variant = HOTSTUFF_VARIANT) {
    this.#variant = variant;
  }

  run(text: string): string {
    this.#out = [];
    const [command, ...words] = text.split(' ');
    const named = new Map(
      words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]),
    );
    const plain = words.filter((word) => !word.includes('='));
    const who = (plain.length > 0 ? plain : [...this.#replicas.keys()]).map(Number);
    switch (command) {
      case 'validators':
        this.#make(Number(plain[0]), Number(named.get('checkpointEvery') ?? 100));
        break;
      case 'start':
        for (const i of who) this.#start(i);
        break;
      case 'crash':
        for (const i of who) {
          this.#replicas[i] = null;
          this.#late[i].push(...this.#outboxes[i].splice(0));
        }
        break;
      case 'late':
        this.#append(this.#late[who[0]], Number.POSITIVE_INFINITY);
        break;
      case 'propose':
        this.#checks.push(this.#replicas.map((_, i) => toCheck(named.get(String(i)) ?? plain[0])));
        for (const i of this.#replicas.keys()) this.#offer(i, this.#checks.length - 1);
        break;
      case 'check':
        for (const [i, verdict] of named) {
          this.#checks[Number(plain[0])][Number(i)] = toCheck(verdict);
          this.#offer(Number(i), Number(plain[0]));
        }
        break;
      case 'append':
        this.#append(this.#outboxes[who[0]], plain[1] === undefined ? Number.POSITIVE_INFINITY : Number(plain[1]));
        break;
      case 'lose':
        for (const i of who) this.#outboxes[i] = [];
        break;
      case 'read':
        this.#read(who[0], Number(named.get('through') ?? this.#log.length - 1));
        break;
      case 'timer':
        for (const i of who) {
          const timer = named.get('name') === 'retry' ? 'retry' : 'view';
          this.#step(i, { type: 'timer', timer, view: this.#replicas[i]?.ledger.view ?? 0 });
        }
        break;
      case 'stabilize':
        this.#stabilize(who);
        break;
      case 'status':
        for (const i of who) this.#status(i);
        break;
      default:
        throw new SyntaxError(`unknown command: ${text}`);
    }
    return this.#out.length === 0 ? 'ok' : this.#out.join('\n');
  }

  #make(n: number, checkpointEvery: number): void {
    const validators = Array.from({ length: n }, (_, i) => {
      const { publicKey } = this.#scheme.createSigner(i);
      return { id: `v${i}`, publicKey };
    });
    this.#instance = createInstance(this.#variant.protocol, 'test/aura.proposals/0', createValidatorSet(validators));
    this.#parameters = createParameters({ checkpointEvery });
    this.#replicas = validators.map(() => null);
    this.#outboxes = validators.map(() => []);
    this.#late = validators.map(() => []);
    this.#starts = validators.map(() => 0);
  }

  #start(i: number): void {
    const instance = this.#instance ?? fail('no validators');
    const tracker = new CheckpointTracker(instance, this.#scheme, `v${i}`);
    for (const [position, message] of this.#log.entries()) tracker.observe(position, message);
    const checkpoint = tracker.best();
    if (checkpoint !== null) this.#out.push(`v${i} takes up at the checkpoint of height ${checkpoint.height}`);
    this.#replicas[i] = new HotStuffReplica({
      instance,
      validator: `v${i}`,
      signer: this.#scheme.createSigner(i),
      scheme: this.#scheme,
      parameters: this.#parameters,
      logStart: 0,
      checkpoint,
      variant: this.#variant,
    });
    for (let offset = 0; offset < this.#checks.length; offset++) this.#offer(i, offset);
    const nonce = new Uint8Array(16).fill(i);
    nonce[0] = ++this.#starts[i];
    this.#step(i, { type: 'start', nonce });
  }

  #offer(i: number, offset: number): void {
    const digest = sha256(Uint8Array.of(offset));
    this.#step(i, { type: 'offered', proposal: { offset, digest, decidedMs: offset }, check: this.#checks[offset][i] });
  }

  #append(from: Message[], count: number): boolean {
    const messages = from.splice(0, count);
    for (const message of messages) this.#out.push(`${this.#log.push(message) - 1}: ${this.#describe(message)}`);
    return messages.length > 0;
  }

  #read(i: number, through: number): boolean {
    const replica = this.#replicas[i];
    const from = replica?.nextPosition ?? Number.POSITIVE_INFINITY;
    for (let position = from; position <= through; position++) {
      this.#step(i, { type: 'message', position, message: this.#log[position] });
    }
    return from <= through;
  }

  #stabilize(who: readonly number[]): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const i of who) if (this.#append(this.#outboxes[i], Number.POSITIVE_INFINITY)) moved = true;
      for (const i of who) if (this.#read(i, this.#log.length - 1)) moved = true;
    }
  }

  #step(i: number, event: Event): void {
    for (const effect of this.#replicas[i]?.step(event) ?? []) {
      if (effect.type === 'send') this.#outboxes[i].push(effect.message);
      const line = describeEffect(effect);
      if (line !== null) this.#out.push(`   v${i} ${line}`);
    }
  }

  #status(i: number): void {
    const replica = this.#replicas[i];
    if (replica === null) {
      this.#out.push(`v${i} down`);
      return;
    }
    const { view, height, leader, lock, electorate } = replica.ledger;
    const weighs =
      electorate instanceof WeightedElectorate
        ? ` heavy ${electorate.heavy.map((index) => `v${index}`).join(' ')}`
        : '';
    const locked = lock === null ? '' : ` locked on ${short(lock.blockHash)} of view ${lock.view}`;
    this.#out.push(
      `v${i} ${replica.status} height ${height} view ${view} led by v${leader}${weighs}${locked} open ${replica.openProposals}`,
    );
  }

  #describe({ validator, incarnation, body }: Message): string {
    const who = `${validator}.${incarnation}`;
    switch (body.type) {
      case 'incarnation':
        return `${who} started`;
      case 'proposal': {
        const { block } = body;
        const items = block.items.map(({ offset, verdict }) => `${offset} ${verdict}`).join(', ');
        const hash = short(hashBlock(this.#instance ?? fail('no validators'), block));
        const made = block.view === body.view ? '' : ` made in view ${block.view}`;
        return `${who} proposes in view ${body.view}: ${hash} at height ${block.height}${made} [${items}] on ${describeRef(body.justify)}`;
      }
      case 'vote':
        return `${who} ${body.phase} in view ${body.view}: ${short(body.blockHash)}`;
      case 'timeout':
        return `${who} times out view ${body.view} (${body.cause}), knows ${describeRef(body.high)}`;
      case 'checkpoint':
        return `${who} checkpoint of height ${body.height} through ${body.through}`;
    }
  }
}

function describeEffect(effect: Effect): string | null {
  switch (effect.type) {
    case 'committed': {
      const { block, certificate } = effect;
      return `commits height ${block.height} in view ${certificate.view}, signed by ${certificate.signatures.map(({ validator }) => validator).join(' ')}`;
    }
    case 'active':
      return `is active as incarnation ${effect.incarnation}`;
    case 'fenced':
      return `is fenced by incarnation ${effect.by}`;
    case 'equivocation':
      return `has evidence against ${effect.evidence.validator} in view ${effect.evidence.view}`;
    case 'refused':
      return `refuses ${effect.position}: ${effect.code}`;
    case 'setTimer':
      return effect.timer === 'start'
        ? null
        : `sets its ${effect.timer} timer of view ${effect.view} to ${effect.ms} ms`;
    case 'dropped':
      return `drops offset ${effect.proposal.offset}`;
    case 'send':
    case 'clearTimer':
      return null;
  }
}

function toCheck(word: string): Check {
  if (word === 'APPROVED') return { verdict: 'approve', dryRun: false };
  if (word === 'REJECTED') return { verdict: 'reject', dryRun: false, reason: 'REASON' };
  return { verdict: 'wait' };
}

function describeRef(ref: CertificateRef | null): string {
  return ref === null ? 'nothing' : `${short(ref.blockHash)} of view ${ref.view}`;
}

function short(hash: Uint8Array): string {
  return hex(hash).slice(0, 6);
}

function fail(message: string): never {
  throw new Error(message);
}
