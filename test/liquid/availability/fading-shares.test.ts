import { expect, test } from 'vitest';
import { FadingShares } from '../../../src/liquid/availability/fading-shares.ts';
import { TICK_S } from '../../../src/liquid/availability/question.ts';
import { mulberry32 } from '../random.ts';

test('a share counts each case by half as much every half-life, however rarely it is touched', () => {
  const random = mulberry32(1);
  const halfLifeTicks = 40;
  const shares = new FadingShares(3, halfLifeTicks * TICK_S);
  const cases: { at: number; label: number; tick: number }[] = [];
  let tick = 0;
  for (let k = 0; k < 300; k++) {
    // Several cases in one tick, some ticks later, and now and then after many half-lives.
    tick += random() < 0.3 ? 0 : random() < 0.95 ? Math.floor(5 * random()) : 300;
    const at = Math.floor(3 * random());
    const label = random() < 0.3 ? 1 : 0;
    shares.add(at, label, tick);
    cases.push({ at, label, tick });
    const asked = Math.floor(3 * random());
    let [positives, all] = [4 * 0.2, 4];
    for (const one of cases) {
      if (one.at !== asked) continue;
      const kept = 0.5 ** ((tick - one.tick) / halfLifeTicks);
      positives += kept * one.label;
      all += kept;
    }
    const share = positives / all;
    expect(shares.share(asked, 0.2, 4, tick)).toBeCloseTo(share, 12);
    expect(shares.logOdds(asked, 0.2, 4, tick)).toBeCloseTo(Math.log(share / (1 - share)), 10);
  }
});
