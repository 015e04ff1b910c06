import { startStack } from '../../infra/stack/stack.ts';

/** A broker for a benchmark: the one named in AURA_TEST_BROKERS, else one started for it and stopped with it. */
export async function withServers<T>(
  wanted: { readonly postgres: boolean },
  use: (servers: { readonly brokers: readonly string[]; readonly postgresUrl: string | null }) => Promise<T>,
): Promise<T> {
  const brokers = process.env.AURA_TEST_BROKERS?.split(',');
  const postgresUrl = process.env.AURA_TEST_POSTGRES_URL ?? null;
  if (brokers !== undefined && (!wanted.postgres || postgresUrl !== null)) return use({ brokers, postgresUrl });
  const stack = await startStack({ services: wanted.postgres ? ['kafka', 'postgres'] : ['kafka'] });
  try {
    return await use({ brokers: stack.kafka.brokers, postgresUrl: wanted.postgres ? stack.postgres.url : null });
  } finally {
    await stack.stop();
  }
}
