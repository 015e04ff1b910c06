/** Records of every topic, for property tests. */
import fc from 'fast-check';
import type { SinkBatch, SinkRun, SinkTopic, SinkTopics } from '../../src/sinks/sink.ts';

type Records = { readonly [Topic in SinkTopic]: fc.Arbitrary<SinkTopics[Topic]> };

const DAY = 86_400_000;
/** Three days, so that windows share partitions and do not. */
const start = Date.UTC(2026, 10, 20);

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const optional = fc.option(number);
const count = fc.nat({ max: 1_000_000_000 });
const anyText = fc.string({ unit: 'binary', maxLength: 20, size: 'max' });
const bytes = fc.uint8Array({ maxLength: 40, size: 'max' });

const cellOf = {
  tenant: fc.constantFrom('acme', 'globex'),
  fleet: fc.constantFrom('shop', 'search'),
  cell: fc.nat({ max: 3 }),
};
const agent = fc.integer({ min: 0, max: 6 }).map((index) => `agent-${index}`);
const agents = fc.uniqueArray(agent, { maxLength: 6 }).map((ids) => ids.sort());
const window = fc.nat({ max: 3 * 24 * 60 }).map((minute) => ({
  windowStartMs: start + minute * 60_000,
  windowEndMs: start + (minute + 1) * 60_000,
}));
const time = fc.integer({ min: start, max: start + 3 * DAY });
const deviation = fc.record({ latency: number, traffic: number, errors: number, saturation: number });
const bar = fc.record({ dimension: fc.nat({ max: 1 }), birth: number, death: optional });
const means = fc.record({
  latencyMs: optional,
  trafficPerS: optional,
  errorRate: optional,
  saturation: optional,
  silentMs: number,
});

/** An array with one element for each of some agents, ascending. */
function byAgent<Value>(of: fc.Arbitrary<Value>): fc.Arbitrary<(Value & { readonly agent: string })[]> {
  return agents.chain((ids) => fc.tuple(...ids.map((id) => of.map((value) => ({ ...value, agent: id })))));
}

/** As honest pipelines write them. */
export const honest: Records = {
  'aura.snapshots': fc
    .tuple(
      window,
      fc.record({
        ...cellOf,
        agents: byAgent(
          fc.record({
            status: fc.constantFrom('UP', 'DEGRADED', 'DOWN', 'UNKNOWN'),
            heartbeats: count,
            silentMs: count,
            latencyMs: optional,
            trafficPerS: optional,
            errorRate: optional,
            saturation: optional,
            deviation,
          }),
        ),
        edges: fc.array(
          fc.record({
            caller: agent,
            callee: agent,
            count,
            errors: count,
            latencyMs: optional,
            boundary: fc.boolean(),
          }),
          { maxLength: 8 },
        ),
        late: count,
      }),
    )
    .map(([when, rest]) => ({ ...rest, ...when })),
  'aura.signatures': fc
    .tuple(
      window,
      fc.record({
        ...cellOf,
        snapshotHash: bytes,
        states: fc.array(bar, { maxLength: 8 }),
        graph: fc.array(bar, { maxLength: 8 }),
        vector: fc.array(number, { maxLength: 8 }),
        stability: share,
      }),
    )
    .map(([when, rest]) => ({ ...rest, ...when })),
  'aura.scores': fc
    .tuple(
      window,
      fc.record({
        ...cellOf,
        snapshotHash: bytes,
        model: anyText,
        horizonMs: count,
        cascade: share,
        agents: byAgent(
          fc.record({
            failure: share,
            confidence: share,
            silentMs: count,
            deviation,
            signals: fc.array(
              fc.record({ signal: fc.constantFrom('latency', 'silence', 'topology'), weight: number }),
              {
                maxLength: 3,
              },
            ),
            neighbours: fc.array(fc.record({ agent, weight: number }), { maxLength: 3 }),
          }),
        ),
      }),
    )
    .map(([when, rest]) => ({ ...rest, ...when })),
  'aura.proposals': fc.record({
    id: fc.uuid(),
    ...cellOf,
    kind: fc.constantFrom('THROTTLE', 'ISOLATE', 'REROUTE'),
    targets: agents,
    parameters: fc.array(fc.record({ name: anyText, value: number }), { maxLength: 3 }),
    createdMs: time,
    expiresMs: time,
    undo: anyText,
    expectedBenefit: number,
    cost: share,
    reason: anyText,
    evidence: fc
      .tuple(
        window,
        fc.record({
          snapshotHash: bytes,
          model: anyText,
          horizonMs: count,
          cascade: share,
          agents: byAgent(fc.record({ failure: share, silentMs: count, deviation })),
        }),
      )
      .map(([when, rest]) => ({ ...rest, ...when })),
  }),
  'aura.decisions': fc.record({
    proposalId: fc.uuid(),
    ...cellOf,
    kind: fc.constantFrom('THROTTLE', 'ISOLATE', 'REROUTE'),
    targets: agents,
    verdict: fc.constantFrom('APPROVED', 'REJECTED'),
    reason: anyText,
    dryRun: fc.boolean(),
    decidedMs: time,
    expiresMs: time,
    proposal: bytes,
    certificate: fc.record({
      protocol: fc.constant('hotstuff-2'),
      instance: anyText,
      validatorSet: bytes,
      view: count,
      signatures: fc.array(fc.record({ validator: anyText, incarnation: count, signature: bytes }), { maxLength: 4 }),
      height: count,
      parent: bytes,
      blockView: count,
      itemsRoot: bytes,
      itemCount: fc.nat({ max: 100 }),
      itemIndex: fc.nat({ max: 100 }),
      itemPath: fc.array(bytes, { maxLength: 3 }),
      proposalOffset: count,
    }),
  }),
  'aura.actions': fc.record({
    proposalId: fc.uuid(),
    ...cellOf,
    kind: fc.constantFrom('APPLIED', 'FAILED', 'EXPIRED', 'UNDONE'),
    actuator: anyText,
    timeMs: time,
    detail: anyText,
  }),
  'aura.outcomes': fc.record({
    proposalId: fc.uuid(),
    ...cellOf,
    kind: fc.constantFrom('THROTTLE', 'ISOLATE', 'REROUTE'),
    targets: agents,
    appliedMs: time,
    measuredMs: time,
    windowsBefore: fc.nat({ max: 100 }),
    windowsAfter: fc.nat({ max: 100 }),
    before: means,
    after: means,
    effect: number,
    verdict: fc.constantFrom('IMPROVED', 'UNCHANGED', 'WORSENED', 'UNKNOWN'),
  }),
  'aura.alerts': fc.record({
    ...cellOf,
    timeMs: time,
    severity: fc.constantFrom('INFO', 'WARNING', 'CRITICAL'),
    code: anyText,
    message: anyText,
  }),
  'aura.dead-letters': fc.record({
    processor: anyText,
    topic: anyText,
    partition: fc.nat({ max: 100 }),
    offset: count,
    appendMs: time,
    code: anyText,
    reason: anyText,
    key: fc.option(bytes),
    value: fc.option(bytes),
  }),
  'aura.late': fc.record({
    ...cellOf,
    agent,
    kind: fc.constantFrom('HEARTBEAT', 'INTERACTION'),
    timeMs: time,
    closedMs: time,
    value: bytes,
  }),
};
const hostileStrings = [
  '',
  '\0',
  'a\0b',
  '\uD800',
  '{"\\u0000',
  "'; drop schema aura cascade; --",
  '\u{1F4A5}'.repeat(1_000),
  'x'.repeat(100_000),
];
const hostileNumbers = [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 1e308, 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1];

