import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, LogLevelError } from '../../src/observability/logger.ts';
import { redactText, redactTree } from '../../src/observability/redact.ts';

type Line = Readonly<Record<string, unknown>>;

function recording(env: Readonly<Record<string, string>> = {}) {
  const text: string[] = [];
  const logger = createLogger({ name: 'test', env, destination: { write: (line) => text.push(line) } });
  return { logger, text, lines: () => text.map((line): Line => JSON.parse(line)) };
}

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('createLogger', () => {
  it('writes one JSON object a line, with level and time', () => {
    const { logger, text, lines } = recording();
    logger.info({ partition: 3 }, 'assigned %d of %s', 3, 'aura.scores');
    expect(text).toHaveLength(1);
    expect(text[0].endsWith('\n')).toBe(true);
    expect(lines()[0]).toMatchObject({ level: 'info', name: 'test', partition: 3, msg: 'assigned 3 of aura.scores' });
    expect(lines()[0].time).toBeTypeOf('number');
  });

  it('takes its level from the environment and refuses one it does not know', () => {
    const { logger, text } = recording({ AURA_LOG_LEVEL: 'warn' });
    logger.info('unheard');
    logger.warn('heard');
    expect(text).toHaveLength(1);
    expect(() => recording({ AURA_LOG_LEVEL: 'loud' })).toThrow(LogLevelError);
    expect(() => recording({ AURA_LOG_LEVEL: 'loud' })).toThrow(
      /"loud"; valid is trace, debug, info, warn, error, fatal, silent/,
    );
  });

  it('keeps secrets out, wherever they come from', () => {
    const { logger, text } = recording();
    const error = new Error('connect to postgres://aura:hunter22@db:5432/aura failed', {
      cause: new Error('password=hunter22 was refused'),
    });
    logger.info({ kafka: { sasl: { mechanism: 'plain', username: 'aura', password: 'hunter22' } } }, 'connecting');
    logger.error(error);
    logger.error({ err: error }, 'url %s', 'https://me:hunter22@registry/subjects');
    logger.info(`jaas: PlainLoginModule required username="a" password="hunter22";`);
    logger.child({ apiKey: 'hunter22' }).warn('a child');
    logger.info({ privateKey: Buffer.from('hunter22'), text: `key is ${pem}` }, 'keys');
    logger.info(
      { list: [{ secret: 'hunter22' }], authorization: 'Bearer hunter22hunter22' },
      'Bearer hunter22hunter22',
    );
    const all = text.join('');
    expect(text).toHaveLength(7);
    expect(all).not.toContain('hunter22');
    expect(all).not.toContain(Buffer.from('hunter22').join(','));
    expect(all).not.toContain('PRIVATE KEY');
    expect(all).toContain('postgres://aura:[redacted]@db:5432/aura');
    expect(all).toContain('"username":"aura"');
  });

  it('keeps errors readable', () => {
    const { logger, lines } = recording();
    logger.error({ err: new TypeError('no such topic') }, 'gave up');
    expect(lines()[0].err).toMatchObject({ type: 'TypeError', message: 'no such topic' });
  });
});

describe('redactText', () => {
  it.each([
    ['nothing secret in tenant/fleet/agent at 12:30:00', 'nothing secret in tenant/fleet/agent at 12:30:00'],
    ['postgres://u:p@ss/w@rd@host/db', 'postgres://u:[redacted]@host/db'],
    ['redis://:pw@host', 'redis://:[redacted]@host'],
    ['http://127.0.0.1:9092/metrics', 'http://127.0.0.1:9092/metrics'],
    ['SASL_PASSWORD=abc other=1', 'SASL_PASSWORD=[redacted] other=1'],
    ["api-key: 'a b', then", 'api-key: [redacted], then'],
    ['input_tokens: 512', 'input_tokens: 512'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it('cuts a private key that is cut off', () => {
    expect(redactText(`x ${pem.slice(0, 60)}`)).toBe('x [redacted]');
  });

  it.each([
    'postgres://u:hunter22@host/db',
    'password="hunter22 hunter22"',
    "password='hunter22 hunter22'",
    'Bearer hunter22hunter22',
    'password=hunter22hunter22',
  ])('leaves nothing of a secret that a long text is cut in: %s', (secret) => {
    const filler = 'x '.repeat(16_384);
    for (let kept = 0; kept <= secret.length; kept++) {
      const text = `${filler.slice(0, 16_384 - kept - 1)} ${secret} ${filler}`;
      expect(redactText(text).slice(16_000)).not.toMatch(/hu?n?t?e?r?\d?\d?… /);
    }
  });

  it('does not choke on long hostile text', () => {
    for (const text of [
      'a://b:'.repeat(100_000),
      'password='.repeat(100_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(50_000),
    ]) {
      expect(redactText(text).length).toBeLessThan(20_000);
    }
  });
});

it.each(['a', 'a-', 'token', 'a://b'])('a long text of nothing but %s is redacted in a moment', (part) => {
  const text = part.repeat(16_000 / part.length);
  const startMs = performance.now();
  expect(redactText(text)).toBe(text);
  expect(performance.now() - startMs).toBeLessThan(1_000);
});

describe('redactTree', () => {
  it('changes nothing but texts and fields with a secret’s name', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('up', 'a b'),
        tie('object'),
        tie('list'),
      ),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'token', 'tokens', 'dbPassword', 'key'), tie('value'), {
        maxKeys: 4,
      }),
      list: fc.array(tie('value'), { maxLength: 3 }),
    })).object;
    const secrets = new Set(['token', 'dbPassword']);
    const expected = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(expected);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).map(([name, item]) => [
        name,
        secrets.has(name) && item !== null ? '[redacted]' : expected(item),
      ]);
      return Object.fromEntries(entries);
    };
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
    fc.assert(
      fc.property(
        plain.filter((value) => depth(value) < 10),
        (value) => {
          expect(redactTree(value)).toEqual(expected(value));
        },
      ),
    );
  });
});
