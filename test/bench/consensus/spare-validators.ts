/**
 * What weights gain where there are validators to spare: HotStuff and the weighted protocol in virtual time over a log, under the same
 * delays. Each append and each read takes 1 to 20 ms by chance, the appends of far validators four times as long. Nothing is lost.
 */
import { sha256 } from '../../../src/consensus/encoding.ts';
import { HOTSTUFF_VARIANT, type Variant } from '../../../src/consensus/hotstuff/electorate.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import { RULES, type Rules } from '../../../src/consensus/hotstuff/rules.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import type { Message } from '../../../src/consensus/message.ts';
import type { Event } from '../../../src/consensus/protocol.ts';
import { EventQueue } from '../../../src/consensus/simulator/event-queue.ts';
import { IdealSignatures } from '../../../src/consensus/simulator/ideal-signature.ts';
import { Random } from '../../../src/consensus/simulator/random.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { weightedVariant } from '../../../src/consensus/weighted/electorate.ts';
import { quantile, rounded } from '../machine.ts';

export interface SpareLine {
  readonly n: number;
  readonly f: number;
  /** Validators that say nothing; the last ones. */
  readonly silent: number;
  readonly far: keyof typeof FAR;
  readonly hotstuff: VirtualLatency;
  readonly weighted: VirtualLatency;
  readonly ratio: number | null;
}

export interface VirtualLatency {
  /** From the proposal's being offered to the first commit at an honest validator. Virtual ms */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const DELAY_MS = 20;
/** Which validators are far away: they take so many times as long to append. */
const FAR = { 'one in four': (i: number) => i % 4 === 3, 'every other': (i: number) => i % 2 === 1 } as const;
const FAR_TIMES = 4;
const TIMEOUT_MS = 500;
const WARM_UP = 60;

export function spareValidators(rounds: number): SpareLine[] {
  const lines: SpareLine[] = [];
  for (const [n, f] of [
    [4, 1],
    [5, 1],
    [6, 1],
    [8, 2],
    [9, 2],
    [16, 3],
    [31, 5],
  ]) {
    for (const [silent, far] of [
      [0, 'one in four'],
      [f, 'one in four'],
      [0, 'every other'],
      [f, 'every other'],
    ] as const) {
      // As many heads as bind when f of n may lie, so that both tolerate the same.
      const rules: Rules = { ...RULES, quorum: () => Math.ceil((n + f + 1) / 2) };
      const hotstuff = virtualLatency({ n, silent, far, rounds }, HOTSTUFF_VARIANT, rules);
      const weighted = virtualLatency({ n, silent, far, rounds }, weightedVariant(f), RULES);
      const ratio = rounded((weighted.p50Ms ?? Number.NaN) / (hotstuff.p50Ms ?? Number.NaN));
      lines.push({ n, f, silent, far, hotstuff, weighted, ratio });
    }
  }
  return lines;
}

interface Fleet {
  readonly n: number;
  readonly silent: number;
  readonly far: keyof typeof FAR;
  readonly rounds: number;
}

function virtualLatency({ n, silent, far, rounds }: Fleet, variant: Variant, rules: Rules): VirtualLatency {
  const scheme = new IdealSignatures();
  const signers = Array.from({ length: n }, (_, i) => scheme.createSigner(i));
  const set = createValidatorSet(
    signers.map(({ publicKey }, i) => ({ id: `v${String(i).padStart(2, '0')}`, publicKey })),
  );
  const instance = createInstance(variant.protocol, 'bench/aura.proposals/0', set);
  const parameters = createParameters({ timeoutMs: TIMEOUT_MS });
  const queue = new EventQueue();
  const random = new Random(7);
  const log: Message[] = [];
  const timers = signers.map(() => new Map<string, number>());
  const replicas = signers.map((signer, i) => {
    const validator = set.validators[i].id;
    return new HotStuffReplica({ instance, validator, signer, scheme, parameters, logStart: 0, variant, rules });
  });
  let timerCount = 0;
  let committed = 0;
  const delayMs = (i: number): number => random.int(1, DELAY_MS) * (FAR[far](i) ? FAR_TIMES : 1);

  const step = (i: number, event: Event): void => {
    for (const effect of replicas[i].step(event)) {
      if (effect.type === 'send') {
        if (i < n - silent) queue.after(delayMs(i), () => append(effect.message));
      } else if (effect.type === 'setTimer') {
        const id = ++timerCount;
        const { timer, view } = effect;
        timers[i].set(timer, id);
        queue.after(effect.ms, () => {
          if (timers[i].get(timer) === id) step(i, { type: 'timer', timer, view });
        });
      } else if (effect.type === 'clearTimer') timers[i].delete(effect.timer);
      else if (effect.type === 'committed') committed = Math.max(committed, effect.block.height);
    }
  };
  const append = (message: Message): void => {
    log.push(message);
    for (const i of replicas.keys()) queue.after(random.int(1, DELAY_MS), () => read(i, log.length - 1));
  };
  const read = (i: number, through: number): void => {
    for (let position = replicas[i].nextPosition; position <= through; position++)
      step(i, { type: 'message', position, message: log[position] });
  };

  for (const i of replicas.keys()) step(i, { type: 'start', nonce: new Uint8Array(16).fill(i + 1) });
  while (queue.nowMs < 1000 && queue.step());
  const times: number[] = [];
  for (let offset = 0; offset < rounds + WARM_UP; offset++) {
    const startedMs = queue.nowMs;
    const goal = committed + 1;
    const proposal = { offset, digest: sha256(Buffer.from(String(offset))), decidedMs: offset };
    for (const i of replicas.keys()) {
      queue.after(random.int(1, DELAY_MS), () =>
        step(i, { type: 'offered', proposal, check: { verdict: 'approve', dryRun: false } }),
      );
    }
    while (committed < goal && queue.step());
    if (offset >= WARM_UP) times.push(queue.nowMs - startedMs);
    // All of it is read before the next.
    const untilMs = queue.nowMs + 4 * FAR_TIMES * DELAY_MS;
    while (queue.nowMs < untilMs && queue.step());
  }
  return { p50Ms: rounded(quantile(times, 0.5)), p99Ms: rounded(quantile(times, 0.99)) };
}
