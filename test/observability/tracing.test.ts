import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RecordHeaders, readTraceHeaders, writeTraceHeaders } from '../../src/observability/trace-headers.ts';
import { StreamTracing } from '../../src/observability/tracing.ts';
import { RecordingProvider } from './recording-provider.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

function headersOf(parent: string, state?: string): RecordHeaders {
  return { traceparent: Buffer.from(parent), ...(state !== undefined && { tracestate: Buffer.from(state) }) };
}

function textOf(headers: RecordHeaders): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString()]));
}

const heartbeat = headersOf(`00-${traceId}-${spanId}-01`, 'vendor=a');
const otherTrace = headersOf(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
const origin = (headers: readonly RecordHeaders[], processor = 'intake') => ({
  processor,
  topic: 'aura.heartbeats',
  partition: 2,
  headers,
});

describe('trace headers', () => {
  it('reads the example of the standard', () => {
    expect(readTraceHeaders(headersOf(`00-${traceId}-${spanId}-01`))).toEqual({
      traceId,
      spanId,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it.each([
    ['nothing', {}],
    ['no version', headersOf(`${traceId}-${spanId}-01`)],
    ['the forbidden version', headersOf(`ff-${traceId}-${spanId}-01`)],
    ['more fields than version 00 has', headersOf(`00-${traceId}-${spanId}-01-more`)],
    ['upper case', headersOf(`00-${traceId.toUpperCase()}-${spanId}-01`)],
    ['a trace id of zeros', headersOf(`00-${'0'.repeat(32)}-${spanId}-01`)],
    ['a span id of zeros', headersOf(`00-${traceId}-${'0'.repeat(16)}-01`)],
    ['a megabyte', headersOf('0'.repeat(1_000_000))],
  ])('takes %s for no trace', (_what, headers) => {
    expect(readTraceHeaders(headers)).toBeNull();
  });

  it('reads a later version as far as it knows it', () => {
    expect(readTraceHeaders(headersOf(`01-${traceId}-${spanId}-03-what-comes`))).toMatchObject({
      traceId,
      traceFlags: 1,
    });
  });

  it('reads back what it wrote, and leaves other headers alone', () => {
    const hex = (length: number): fc.Arbitrary<string> =>
      fc
        .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
        .map((digits) => digits.join(''))
        .filter((digits) => /[^0]/.test(digits));
    fc.assert(
      fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (trace, span, traceFlags) => {
        const written = writeTraceHeaders(
          { traceId: trace, spanId: span, traceFlags },
          { ...heartbeat, origin: Buffer.from('7') },
        );
        expect(readTraceHeaders(written)).toEqual({ traceId: trace, spanId: span, traceFlags, isRemote: true });
        expect(textOf(written).origin).toBe('7');
        expect(written.tracestate).toBeUndefined();
      }),
    );
  });
});

describe('StreamTracing', () => {
  it('makes one trace from a heartbeat to its decision', () => {
    const provider = new RecordingProvider();
    const tracing = new StreamTracing(provider);
    let headers = heartbeat;
    for (const processor of ['intake', 'snapshots', 'assessment', 'planning', 'consensus']) {
      const batch = tracing.startBatch(origin([headers], processor));
      headers = batch.headersFor(headers);
      batch.end();
    }
    expect(provider.spans.map((span) => span.name)).toEqual([
      'process intake',
      'process snapshots',
      'process assessment',
      'process planning',
      'process consensus',
    ]);
    const parents = provider.spans.map((span) => span.parent?.spanId);
    const own = provider.spans.map((span) => span.spanContext().spanId);
    expect(parents).toEqual([spanId, ...own.slice(0, -1)]);
    expect(new Set(provider.spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    expect(textOf(headers)).toEqual({ traceparent: `00-${traceId}-${own[4]}-01`, tracestate: 'vendor=a' });
    expect(provider.spans.every((span) => span.ends === 1 && span.options.kind === SpanKind.CONSUMER)).toBe(true);
  });

  it('makes one span for each trace that outputs go back to, and links the others', () => {
    const provider = new RecordingProvider();
    const batch = new StreamTracing(provider).startBatch(origin([heartbeat, otherTrace, heartbeat, {}]));
    const first = batch.headersFor(heartbeat, { kept: Buffer.from('x') });
    const second = batch.headersFor(heartbeat);
    const third = batch.headersFor(otherTrace);
    batch.end();
    batch.end();
    expect(provider.spans).toHaveLength(2);
    expect(textOf(first).traceparent).toBe(textOf(second).traceparent);
    expect(textOf(first).kept).toBe('x');
    expect(textOf(third).traceparent).toContain('a'.repeat(32));
    expect(provider.spans[0].options.links?.map((link) => link.context.traceId)).toEqual(['a'.repeat(32)]);
    expect(provider.spans[1].options.links?.map((link) => link.context.traceId)).toEqual([traceId]);
    expect(provider.spans[0].options.attributes).toMatchObject({
      'messaging.destination.name': 'aura.heartbeats',
      'messaging.destination.partition.id': '2',
      'messaging.batch.message_count': 4,
    });
    expect(provider.spans.map((span) => span.ends)).toEqual([1, 1]);
  });

  it('begins a trace for what has none, one a batch', () => {
    const provider = new RecordingProvider();
    const batch = new StreamTracing(provider).startBatch(origin([{}]));
    const headers = [batch.headersFor({}), batch.headersFor(null), batch.headersFor(headersOf('broken'))];
    batch.end();
    expect(provider.spans).toHaveLength(1);
    expect(provider.spans[0].parent).toBeUndefined();
    expect(new Set(headers.map((one) => textOf(one).traceparent)).size).toBe(1);
  });

  it('makes no span where nothing is emitted', () => {
    const provider = new RecordingProvider();
    new StreamTracing(provider).startBatch(origin([heartbeat])).end();
    expect(provider.spans).toEqual([]);
  });

  it('records why a batch failed', () => {
    const provider = new RecordingProvider();
    const batch = new StreamTracing(provider).startBatch(origin([heartbeat]));
    batch.headersFor(heartbeat);
    batch.end(new Error('commit failed'));
    const [span] = provider.spans;
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'commit failed' });
    expect(span.exceptions).toHaveLength(1);
  });

  it('bounds spans and links, and passes contexts on beyond', () => {
    const provider = new RecordingProvider();
    const many = Array.from({ length: 300 }, (_, i) => headersOf(`00-${`${i + 1}`.padStart(32, 'c')}-${spanId}-01`));
    const batch = new StreamTracing(provider).startBatch(origin(many));
    const out = many.map((headers) => batch.headersFor(headers));
    batch.end();
    expect(provider.spans).toHaveLength(64);
    expect(Math.max(...provider.spans.map((span) => span.options.links?.length ?? 0))).toBeLessThanOrEqual(64);
    expect(textOf(out[299])).toEqual(textOf(many[299]));
  });

  it('passes contexts on untouched without an SDK', () => {
    const batch = new StreamTracing().startBatch(origin([heartbeat, {}]));
    expect(textOf(batch.headersFor(heartbeat))).toEqual(textOf(heartbeat));
    expect(batch.headersFor({})).toEqual({});
    expect(batch.headersFor(null, { kept: Buffer.from('x') })).toEqual({ kept: Buffer.from('x') });
    batch.end();
  });
});
