/**
 * One trace from a heartbeat to its decision. A processor's batch gets a span for each trace that its outputs go back to: the child of the span that the
 * causing record came from, and the parent of whoever reads the output. Other traces of the batch become links. A record without a trace begins one.
 *
 * With @opentelemetry/api alone: where no SDK is registered no span is made, and a cause's context is passed on as it came.
 */
import {
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type RecordHeaders, readTraceHeaders, writeTraceHeaders } from './trace-headers.ts';

export interface BatchOrigin {
  readonly processor: string;
  readonly topic: string;
  readonly partition: number;
  /** Of the records of the batch. */
  readonly headers: readonly RecordHeaders[];
}

/** The spans of one batch. */
export interface BatchTrace {
  /** Headers for a record that is emitted because of one that had `cause`; null: because of none in particular. */
  headersFor(cause: RecordHeaders | null, headers?: RecordHeaders): RecordHeaders;
  /** Ends the spans; where the batch failed, with its error. Further calls do nothing. */
  end(error?: unknown): void;
}

/** Spans of one batch; outputs of further traces carry their cause's context on. */
const spansMax = 64;
const linksMax = 64;

export class StreamTracing {
  readonly #tracer: Tracer;

  /** The provider that the process registered, unless another is given. */
  constructor(provider: TracerProvider = trace.getTracerProvider()) {
    this.#tracer = provider.getTracer('aura');
  }

  /** Begins a batch. Nothing is made until an output asks for its headers. */
  startBatch(origin: BatchOrigin): BatchTrace {
    const tracer = this.#tracer;
    const startTime = Date.now();
    const spans = new Map<string, Span>();
    let links: readonly SpanContext[] | null = null;
    let ended = false;

    function spanFor(cause: SpanContext | null): Span | null {
      const key = cause === null ? '' : `${cause.traceId}-${cause.spanId}`;
      const known = spans.get(key);
      if (known !== undefined) return known;
      if (ended || spans.size >= spansMax) return null;
      links ??= distinctContexts(origin.headers);
      const others: Link[] = [];
      for (const context of links) {
        if (others.length < linksMax && context.traceId !== cause?.traceId) others.push({ context });
      }
      const parent = cause === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, cause);
      const attributes = {
        'messaging.system': 'kafka',
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.consumer.group.name': origin.processor,
        'messaging.destination.name': origin.topic,
        'messaging.destination.partition.id': String(origin.partition),
        'messaging.batch.message_count': origin.headers.length,
      };
      const options = { kind: SpanKind.CONSUMER, startTime, attributes, links: others };
      const span = tracer.startSpan(`process ${origin.processor}`, options, parent);
      spans.set(key, span);
      return span;
    }

    return {
      headersFor(cause, headers = {}) {
        const context = cause === null ? null : readTraceHeaders(cause);
        const span = spanFor(context);
        const handedOn = span?.spanContext() ?? context;
        return handedOn === null ? headers : writeTraceHeaders(handedOn, headers);
      },
      end(error) {
        if (ended) return;
        ended = true;
        for (const span of spans.values()) {
          if (error !== undefined) {
            const exception = error instanceof Error ? error : new Error(String(error));
            span.recordException(exception);
            span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
          }
          span.end();
        }
      },
    };
  }
}

function distinctContexts(all: readonly RecordHeaders[]): readonly SpanContext[] {
  const distinct = new Map<string, SpanContext>();
  for (const headers of all) {
    const context = readTraceHeaders(headers);
    if (context === null || distinct.has(context.traceId)) continue;
    distinct.set(context.traceId, context);
    if (distinct.size > linksMax) break;
  }
  return [...distinct.values()];
}
