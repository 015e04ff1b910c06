/** A tracer provider that keeps the spans it made, written against the API's interfaces: what an SDK does, as far as these tests look. */
import {
  type AttributeValue,
  type Context,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

export class RecordedSpan implements Span {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: SpanContext | undefined;
  readonly exceptions: Exception[] = [];
  status: SpanStatus | null = null;
  ends = 0;
  readonly #context: SpanContext;

  constructor(name: string, options: SpanOptions, parent: SpanContext | undefined, id: number) {
    this.name = name;
    this.options = options;
    this.parent = parent;
    this.#context = {
      traceId: parent?.traceId ?? `${id}`.padStart(32, 'f'),
      spanId: `${id}`.padStart(16, '0'),
      traceFlags: TraceFlags.SAMPLED,
      ...(parent?.traceState && { traceState: parent.traceState }),
    };
  }

  spanContext(): SpanContext {
    return this.#context;
  }
  setAttribute(_key: string, _value: AttributeValue): this {
    return this;
  }
  setAttributes(): this {
    return this;
  }
  addEvent(): this {
    return this;
  }
  addLink(_link: Link): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }
  updateName(): this {
    return this;
  }
  end(): void {
    this.ends++;
  }
  isRecording(): boolean {
    return this.ends === 0;
  }
  recordException(exception: Exception): void {
    this.exceptions.push(exception);
  }
}

export class RecordingProvider implements TracerProvider {
  readonly spans: RecordedSpan[] = [];

  getTracer(): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, context?: Context): RecordedSpan => {
      const parent = context === undefined ? undefined : trace.getSpanContext(context);
      const span = new RecordedSpan(name, options, parent, this.spans.length + 1);
      this.spans.push(span);
      return span;
    };
    return {
      startSpan,
      startActiveSpan: () => {
        throw new Error('startActiveSpan is not recorded here');
      },
    };
  }
}
