/**
 * kafkajs asks each broker apart, and where one refuses it tries again while the others still work: what they append is then sent to them once more, under
 * new numbers, and stands there twice, in one transaction. It happens where the coordinator still ends the transaction before, and where a leader moves. On
 * a cluster of one broker there is nothing to overlap.
 *
 * So a transaction's records are sent once. Where that fails the transaction does, and the next writer of its id begins anew.
 */
import Broker from 'kafkajs/src/broker/index.js';
import { notToBeTriedAgain } from './errors.ts';

interface ProduceRequest {
  readonly transactionalId?: string;
}
type Produce = (this: object, request: ProduceRequest) => Promise<unknown>;

/** Changes kafkajs's broker class for the whole process; further calls do nothing. */
export function sendTransactionsOnce(): void {
  const prototype = Broker.prototype as { produce: Produce & { readonly once?: true } };
  const original = prototype.produce;
  if (original.once) return;
  const produce: Produce = async function (request) {
    try {
      return await original.call(this, request);
    } catch (error) {
      throw request.transactionalId === undefined ? error : notToBeTriedAgain(error);
    }
  };
  prototype.produce = Object.assign(produce, { once: true as const });
}
