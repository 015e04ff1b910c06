import { SchemaRegistry as Client, COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { SchemaRegistryAPIClientArgs } from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import { SchemaError, type SchemaRegistry } from './registry.ts';

export interface ConfluentRegistryOptions {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** Longest wait for an answer, in ms. Default: 10 s. */
  readonly answerMs?: number;
}

const compatibility = COMPATIBILITY.BACKWARD_TRANSITIVE;
/** How often a registration is tried where others are amid one of the same subject. */
const attemptsMax = 5;

/** A registry that speaks Confluent's protocol. Subjects are created with BACKWARD_TRANSITIVE, and get it where they have no rule. */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #client: Client;
  readonly #url: string;

  constructor(options: ConfluentRegistryOptions) {
    this.#url = options.url;
    this.#client = new Client({
      host: options.url,
      ...(options.user === undefined ? {} : { auth: { username: options.user, password: options.password ?? '' } }),
      middlewares: [answersWithin(options.answerMs ?? 10_000)],
      retry: { maxRetryTimeInSecs: 5, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2, retries: 5 },
    });
  }

  async register(subject: string, schema: object): Promise<number> {
    try {
      return await this.#register(subject, schema);
    } catch (error) {
      const why = messageOf(error);
      if (status(error) === 409 || /incompatible|compatib/i.test(why)) {
        throw new SchemaError('schema-incompatible', `${subject}: the registry refuses the schema: ${why}`, {
          cause: error,
        });
      }
      throw new SchemaError('registry-unreachable', `cannot register ${subject} at ${this.#url}: ${why}`, {
        cause: error,
      });
    }
  }

  async schema(id: number): Promise<object | null> {
    try {
      const schema = await this.#client.getSchema(id);
      return JSON.parse(JSON.stringify(schema)) as object;
    } catch (error) {
      const why = messageOf(error);
      if (status(error) === 404 && !withoutReason.test(why)) return null;
      // An error without a status is none of HTTP: the registry's answer is there, and the client can make nothing of it.
      if (status(error) === undefined)
        throw new SchemaError('schema-incompatible', `schema ${id} is no Avro schema that can be read: ${why}`, {
          cause: error,
        });
      throw new SchemaError('registry-unreachable', `cannot fetch schema ${id} at ${this.#url}: ${why}`, {
        cause: error,
      });
    }
  }

  /** The client makes a subject first and its rule then. Another process may be in between, or was ended there and left a subject without a rule. */
  async #register(subject: string, schema: object): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        const text = { type: SchemaType.AVRO, schema: JSON.stringify(schema) } as const;
        const { id } = await this.#client.register(text, { subject, compatibility });
        return id;
      } catch (error) {
        if (attempt === attemptsMax || !halfMade.test(messageOf(error))) throw error;
        // Where it fails, such as because somebody else has just done it, the next try tells.
        // biome-ignore lint/complexity/useLiteralKeys: the client keeps it to itself, and gives a rule to nothing that is there
        await this.#client['api'].Subject.updateConfig({ subject, body: { compatibility } }).catch(() => undefined);
      }
    }
  }
}

type Middleware = NonNullable<SchemaRegistryAPIClientArgs['middlewares']>[number];

/** The client's word for a subject without a rule, and Apicurio's where two give it one at the same time. */
const halfMade = / != NONE\)$|rule named 'COMPATIBILITY' already exists/i;

/** A refusal in which the client found none of the registry's words: a proxy says that there is nobody, or the address is another's. */
const withoutReason = / - Error, status \d+/;

/** The client waits for an answer for ever, and takes a proxy's page for one. */
const answersWithin =
  (ms: number): Middleware =>
  () => ({
    prepareRequest: async (next) => (await next()).enhance({ timeout: ms }),
    response: async (next) => {
      const response = await next();
      const answer = response.data<unknown>();
      if (typeof answer === 'object' && answer !== null) return response;
      throw Object.assign(new Error(`no answer of a registry: ${JSON.stringify(answer)?.slice(0, 200)}`), {
        status: response.status(),
      });
    },
  });

function status(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
