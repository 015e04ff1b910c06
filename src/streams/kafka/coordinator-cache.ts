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
interface Asker {
  findControllerBroker(): Promise<{ findGroupCoordinator(question: Question): Promise<unknown> }>;
}
type Find = (this: Asker, question: Question) => Promise<unknown>;

/** Changes kafkajs's cluster class for the whole process; further calls do nothing. */
export function rememberCoordinators(): void {
  const prototype = Cluster.prototype as { findGroupCoordinatorMetadata: Find & { readonly remembers?: true } };
  const original = prototype.findGroupCoordinatorMetadata;
  if (original.remembers) return;
  const ask: Find = function (question) {
    return original.call(this, question).catch((error: unknown) => withCause(error, this, question));
  };
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

/** Where no broker names a coordinator, kafkajs keeps to itself what they said instead, such as that this client may not use the group. One is asked once more. */
async function withCause(error: unknown, asker: Asker, question: Question): Promise<never> {
  try {
    const broker = await asker.findControllerBroker();
    await broker.findGroupCoordinator(question);
  } catch (cause) {
    if (error instanceof Error) error.cause ??= cause;
  }
  throw error;
}
