import { parseSchema } from './codec.ts';
import { SchemaError, type SchemaRegistry } from './registry.ts';

/** The registry of the embedded log: ids count up from 1 in the order of registration; the same schema keeps its id. */
export class MemoryRegistry implements SchemaRegistry {
  readonly #schemas: object[] = [];
  readonly #subjects = new Map<string, number[]>();

  async register(subject: string, schema: object): Promise<number> {
    const versions = this.#subjects.get(subject) ?? [];
    this.#subjects.set(subject, versions);
    const known = versions.find((id) => sameSchema(this.#schemas[id - 1], schema));
    if (known !== undefined) return known;
    assertBackwardTransitive(
      subject,
      schema,
      versions.map((id) => this.#schemas[id - 1]),
    );
    const twin = this.#schemas.findIndex((other) => sameSchema(other, schema));
    const id = twin >= 0 ? twin + 1 : this.#schemas.push(schema);
    versions.push(id);
    return id;
  }

  async schema(id: number): Promise<object | null> {
    return this.#schemas[id - 1] ?? null;
  }
}

/** Refuses a schema that cannot read what every older version wrote: Confluent's BACKWARD_TRANSITIVE. */
export function assertBackwardTransitive(subject: string, schema: object, older: readonly object[]): void {
  const reader = parseSchema(schema);
  older.forEach((writer, version) => {
    try {
      reader.createResolver(parseSchema(writer));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SchemaError(
        'schema-incompatible',
        `${subject}: the new schema cannot read version ${version + 1}: ${why}`,
      );
    }
  });
}

function sameSchema(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
