/** The client of a registry, against a server that answers as one would. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { AvroCodec, whenLoaded } from '../../../src/streams/schema/codec.ts';
import { ConfluentRegistry } from '../../../src/streams/schema/confluent-registry.ts';

const own = { type: 'record', name: 'Word', fields: [{ name: 'text', type: 'string' }] };

/** A codec whose own schema has id 1; what the registry says of other ids is `answer`'s. */
async function codecWith(answer: (id: number) => { readonly status: number; readonly body: object }) {
  const server = createServer((request, response) => {
    const id = Number(/\/schemas\/ids\/(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
    const { status, body } =
      id === 0 ? { status: 200, body: { id: 1, compatibilityLevel: 'BACKWARD_TRANSITIVE' } } : answer(id);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return await AvroCodec.register<{ text: string }>(
    'word',
    own,
    new ConfluentRegistry({ url: `http://127.0.0.1:${port}` }),
  );
}

const written = (id: number) => Buffer.from([0, 0, 0, 0, id, 2, 'a'.charCodeAt(0)]);

for (const [what, body] of Object.entries({
  'a schema that is no valid Avro': { schema: JSON.stringify({ type: 'record', name: '1 bad name', fields: [] }) },
  'a schema of Protobuf': { schemaType: 'PROTOBUF', schema: 'syntax = "proto3"; message Word { string text = 1; }' },
  'a broken schema of Protobuf': { schemaType: 'PROTOBUF', schema: 'message {' },
  'a JSON schema': { schemaType: 'JSON', schema: JSON.stringify({ type: 'object' }) },
  'a broken JSON schema': { schemaType: 'JSON', schema: '{' },
  'a schema of a kind to come': { schemaType: 'NEW', schema: '?' },
}))
  test(`${what} is the record's fault, not the registry's`, async () => {
    const codec = await codecWith(() => ({ status: 200, body }));
    await expect(whenLoaded(() => codec.decode(written(2)))).rejects.toMatchObject({ code: 'schema-incompatible' });
  });

test('an id that the registry does not know yet is asked for again a minute later', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let known = false;
  const codec = await codecWith(() =>
    known
      ? { status: 200, body: { schema: JSON.stringify(own) } }
      : { status: 404, body: { error_code: 40403, message: 'Schema not found' } },
  );
  const decode = () => whenLoaded(() => codec.decode(written(2)));
  await expect(decode()).rejects.toMatchObject({ code: 'schema-unknown' });
  known = true;
  await expect(decode()).rejects.toMatchObject({ code: 'schema-unknown' });
  vi.advanceTimersByTime(60_000);
  expect(await decode()).toEqual({ text: 'a' });
});

test('a registry that fails is no fault of the record', async () => {
  const codec = await codecWith(() => ({ status: 500, body: { message: 'out of order' } }));
  await expect(whenLoaded(() => codec.decode(written(2)))).rejects.toMatchObject({ code: 'registry-unreachable' });
});

test('nor is one that cannot be reached', async () => {
  const registry = new ConfluentRegistry({ url: 'http://127.0.0.1:1' });
  await expect(registry.schema(2)).rejects.toMatchObject({ code: 'registry-unreachable' });
});

test('a registry that refuses a schema says that it does not fit, not that it is away', async () => {
  const server = createServer((request, response) => {
    const [status, body] =
      request.method === 'POST'
        ? [409, { error_code: 409, message: 'the reader lacks a default' }]
        : [200, { compatibilityLevel: 'BACKWARD_TRANSITIVE' }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const registry = new ConfluentRegistry({ url: `http://127.0.0.1:${port}` });
  await expect(registry.register('word-value', own)).rejects.toMatchObject({
    code: 'schema-incompatible',
    message: expect.stringContaining('the reader lacks a default'),
  });
});

/** What stands before a registry that is down, by its status and page; null says nothing. */
async function inItsPlace(page: { readonly status: number; readonly body: string } | null) {
  const server = createServer((_request, response) => {
    if (page !== null) response.writeHead(page.status, { 'content-type': 'text/html' }).end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new ConfluentRegistry({ url: `http://127.0.0.1:${port}`, answerMs: 300 });
}

for (const [what, page] of Object.entries({
  'that there is nobody': { status: 404, body: 'default backend - 404' },
  'that it is under repair': { status: 200, body: '<html>back soon</html>' },
  nothing: { status: 200, body: '' },
  'nothing at all': null,
}))
  test(`a proxy that says ${what} is no answer of a registry`, async () => {
    const registry = await inItsPlace(page);
    await expect(registry.schema(2)).rejects.toMatchObject({ code: 'registry-unreachable' });
    await expect(registry.register('word-value', own)).rejects.toMatchObject({ code: 'registry-unreachable' });
  });

/** As Apicurio: a subject without a rule has NONE, and a rule is made once. `meanwhile` is what others do before each question of the rule. */
async function apicurio(rules: Map<string, string>, meanwhile: () => void = () => undefined) {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { method, url = '' } = request;
    const subject = url.split('/')[2] ?? '';
    if (method === 'POST') {
      rules.set(subject, rules.get(subject) ?? 'NONE');
      return answer(200, { id: 7 });
    }
    if (method === 'GET') {
      const compatibilityLevel = rules.get(subject);
      meanwhile();
      if (compatibilityLevel === undefined) return answer(404, { error_code: 40401, message: 'No artifact' });
      return answer(200, { compatibilityLevel });
    }
    if (rules.get(subject) !== 'NONE') return answer(409, { message: "A rule named 'COMPATIBILITY' already exists." });
    rules.set(subject, 'BACKWARD_TRANSITIVE');
    return answer(200, { compatibility: 'BACKWARD_TRANSITIVE' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return new ConfluentRegistry({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

test('a subject whose maker was ended before it had a rule gets one', async () => {
  const rules = new Map([['word-value', 'NONE']]);
  expect(await (await apicurio(rules)).register('word-value', own)).toBe(7);
  expect(rules.get('word-value')).toBe('BACKWARD_TRANSITIVE');
});

test('two that register a subject for the first time at the same moment both do', async () => {
  const rules = new Map<string, string>();
  const registry = await apicurio(rules, () => rules.set('word-value', 'BACKWARD_TRANSITIVE'));
  expect(await registry.register('word-value', own)).toBe(7);
});

test('a rule that somebody has chosen is left alone', async () => {
  const rules = new Map([['word-value', 'FULL']]);
  await expect((await apicurio(rules)).register('word-value', own)).rejects.toMatchObject({
    code: 'schema-incompatible',
  });
  expect(rules.get('word-value')).toBe('FULL');
});
