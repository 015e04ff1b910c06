/**
 * kafkajs asks the cluster who coordinates a group or a transactional id before each request to a coordinator: four more round trips in each
 * transaction of five. Here the answer is remembered for a second by each client; a coordinator that moved is found again after it.
 */
import Cluster from 'kafkajs/src/cluster/index.js';

const rememberedMs = 1_000;

interface Question {
  readonly groupId: string;
  readonly coordinatorType?: number;
}
type Find = (this: object, question: Question) => Promise<unknown>;

/** Changes kafkajs's cluster class for the whole process; further calls do nothing. */
export function rememberCoordinators(): void {
  const prototype = Cluster.prototype as { findGroupCoordinatorMetadata: Find & { readonly remembers?: true } };
  const ask = prototype.findGroupCoordinatorMetadata;
  if (ask.remembers) return;
  const known = new WeakMap<object, Map<string, { readonly answer: Promise<unknown>; readonly untilMs: number }>>();
  const find: Find = function (question) {
    const answers = known.get(this) ?? new Map();
    known.set(this, answers);
    const id = `${question.coordinatorType ?? 0} ${question.groupId}`;
    const remembered = answers.get(id);
    if (remembered !== undefined && performance.now() < remembered.untilMs) return remembered.answer;
    const answer = ask.call(this, question);
    answers.set(id, { answer, untilMs: performance.now() + rememberedMs });
    answer.catch(() => answers.delete(id));
    return answer;
  };
  prototype.findGroupCoordinatorMetadata = Object.assign(find, { remembers: true as const });
}
