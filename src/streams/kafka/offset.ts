import { LogError } from '../log.ts';

/** kafkajs gives offsets as text; beyond 2^53 a number would not be exact. */
export function toOffset(text: string): number {
  const offset = Number(text);
  if (!Number.isSafeInteger(offset)) throw new LogError('offset-too-large', `offset ${text} is beyond 2^53`);
  return offset;
}
