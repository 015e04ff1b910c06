/** (:Outcome)-[:OF]->(:Decision)-[:DECIDES]->(:Proposal)-[:TARGETS]->(:Agent). Whatever comes first makes the nodes that others complete. */
import type { Action, Decision, Outcome, Proposal } from '../../../schemas/records.ts';
import { mergeCells } from './cells.ts';
import { type GraphWriter, millis, type Row } from './graph-writer.ts';
import { agentId, cellId, type InCell, outcomeId, proposalNodeId, signatureId } from './node-ids.ts';

const PROPOSALS = `
MERGE (p:Proposal {id: row.id})
SET p += row.properties, p.createdAt = datetime({epochMillis: row.createdAt}), p.expiresAt = datetime({epochMillis: row.expiresAt})
WITH p, row
MATCH (c:Cell {id: row.cellId})
MERGE (p)-[:IN]->(c)
MERGE (s:Signature {id: row.signatureId}) ON CREATE SET s.windowEnd = datetime({epochMillis: row.windowEnd})
MERGE (c)-[:HAS_SIGNATURE]->(s)
MERGE (p)-[:RESTS_ON]->(s)`;

/** A decision that others name before its own record comes is known by as much. */
const NAMED = 'ON CREATE SET d.proposalId = row.proposalId, d.tenant = row.tenant';

const DECISIONS = `
MERGE (d:Decision {id: row.id}) ${NAMED}
SET d += row.properties, d.decidedAt = datetime({epochMillis: row.decidedAt}), d.expiresAt = datetime({epochMillis: row.expiresAt})
MERGE (p:Proposal {id: row.id}) ON CREATE SET p.proposalId = row.proposalId, p.tenant = row.tenant
MERGE (d)-[:DECIDES]->(p)`;

const targetsOf = (label: 'Proposal' | 'Decision') => `
MATCH (n:${label} {id: row.id})
MERGE (a:Agent {id: row.target}) ON CREATE SET a.tenant = row.tenant, a.fleet = row.fleet, a.agent = row.agent
MERGE (n)-[t:TARGETS]->(a)
SET t += row.evidence`;

const ACTIONS = `
MERGE (d:Decision {id: row.id}) ${NAMED}
SET d.actuator = row.actuator,
  d.appliedAt = CASE row.kind WHEN 'APPLIED' THEN datetime({epochMillis: row.actedAt}) ELSE d.appliedAt END,
  d.failedAt = CASE row.kind WHEN 'FAILED' THEN datetime({epochMillis: row.actedAt}) ELSE d.failedAt END,
  d.expiredAt = CASE row.kind WHEN 'EXPIRED' THEN datetime({epochMillis: row.actedAt}) ELSE d.expiredAt END,
  d.undoneAt = CASE row.kind WHEN 'UNDONE' THEN datetime({epochMillis: row.actedAt}) ELSE d.undoneAt END`;

const OUTCOMES = `
MERGE (d:Decision {id: row.decisionId}) ${NAMED}
MERGE (o:Outcome {id: row.id})
SET o += row.properties, o.appliedAt = datetime({epochMillis: row.appliedAt}), o.measuredAt = datetime({epochMillis: row.measuredAt})
MERGE (o)-[:OF]->(d)`;

const idOf = (of: Proposal) => proposalNodeId({ ...of, proposalId: of.id });

export async function writeProposals(writer: GraphWriter, proposals: readonly Proposal[]): Promise<void> {
  if (proposals.length === 0) return;
  await mergeCells(writer, proposals);
  await writer.each(
    PROPOSALS,
    proposals.map((of) => ({
      id: idOf(of),
      cellId: cellId(of),
      signatureId: signatureId(of, of.evidence.windowEndMs),
      windowEnd: millis(of.evidence.windowEndMs),
      createdAt: millis(of.createdMs),
      expiresAt: millis(of.expiresMs),
      properties: {
        proposalId: of.id,
        tenant: of.tenant,
        kind: of.kind,
        parameters: of.parameters.map(({ name, value }) => `${name}=${value}`),
        undo: of.undo,
        expectedBenefit: of.expectedBenefit,
        cost: of.cost,
        reason: of.reason,
        model: of.evidence.model,
        cascade: of.evidence.cascade,
      },
    })),
  );
  const evidence = (of: Proposal, target: string): Row => {
    const found = of.evidence.agents.find(({ agent }) => agent === target);
    return found === undefined ? {} : { failure: found.failure, silentMs: found.silentMs };
  };
  await writer.each(
    targetsOf('Proposal'),
    proposals.flatMap((of) => targetRows(idOf(of), of, of.targets, (target) => evidence(of, target))),
  );
}

export async function writeDecisions(writer: GraphWriter, decisions: readonly Decision[]): Promise<void> {
  await writer.each(
    DECISIONS,
    decisions.map((of) => ({
      id: proposalNodeId(of),
      proposalId: of.proposalId,
      tenant: of.tenant,
      decidedAt: millis(of.decidedMs),
      expiresAt: millis(of.expiresMs),
      properties: {
        kind: of.kind,
        verdict: of.verdict,
        reason: of.reason,
        dryRun: of.dryRun,
        validators: of.certificate.signatures.map(({ validator }) => validator),
      },
    })),
  );
  await writer.each(
    targetsOf('Decision'),
    decisions.flatMap((of) => targetRows(proposalNodeId(of), of, of.targets, () => ({}))),
  );
}

export async function writeActions(writer: GraphWriter, actions: readonly Action[]): Promise<void> {
  await writer.each(
    ACTIONS,
    actions.map((of) => ({
      id: proposalNodeId(of),
      proposalId: of.proposalId,
      tenant: of.tenant,
      kind: of.kind,
      actuator: of.actuator,
      actedAt: millis(of.timeMs),
    })),
  );
}

export async function writeOutcomes(writer: GraphWriter, outcomes: readonly Outcome[]): Promise<void> {
  await writer.each(
    OUTCOMES,
    outcomes.map((of) => ({
      id: outcomeId(of, of.measuredMs),
      decisionId: proposalNodeId(of),
      proposalId: of.proposalId,
      tenant: of.tenant,
      appliedAt: millis(of.appliedMs),
      measuredAt: millis(of.measuredMs),
      properties: { kind: of.kind, verdict: of.verdict, effect: of.effect },
    })),
  );
}

/** In order, so that two writers lock in the same order. */
function targetRows(
  id: string,
  of: Omit<InCell, 'cell'>,
  targets: readonly string[],
  evidence: (target: string) => Row,
): readonly Row[] {
  const { tenant, fleet } = of;
  return targets
    .toSorted()
    .map((agent) => ({ id, target: agentId(of, agent), tenant, fleet, agent, evidence: evidence(agent) }));
}
