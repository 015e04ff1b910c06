/** `npm run -s bench -- NAME [options]`: measurements by name, each against its peer in the same run where it has one. */
const benches: Readonly<
  Record<string, { readonly about: string; load(): Promise<{ run(args: readonly string[]): Promise<void> }> }>
> = {
  pipeline: {
    about: 'heartbeats a second and decision latency through the whole pipeline',
    load: () => import('./pipeline.ts'),
  },
  hop: {
    about: 'one hop on a real broker: a plain write and a transaction, to a reader',
    load: () => import('./hop.ts'),
  },
  consensus: {
    about: 'every protocol in process with real signatures, a third Byzantine too; HotStuff over Kafka',
    load: () => import('./consensus.ts'),
  },
  topology: {
    about: 'persistent homology against ripser, gudhi and giotto-ph: time and memory',
    load: () => import('./topology.ts'),
  },
  liquid: {
    about: 'a step of the liquid networks against ncps in torch, for 1 agent and 1,000',
    load: () => import('./liquid.ts'),
  },
};

const [name, ...args] = process.argv.slice(2);
const bench = benches[name ?? ''];
if (bench === undefined) {
  const list = Object.entries(benches).map(([known, { about }]) => `  ${known.padEnd(12)}${about}`);
  process.stdout.write(
    `Usage: npm run -s bench -- NAME [--json] [options]\n\n${list.join('\n')}\n\nEach prints its options with --help.\n`,
  );
  process.exit(name === undefined || name === '--help' ? 0 : 2);
}
const { run } = await bench.load();
await run(args);
