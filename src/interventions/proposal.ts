/** A proposal's identity and shape: what must hold of it whoever made it, before anything is compared with a snapshot or a policy. */
import { hash } from 'node:crypto';
import type { Parameter, Proposal } from '../../schemas/records.ts';
import { DEVIATION_MAX } from '../fleet/baseline.ts';
import { ID_RULE, isId } from '../fleet/ids.ts';
import { AGENTS_PER_CELL_MAX, CELLS_PER_FLEET_MAX } from '../fleet/limits.ts';
import { show } from '../fleet/rejection.ts';
import { type CatalogueEntry, findKind } from './catalogue.ts';

const wordsMax = 1000;
/** The shortest and longest window a fleet may have (schemas/fleet.avsc), in ms. */
const windowMsRange = [100, 3_600_000] as const;

export interface ProposalProblem {
  readonly code: 'PROPOSAL_INVALID' | 'ID_MISMATCH' | 'KIND_UNKNOWN' | 'PARAMETERS_INVALID';
  /** The field, the value found and what would be valid. */
  readonly reason: string;
}

/**
 * The id of a wish: a hash of all that it says. Were it one of what is to be done alone, whoever asks for that first, with wrong evidence, would have it
 * rejected for everybody. Over the values in the schema's order, as JSON by RFC 8785 (numbers as ECMAScript writes them), bytes in hexadecimal.
 */
export function proposalId(wish: Omit<Proposal, 'id'>): string {
  const { evidence } = wish;
  const text = JSON.stringify([
    [wish.tenant, wish.fleet, wish.cell, wish.kind, wish.targets],
    wish.parameters.map(({ name, value }) => [name, value]),
    [wish.createdMs, wish.expiresMs, wish.undo, wish.expectedBenefit, wish.cost, wish.reason],
    [evidence.windowStartMs, evidence.windowEndMs, Buffer.from(evidence.snapshotHash).toString('hex')],
    [evidence.model, evidence.horizonMs, evidence.cascade],
    evidence.agents.map(({ agent, failure, silentMs, deviation }) => {
      const { latency, traffic, errors, saturation } = deviation;
      return [agent, failure, silentMs, latency, traffic, errors, saturation];
    }),
  ]);
  return hash('sha256', text, 'hex').slice(0, 32);
}

