import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generateTypes } from '../../schemas/generate.ts';
import { AvroCodec } from '../../src/streams/schema/codec.ts';
import { assertBackwardTransitive, MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { readReleased, today } from './release.ts';

const folder = fileURLToPath(new URL('../../schemas', import.meta.url));
const schemas = Object.entries(today());

test('the types are what the schemas say; run `node schemas/generate.ts` after a change', () => {
  expect(readFileSync(`${folder}/records.ts`, 'utf8')).toBe(generateTypes(folder));
});

describe.each(schemas)('%s', (name, schema) => {
  test('reads what every released version wrote', () => {
    expect(() => assertBackwardTransitive(name, schema, readReleased()[name] ?? [])).not.toThrow();
  });

  test('is recorded as released; run `node test/schemas/release.ts` after a change', () => {
    expect(readReleased()[name]?.at(-1)).toEqual(schema);
  });

  test('documents every field', () => {
    const undocumented: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (Array.isArray(node)) for (const item of node) visit(item, path);
      else if (typeof node === 'object' && node !== null) {
        if ('fields' in node && Array.isArray(node.fields)) {
          for (const field of node.fields as { name: string; doc?: string; type: unknown }[]) {
            if (!field.doc) undocumented.push(`${path}.${field.name}`);
            visit(field.type, `${path}.${field.name}`);
          }
        } else for (const key of ['items', 'values', 'type']) visit((node as Record<string, unknown>)[key], path);
      }
    };
    visit(JSON.parse(readFileSync(`${folder}/${name}.avsc`, 'utf8')), name);
    expect(undocumented).toEqual([]);
  });
});

describe('a registry in the process', () => {
  const first = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] };

  test('refuses a schema that cannot read an older version, however old', async () => {
    const registry = new MemoryRegistry();
    await registry.register('r-value', first);
    const withDefault = { ...first, fields: [...first.fields, { name: 'b', type: 'string', default: '' }] };
    await registry.register('r-value', withDefault);
    const incompatible = {
      ...first,
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'string', default: '' },
        { name: 'c', type: 'long' },
      ],
    };
    await expect(registry.register('r-value', incompatible)).rejects.toMatchObject({ code: 'schema-incompatible' });
    // Fits the second version, where b is always written, and not the first.
    const needsB = {
      ...first,
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'string' },
      ],
    };
    await expect(registry.register('r-value', needsB)).rejects.toThrow(/cannot read version 1/);
  });

  test('lets a reader of today read what an older schema wrote', async () => {
    const registry = new MemoryRegistry();
    const older = await AvroCodec.register<{ a: number }>('r', first, registry);
    const newer = await AvroCodec.register<{ a: number; b: string }>(
      'r',
      { ...first, fields: [...first.fields, { name: 'b', type: 'string', default: 'x' }] },
      registry,
    );
    const bytes = older.encode({ a: 7 });
    let read: unknown;
    try {
      read = newer.decode(bytes);
    } catch (error) {
      expect(error).toMatchObject({ name: 'SchemaNotLoaded' });
      await (error as { load(): Promise<void> }).load();
      read = newer.decode(bytes);
    }
    expect({ ...(read as object) }).toEqual({ a: 7, b: 'x' });
  });

  test('is asked once for an unknown id, and the record is refused', async () => {
    const registry = new MemoryRegistry();
    const codec = await AvroCodec.register<{ a: number }>('r', first, registry);
    const bytes = Buffer.from(codec.encode({ a: 7 }));
    bytes.writeUInt32BE(99, 1);
    await expect(Promise.resolve().then(() => codec.decode(bytes))).rejects.toMatchObject({ name: 'SchemaNotLoaded' });
    await Promise.resolve()
      .then(() => codec.decode(bytes))
      .catch((error: { load(): Promise<void> }) => error.load());
    expect(() => codec.decode(bytes)).toThrow(/schema id 99 is not in the registry/);
  });
});
