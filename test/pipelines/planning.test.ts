/** Planning where it runs alone: scores and signatures of a window come from different topics. */
import { expect, test } from 'vitest';
import { planning } from '../../pipelines/planning.ts';
import { openTopics } from '../../pipelines/topics.ts';
import type { Signature } from '../../schemas/records.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { genuine } from '../cli/signed-decision.ts';
import { cell, scoresAt } from '../interventions/world.ts';
import { Driver } from './driver.ts';

const topics = await openTopics(new MemoryRegistry());
const key = `${cell.tenant}/${cell.fleet}/${cell.cell}`;

function window(number: number) {
  const scores = scoresAt(number, [{ agent: 'a' }]);
  const { windowStartMs, windowEndMs, snapshotHash } = scores;
  const shape = { states: [], graph: [], vector: [], stability: 0 };
  const signature: Signature = { ...cell, windowStartMs, windowEndMs, snapshotHash, ...shape };
  return { scores, signature };
}

async function start() {
  const driver = await Driver.start(planning(topics, genuine(topics)), topics['dead-letters']);
  const alerts = () =>
    driver.outputs.flatMap(({ topic, value }) =>
      topic === topics.alerts.name && value !== null ? [topics.alerts.codec.decode(value).code] : [],
    );
  return { driver, alerts };
}

test('a signature that comes before its scores waits for them, and is planned with', async () => {
  const { driver, alerts } = await start();
  for (let number = 0; number < 5; number++) {
    const { scores, signature } = window(number);
    await driver.send(topics.signatures, key, signature);
    expect(driver.sizes).toMatchObject({ 'early-signatures': 1 });
    await driver.send(topics.scores, key, scores);
    expect(driver.sizes).toMatchObject({ 'early-signatures': 0 });
  }
  expect(alerts()).toEqual(['topology-shift']);
});

test('a signature whose scores never come is not taken for that of a later window, and does not stay', async () => {
  const { driver, alerts } = await start();
  for (let number = 0; number < 10; number += 2) {
    await driver.send(topics.signatures, key, window(number).signature);
    await driver.send(topics.scores, key, window(number + 1).scores);
  }
  expect(driver.sizes).toMatchObject({ 'early-signatures': 0 });
  expect(alerts()).toEqual([]);
});

test('scores of an earlier window leave the signature of a later one to its own', async () => {
  const { driver, alerts } = await start();
  const planned = [0, 1, 2, 3, 4];
  for (const number of planned) {
    await driver.send(topics.signatures, key, window(number + 1).signature);
    await driver.send(topics.scores, key, window(number).scores);
    await driver.send(topics.scores, key, window(number + 1).scores);
    expect(driver.sizes).toMatchObject({ 'early-signatures': 0 });
  }
  expect(alerts()).toEqual(['topology-shift']);
});
