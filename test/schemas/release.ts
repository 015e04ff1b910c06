/**
 * Records today's schemas as released: `node test/schemas/release.ts`. Every version that was ever released stays in released.json, without its
 * documentation, and schemas.test.ts holds today's against all of them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSchema } from '../../src/streams/schema/codec.ts';
import { assertBackwardTransitive } from '../../src/streams/schema/memory-registry.ts';

export type Released = Record<string, object[]>;

const file = new URL('./released.json', import.meta.url);
const folder = new URL('../../schemas/', import.meta.url);

export function readReleased(): Released {
  return JSON.parse(readFileSync(file, 'utf8')) as Released;
}

/** Today's schemas by name, in the form that is recorded. */
export function today(): Record<string, object> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.avsc'));
  return Object.fromEntries(
    names.sort().map((name) => {
      const schema = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as object;
      const exported = parseSchema(schema).schema({ exportAttrs: true });
      // Words are no part of a contract: changing them makes no new version.
      const bare = JSON.stringify(exported, (key, value: unknown) => (key === 'doc' ? undefined : value));
      return [name.slice(0, -'.avsc'.length), JSON.parse(bare) as object];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const released = readReleased();
  for (const [name, schema] of Object.entries(today())) {
    const versions = released[name] ?? [];
    released[name] = versions;
    if (JSON.stringify(versions.at(-1)) === JSON.stringify(schema)) continue;
    assertBackwardTransitive(name, schema, versions);
    versions.push(schema);
    process.stdout.write(`${name}: version ${versions.length}\n`);
  }
  writeFileSync(file, `${JSON.stringify(released)}\n`);
}
