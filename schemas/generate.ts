/**
 * Writes records.ts, the TypeScript types of the Avro schemas in this folder: `node schemas/generate.ts`.
 * The schemas are the only truth; a test fails when records.ts is not what this program writes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Schema =
  | string
  | readonly Schema[]
  | { readonly type: 'record'; readonly name: string; readonly doc?: string; readonly fields: readonly Field[] }
  | { readonly type: 'enum'; readonly name: string; readonly doc?: string; readonly symbols: readonly string[] }
  | { readonly type: 'array'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema }
  | { readonly type: 'fixed'; readonly name: string; readonly doc?: string; readonly size: number }
  | { readonly type: string; readonly logicalType?: string };
interface Field {
  readonly name: string;
  readonly type: Schema;
  readonly doc?: string;
}

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

/** The types of one schema file after another; a name defined in several files must mean the same in each. */
class Types {
  readonly #texts = new Map<string, string>();

  expression(schema: Schema): string {
    if (typeof schema === 'string') return primitives[schema] ?? schema.replace(/^.*\./, '');
    if (Array.isArray(schema)) return schema.map((branch) => this.expression(branch)).join(' | ');
    const named = schema as Exclude<Schema, string | readonly Schema[]>;
    if ('fields' in named) {
      const fields = named.fields.map(
        (field) => `${comment(field.doc, '  ')}  readonly ${field.name}: ${this.expression(field.type)};\n`,
      );
      return this.#define(
        named.name,
        `${comment(named.doc, '')}export interface ${named.name} {\n${fields.join('')}}\n`,
      );
    }
    if ('symbols' in named) {
      const union = named.symbols.map((symbol) => `'${symbol}'`).join(' | ');
      return this.#define(named.name, `${comment(named.doc, '')}export type ${named.name} = ${union};\n`);
    }
    if ('items' in named) {
      const items = this.expression(named.items);
      return `readonly ${items.includes(' ') ? `(${items})` : items}[]`;
    }
    if ('values' in named) return `Readonly<Record<string, ${this.expression(named.values)}>>`;
    if ('size' in named) return 'Uint8Array';
    return this.expression(named.type);
  }

  #define(name: string, text: string): string {
    const known = this.#texts.get(name);
    if (known !== undefined && known !== text) throw new Error(`type ${name} differs between schema files`);
    this.#texts.set(name, text);
    return name;
  }

  text(): string {
    return [...this.#texts.values()].join('\n');
  }
}

function comment(doc: string | undefined, indent: string): string {
  return doc === undefined ? '' : `${indent}/** ${doc} */\n`;
}

/** The text of records.ts for the schemas of `folder`. */
export function generateTypes(folder: string): string {
  const types = new Types();
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => file.slice(0, -'.avsc'.length))
    .sort();
  const entries = names.map((name) => {
    const schema = JSON.parse(readFileSync(`${folder}/${name}.avsc`, 'utf8')) as Schema;
    return `  readonly ${name.includes('-') ? `'${name}'` : name}: ${types.expression(schema)};\n`;
  });
  return `// Written by generate.ts from the .avsc files beside it; do not edit.\n\n${types.text()}\n/** Record type by schema file. */\nexport interface Records {\n${entries.join('')}}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  writeFileSync(`${folder}records.ts`, generateTypes(folder));
}
