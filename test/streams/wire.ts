/** What the stream tests share: topics of plain text, the runtime's own codecs, and a runtime over a given log. */
import { readFileSync } from 'node:fs';
import type { DeadLetter, Order } from '../../schemas/records.ts';
import type { Log } from '../../src/streams/log.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { defaultLimits, type Limits, type Observer, type Runtime } from '../../src/streams/runtime.ts';
import { AvroCodec, type Codec } from '../../src/streams/schema/codec.ts';
import { CodecError } from '../../src/streams/schema/codec-error.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';

export const textCodec: Codec<string> = {
  name: 'text',
  encode: (value) => Buffer.from(value),
  decode: (bytes) => {
    const text = Buffer.from(bytes).toString();
    if (text.startsWith('unreadable')) throw new CodecError('text-unreadable', `not readable: ${text}`);
    return text;
  },
};

export function textTopic(name: string, table = false): Topic<string> {
  return { name, codec: textCodec, table };
}

export async function makeRuntime(
  log: Log,
  options: { limits?: Partial<Limits>; observer?: Observer } = {},
): Promise<Runtime> {
  const registry = new MemoryRegistry();
  const codec = <T>(name: string) =>
    AvroCodec.register<T>(`aura.${name}`, JSON.parse(readFileSync(`schemas/${name}.avsc`, 'utf8')) as object, registry);
  return {
    log,
    orders: await codec<Order>('order'),
    deadLetters: { name: 'aura.dead-letters', codec: await codec<DeadLetter>('dead-letter'), table: false },
    limits: { ...defaultLimits, idleMarginMs: 50, ...options.limits },
    now: () => performance.now(),
    observer: options.observer ?? {},
  };
}

/** The log as `change` has it. */
export function changed(log: Log, change: Partial<Log>): Log {
  return new Proxy<Log>(log, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in change ? change : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Waits until `done` answers true; the error says what was waited for. */
export async function until(what: string, done: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
