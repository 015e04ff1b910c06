/** The schema registry port: one in the process for the embedded log, Confluent's protocol for a cluster. */
export interface SchemaRegistry {
  /** The id of a schema under a subject; new versions must read every older one (BACKWARD_TRANSITIVE), else SchemaError. */
  register(subject: string, schema: object): Promise<number>;
  /** Null: there is no such id. Throws SchemaError: `schema-incompatible` where there is something else than an Avro schema under it. */
  schema(id: number): Promise<object | null>;
}

export class SchemaError extends Error {
  readonly code: 'schema-incompatible' | 'registry-unreachable';
  constructor(code: SchemaError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'SchemaError';
    this.code = code;
  }
}
