import { TopologyError } from '../errors.ts';

/** @throws TopologyError TOPOLOGY_TOO_LARGE with the estimate, before anything is allocated */
export function refuseOverLimit(what: string, bytes: number, limit: number): void {
  if (bytes <= limit) return;
  const valid = `at most ${limit}; raise memoryLimitBytes`;
  throw new TopologyError('TOPOLOGY_TOO_LARGE', `${what} need an estimated number of bytes`, bytes, valid);
}
