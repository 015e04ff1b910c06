/**
 * W3C Trace Context (Recommendation, 2021) in record headers: `traceparent` and `tracestate`, as UTF-8. Written here, as without an SDK the API has no
 * propagator, and a producer's context must be passed on all the same.
 */
import { createTraceState, isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** As the log has them. */
export type RecordHeaders = Readonly<Record<string, Uint8Array>>;

const traceparent = 'traceparent';
const tracestate = 'tracestate';
/** Longer ones may be dropped whole, says the standard. */
const tracestateMax = 512;
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span that a record comes from; null where the headers hold none, or a broken one, which the standard says to ignore. */
export function readTraceHeaders(headers: RecordHeaders): SpanContext | null {
  const parent = headers[traceparent];
  if (parent === undefined || parent.length > 256) return null;
  const match = pattern.exec(Buffer.from(parent).toString());
  if (match === null) return null;
  const [, version, traceId, spanId, flags, rest] = match;
  // Version 00 ends here; later ones may go on, ff is forbidden.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  const state = headers[tracestate];
  const traceState =
    state === undefined || state.length === 0 || state.length > tracestateMax
      ? undefined
      : createTraceState(Buffer.from(state).toString());
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(traceState && { traceState }),
  };
  return isSpanContextValid(context) ? context : null;
}

/** The headers with `context` in place of any trace they had. An invalid context takes the trace out. */
export function writeTraceHeaders(context: SpanContext, headers: RecordHeaders): RecordHeaders {
  const { [traceparent]: _parent, [tracestate]: _state, ...others } = headers;
  if (!isSpanContextValid(context)) return others;
  const flags = (context.traceFlags & 1).toString(16).padStart(2, '0');
  const state = context.traceState?.serialize() ?? '';
  return {
    ...others,
    [traceparent]: Buffer.from(`00-${context.traceId}-${context.spanId}-${flags}`),
    ...(state !== '' && { [tracestate]: Buffer.from(state) }),
  };
}