/** The record with up to three of its strings and numbers replaced by what a hostile producer would send. */
function hostile<Topic extends SinkTopic>(topic: Topic): fc.Arbitrary<SinkTopics[Topic]> {
  const replacement = fc.record({ leaf: fc.nat(), choice: fc.nat() });
  return fc.tuple(honest[topic], fc.array(replacement, { minLength: 1, maxLength: 3 })).map(([record, replacements]) =>
    replacements.reduce((changed, { leaf, choice }) => {
      const wanted = leaf % Math.max(1, countLeaves(changed));
      let index = 0;
      return mapLeaves(changed, (value) => {
        if (index++ !== wanted) return value;
        const choices = typeof value === 'string' ? hostileStrings : hostileNumbers;
        return choices[choice % choices.length];
      });
    }, record),
  );
}

export function honestOrHostile<Topic extends SinkTopic>(topic: Topic): fc.Arbitrary<SinkTopics[Topic]> {
  return fc.boolean().chain((isHonest) => (isHonest ? honest[topic] : hostile(topic)));
}

function countLeaves(value: unknown): number {
  let leaves = 0;
  mapLeaves(value, (leaf) => {
    leaves += 1;
    return leaf;
  });
  return leaves;
}

/** A copy with every string and number, at any depth, passed through `map`. */
function mapLeaves<Value>(value: Value, map: (leaf: string | number) => unknown): Value {
  const mapped = (part: unknown): unknown => {
    if (typeof part === 'string' || typeof part === 'number') return map(part);
    if (Array.isArray(part)) return part.map(mapped);
    if (part === null || typeof part !== 'object' || part instanceof Uint8Array) return part;
    return Object.fromEntries(Object.entries(part).map(([name, field]) => [name, mapped(field)]));
  };
  return mapped(value) as Value;
}

/** A run of records one after another, as the first of its partition or after `from`. */
export function runOf<Topic extends SinkTopic>(
  topic: Topic,
  partition: number,
  values: readonly SinkTopics[Topic][],
  from: number | null = null,
): SinkRun<Topic> {
  const first = from ?? 0;
  return {
    topic,
    partition,
    expectedNextOffset: from,
    nextOffset: first + values.length,
    records: values.map((value, index) => ({ offset: first + index, appendMs: start + index, value })),
  };
}

const runOfTopic = <Topic extends SinkTopic>(topic: Topic, values: fc.Arbitrary<SinkTopics[Topic]>) =>
  fc
    .tuple(fc.nat({ max: 2 }), fc.array(values, { minLength: 1, maxLength: 4 }))
    .map(([partition, some]) => runOf(topic, partition, some));

/** First runs of several topics. */
export function batches(
  of: <Topic extends SinkTopic>(topic: Topic) => fc.Arbitrary<SinkTopics[Topic]>,
): fc.Arbitrary<SinkBatch> {
  const run = <Topic extends SinkTopic>(topic: Topic) => runOfTopic(topic, of(topic));
  return fc
    .subarray(
      [
        run('aura.snapshots'),
        run('aura.signatures'),
        run('aura.scores'),
        run('aura.proposals'),
        run('aura.decisions'),
        run('aura.actions'),
        run('aura.outcomes'),
        run('aura.alerts'),
        run('aura.dead-letters'),
        run('aura.late'),
      ],
      { minLength: 1 },
    )
    .chain((runs) => fc.tuple(...runs));
}
