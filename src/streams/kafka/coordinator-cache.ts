/**
 * kafkajs asks the cluster who coordinates a group or a transactional id before each request to a coordinator: four more round trips in each
 * transaction of five. Here the answer is remembered by each client. One older than a second is still given, and asked for anew a little later, when
 * what it was wanted for is through, as a connection answers one request after the other: nobody waits, and who met a coordinator that has moved finds
 * the new one at his next try.
 */
import Cluster from 'kafkajs/src/cluster/index.js';

const freshMs = 1_000;
/** How long the asker has the connection to himself before his old answer is asked for anew. */
const refreshAfterMs = 50;
/** An answer that nobody has asked for in this long is not given any more. */
const staleMs = 60_000;

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
  const known = new WeakMap<object, Map<string, { readonly answer: Promise<unknown>; askedMs: number }>>();
  const find: Find = function (question) {
    const answers = known.get(this) ?? new Map();
    known.set(this, answers);
    const id = `${question.coordinatorType ?? 0} ${question.groupId}`;
    const askAnew = (): Promise<unknown> => {
      const answer = ask.call(this, question);
      answers.set(id, { answer, askedMs: performance.now() });
      answer.catch(() => answers.delete(id));
      return answer;
    };
    const remembered = answers.get(id);
    if (remembered === undefined) return askAnew();
    const ageMs = performance.now() - remembered.askedMs;
    if (ageMs >= staleMs) return askAnew();
    if (ageMs >= freshMs) {
      remembered.askedMs = performance.now(); // one question at a time
      const refresh = (): void => {
        ask.call(this, question).then(
          (coordinator) => answers.set(id, { answer: Promise.resolve(coordinator), askedMs: performance.now() }),
          () => answers.delete(id),
        );
      };
      setTimeout(refresh, refreshAfterMs).unref();
    }
    return remembered.answer;
  };
  prototype.findGroupCoordinatorMetadata = Object.assign(find, { remembers: true as const });
}
