import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { COMPOSE_FILE, composeAddresses } from '../../../infra/stack/docker.ts';

test('addresses follow the variables that the containers were started with', () => {
  const { kafka, postgres, neo4j } = composeAddresses({
    AURA_KAFKA_PORT: '19092',
    AURA_POSTGRES_PASSWORD: 'p@ss/word',
    AURA_NEO4J_PASSWORD: 'a b',
  });
  expect(kafka.brokers).toEqual(['127.0.0.1:19092']);
  expect(decodeURIComponent(new URL(postgres.url).password)).toBe('p@ss/word');
  expect(neo4j.password).toBe('a b');
});

test('an empty variable is one that is not set, as for docker compose', () => {
  const empty = { AURA_KAFKA_PORT: '', AURA_POSTGRES_PASSWORD: '', AURA_NEO4J_PASSWORD: '' };
  expect(composeAddresses(empty)).toEqual(composeAddresses({}));
});

test('no password stands in a URL of docker-compose.yml, where any of its characters could end it', async () => {
  expect(await readFile(COMPOSE_FILE, 'utf8')).not.toMatch(/:\/\/\S*\$\{\w*PASSWORD/);
});

test('the examples find these servers without being told', async () => {
  const { kafka, registry } = composeAddresses({});
  const producer = await readFile(new URL('../../../examples/producer.ts', import.meta.url), 'utf8');
  for (const address of [...kafka.brokers, registry.url])
    expect(producer).toContain(`default: '${address.replace('127.0.0.1', 'localhost')}'`);
});
