/** Keys of nodes. Ids of tenants, fleets and agents hold no slash. */

export interface InCell {
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
}

export const fleetId = ({ tenant, fleet }: Omit<InCell, 'cell'>) => `${tenant}/${fleet}`;
/** A cell's number stands where an agent's id would; `cell:` keeps an agent named 0 apart from cell 0. */
export const cellId = (of: InCell) => `${fleetId(of)}/cell:${of.cell}`;
export const agentId = (of: Omit<InCell, 'cell'>, agent: string) => `${fleetId(of)}/${agent}`;
export const signatureId = (of: InCell, windowEndMs: number) => `${cellId(of)}@${windowEndMs}`;
export const incidentId = (agent: string, sinceMs: number) => `${agent}@${sinceMs}`;
/** Of a proposal and of the decision on it. Whoever may write to one tenant's topics chooses the ids there: they say nothing outside its cell. */
export const proposalNodeId = (of: InCell & { readonly proposalId: string }) => `${cellId(of)}#${of.proposalId}`;
export const outcomeId = (of: InCell & { readonly proposalId: string }, measuredMs: number) =>
  `${proposalNodeId(of)}@${measuredMs}`;