/** Ascending by UTF-16 code units, as the snapshots order agents. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Null where the proposal is well-formed. */
export function checkProposal(proposal: Proposal): ProposalProblem | null {
  const { targets, evidence } = proposal;
  const windowMs = evidence.windowEndMs - evidence.windowStartMs;
  const reason =
    expect('tenant', proposal.tenant, isId(proposal.tenant), ID_RULE) ??
    expect('fleet', proposal.fleet, isId(proposal.fleet), ID_RULE) ??
    expect('cell', proposal.cell, isIntegerIn(proposal.cell, 0, CELLS_PER_FLEET_MAX - 1), '0 to 4095') ??
    expect('targets', targets.length, isIntegerIn(targets.length, 1, AGENTS_PER_CELL_MAX), '1 to 256 targets') ??
    expect('targets', targets.join(), targets.every(isTarget), 'valid ids in ascending order, none twice') ??
    expect('evidence.windowStartMs', evidence.windowStartMs, isTime(evidence.windowStartMs), 'ms since the epoch') ??
    expect('evidence.windowEndMs', evidence.windowEndMs, isTime(evidence.windowEndMs), 'ms since the epoch') ??
    expect('window', windowMs, isIntegerIn(windowMs, ...windowMsRange), '100 to 3600000 ms long') ??
    expect('createdMs', proposal.createdMs, proposal.createdMs === evidence.windowEndMs, 'the end of its window') ??
    expect('expiresMs', proposal.expiresMs, isTime(proposal.expiresMs), 'ms since the epoch') ??
    expect('expiresMs', proposal.expiresMs, proposal.expiresMs > proposal.createdMs, 'after createdMs') ??
    expect('expectedBenefit', proposal.expectedBenefit, isNumberIn(proposal.expectedBenefit, 0, 256), '0 to 256') ??
    expect('cost', proposal.cost, isNumberIn(proposal.cost, 0, 1), '0 to 1') ??
    expect('undo', proposal.undo, isSentence(proposal.undo), '1 to 1000 characters') ??
    expect('reason', proposal.reason, isSentence(proposal.reason), '1 to 1000 characters') ??
    expect('evidence.model', evidence.model, isSentence(evidence.model), '1 to 1000 characters') ??
    expect(
      'evidence.horizonMs',
      evidence.horizonMs,
      isIntegerIn(evidence.horizonMs, 1, 86_400_000),
      '1 to 86400000 ms',
    ) ??
    expect('evidence.cascade', evidence.cascade, isNumberIn(evidence.cascade, 0, 1), '0 to 1') ??
    expect('evidence.snapshotHash', evidence.snapshotHash.length, evidence.snapshotHash.length === 32, '32 bytes') ??
    expect(
      'evidence.agents',
      evidence.agents.length,
      evidence.agents.length === targets.length,
      'one for each target',
    ) ??
    checkExtract(proposal);
  if (reason !== null) return { code: 'PROPOSAL_INVALID', reason };

  const entry = findKind(proposal.kind);
  if (entry === null) return { code: 'KIND_UNKNOWN', reason: `kind ${show(proposal.kind)} is not in the catalogue` };
  const wrong = checkParameters(entry, proposal.parameters);
  if (wrong !== null) return { code: 'PARAMETERS_INVALID', reason: wrong };

  const id = proposalId(proposal);
  if (id !== proposal.id) return { code: 'ID_MISMATCH', reason: `id is ${show(proposal.id)}, its contents give ${id}` };
  return null;
}

function checkExtract(proposal: Proposal): string | null {
  for (const [i, agent] of proposal.evidence.agents.entries()) {
    const { latency, traffic, errors, saturation } = agent.deviation;
    const at = `evidence.agents[${i}]`;
    const wrong =
      expect(`${at}.agent`, agent.agent, agent.agent === proposal.targets[i], 'the target in the same place') ??
      expect(`${at}.failure`, agent.failure, isNumberIn(agent.failure, 0, 1), '0 to 1') ??
      expect(`${at}.silentMs`, agent.silentMs, isTime(agent.silentMs), '0 ms or more');
    if (wrong !== null) return wrong;
    for (const value of [latency, traffic, errors, saturation]) {
      const far = expect(`${at}.deviation`, value, isNumberIn(value, -DEVIATION_MAX, DEVIATION_MAX), '-50 to 50');
      if (far !== null) return far;
    }
  }
  return null;
}

function checkParameters(entry: CatalogueEntry, parameters: readonly Parameter[]): string | null {
  const names = parameters.map((parameter) => parameter.name);
  const wanted = entry.parameters.map((spec) => spec.name);
  if (names.join() !== wanted.join()) {
    return `parameters of ${entry.kind} are ${show(names.join())}, valid is [${wanted.join()}]`;
  }
  for (const [i, { name, unit, min, max }] of entry.parameters.entries()) {
    const { value } = parameters[i];
    if (!isNumberIn(value, min, max)) return `parameter ${name} is ${value}, valid is ${min} to ${max} (${unit})`;
  }
  return null;
}

function isTarget(id: string, i: number, ids: readonly string[]): boolean {
  return isId(id) && (i === 0 || compareIds(ids[i - 1], id) < 0);
}

function isSentence(text: string): boolean {
  return text.length >= 1 && text.length <= wordsMax;
}

function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isNumberIn(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function isIntegerIn(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && isNumberIn(value, min, max);
}

function expect(field: string, value: unknown, holds: boolean, valid: string): string | null {
  return holds ? null : `${field} is ${show(value)}, valid is ${valid}`;
}
