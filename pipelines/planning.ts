/** Scores and signatures become proposals; decisions and outcomes teach the planner what is under way and what works. */
import type { Scores, Signature } from '../schemas/records.ts';
import { parseCellKey } from '../src/fleet/ids.ts';
import { AGENTS_PER_CELL_MAX } from '../src/fleet/limits.ts';
import { Planner } from '../src/interventions/planner.ts';
import { type Context, type Input, isFrom, type Processor } from '../src/streams/processor.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import { hasRoom } from './cell-room.ts';
import { Fleets } from './fleets.ts';
import type { GenuineDecisions } from './genuine-decisions.ts';
import { isOfItsOwnCell, ofItsOwnCell } from './own-cell.ts';
import { Policies } from './policies.ts';
import type { Topics } from './topics.ts';

export const planningStores = { planners: 'planners', early: 'early-signatures' } as const;

export function planning(topics: Topics, decisions: GenuineDecisions): Processor {
  const planners: StoreSpec<Planner> = {
    name: planningStores.planners,
    encode: (planner) => planner.encode(),
    decode: (bytes, key) => Planner.decode(parseCellKey(key), bytes),
    apply: (planner, delta) => {
      planner?.apply(delta);
      return planner;
    },
  };
  /** Signatures whose scores have not come yet: the two are read from different topics where planning runs alone. */
  const early: StoreSpec<Signature> = {
    name: planningStores.early,
    encode: (signature) => topics.signatures.codec.encode(signature),
    decode: (bytes) => topics.signatures.codec.decode(bytes),
  };
  return {
    name: 'planning',
    inputs: [topics.scores, topics.signatures, topics.decisions, topics.outcomes],
    tables: [topics.policies, topics.fleets],
    outputs: [topics.proposals, topics.alerts],
    stores: [planners as StoreSpec, early as StoreSpec],
    task: () => {
      const policies = new Policies();
      const fleets = new Fleets();
      return {
        async process(batch, context) {
          const signatures = new Map<string, Input<Signature>>();
          for (const record of batch)
            if (isFrom(record, topics.signatures) && isOfItsOwnCell(record, context))
              signatures.set(windowOf(record), record);
          for (const record of batch) {
            if (isFrom(record, topics.scores)) {
              if (isOfOneCell(record, context) && hasRoom(context.store(planners), record, context))
                plan(record, signatures, policies, fleets, context);
            } else if (isFrom(record, topics.decisions)) {
              if (await decisions.admit(record, context))
                teach(record, context, (planner) => planner.onDecision(record.value));
            } else if (isFrom(record, topics.outcomes))
              teach(record, context, (planner) => planner.onOutcome(record.value));
            else if (isFrom(record, topics.fleets)) fleets.take(record, context);
            else if (isFrom(record, topics.policies)) {
              const rejection = policies.take(record.key, record.value);
              if (rejection !== null) context.deadLetter(record, rejection.code, rejection.reason);
            }
          }
          for (const signature of signatures.values())
            if (hasRoom(context.store(early), signature, context))
              context.store(early).put(signature.key, signature.value);
        },
      };
    },
  };

  function plan(
    record: Input<Scores>,
    signatures: Map<string, Input<Signature>>,
    policies: Policies,
    fleets: Fleets,
    context: Context,
  ): void {
    const { key, value: scores } = record;
    let signature = signatures.get(windowOf(record))?.value ?? null;
    if (signature !== null) signatures.delete(windowOf(record));
    else {
      const earlier = context.store(early).get(key);
      if (earlier?.windowEndMs === scores.windowEndMs) signature = earlier;
      if (earlier !== undefined && earlier.windowEndMs <= scores.windowEndMs) context.store(early).delete(key);
    }
    const planner = plannerOf(key, context);
    const { cells } = fleets.at(scores.tenant, scores.fleet, scores.windowEndMs);
    const { proposals, alerts } = planner.plan(scores, signature, policies.of(scores.tenant), cells);
    // The cell's agents are all forgotten: so is what was learned of them.
    if (scores.agents.length === 0) {
      context.store(planners).delete(key);
      context.store(early).delete(key);
    } else keep(key, planner, context);
    for (const proposal of proposals) context.emit(topics.proposals, key, proposal, record);
    for (const alert of alerts) context.emit(topics.alerts, key, alert, record);
  }

  function teach(record: Input, context: Context, lesson: (planner: Planner) => void): void {
    const taught = ofItsOwnCell(record, context, () => {
      const planner = plannerOf(record.key, context);
      lesson(planner);
      return planner;
    });
    // There is a planner from a cell's first scores to its last; what is heard of a cell besides is not kept.
    if (taught !== null && context.store(planners).get(record.key) === taught) keep(record.key, taught, context);
  }

  function keep(key: string, planner: Planner, context: Context): void {
    const store = context.store(planners);
    if (store.get(key) === planner) store.append(key, planner, planner.drainDelta());
    else store.put(key, planner);
  }

  function plannerOf(key: string, context: Context): Planner {
    return context.store(planners).get(key) ?? new Planner(parseCellKey(key));
  }
}

/** Of no more agents than a cell has: planning for thousands would hold up the process. */
function isOfOneCell(record: Input<Scores>, context: Context): boolean {
  if (!isOfItsOwnCell(record, context)) return false;
  const { length } = record.value.agents;
  if (length <= AGENTS_PER_CELL_MAX) return true;
  context.deadLetter(record, 'cell-too-large', `it has ${length} agents; valid is at most ${AGENTS_PER_CELL_MAX}`);
  return false;
}

/** One cell's window. */
function windowOf({ key, value }: Input<Scores | Signature>): string {
  return `${key}@${value.windowEndMs}`;
}
