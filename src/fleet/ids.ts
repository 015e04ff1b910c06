import { FleetError } from './errors.ts';
import { CELLS_PER_FLEET_MAX, ID_LENGTH_MAX } from './limits.ts';
import { murmur3 } from './murmur3.ts';
import { type Rejection, reject, show } from './rejection.ts';

declare const brand: unique symbol;

/** `tenant/fleet/cell`: the key of every topic from observations on. */
export type CellKey = string & { readonly [brand]: 'cell-key' };
/** `tenant/fleet`: the key of the fleets table. */
export type FleetKey = string & { readonly [brand]: 'fleet-key' };

/** Which cell of which fleet. */
export interface CellId {
  readonly tenant: string;
  readonly fleet: string;
  /** From 0. */
  readonly cell: number;
}

export const ID_RULE = `1 to ${ID_LENGTH_MAX} of the characters A-Z a-z 0-9 . _ -`;

/** True for 1 to 128 of `A-Za-z0-9._-`. A loop, as intake asks this several times a heartbeat. */
export function isId(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > ID_LENGTH_MAX) return false;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    const letter = (c | 32) >= 97 && (c | 32) <= 122;
    const digitDotDash = c >= 45 && c <= 57 && c !== 47;
    if (!letter && !digitDotDash && c !== 95) return false;
  }
  return true;
}

/** Why `text` is no id, or null where it is one. */
export function checkId(field: string, text: string): Rejection | null {
  if (isId(text)) return null;
  return reject(text.length > ID_LENGTH_MAX ? 'string-too-long' : 'id-invalid', field, text, ID_RULE);
}

/** The parts must be checked ids: an id holds no slash, so the key reads back without doubt. */
export function cellKey(tenant: string, fleet: string, cell: number): CellKey {
  return `${tenant}/${fleet}/${cell}` as CellKey;
}

export function fleetKey(tenant: string, fleet: string): FleetKey {
  return `${tenant}/${fleet}` as FleetKey;
}

/** @throws FleetError CELL_KEY_INVALID */
export function parseCellKey(key: string): CellId {
  const [tenant, fleet, cell, ...rest] = key.split('/');
  const good =
    rest.length === 0 &&
    tenant !== undefined &&
    isId(tenant) &&
    fleet !== undefined &&
    isId(fleet) &&
    cell !== undefined &&
    /^(0|[1-9][0-9]{0,3})$/.test(cell) &&
    Number(cell) < CELLS_PER_FLEET_MAX;
  if (!good) {
    throw new FleetError(
      'CELL_KEY_INVALID',
      `key is ${show(key)}; valid is TENANT/FLEET/CELL, the cell from 0 to 4095`,
    );
  }
  return { tenant, fleet, cell: Number(cell) };
}

/**
 * The agent's cell among `cells`: MurmurHash3_x86_32 of the id, seed 0, unsigned, modulo `cells`.
 * Stable for ever, so that a producer may compute it too. Golden values in the test.
 * @throws FleetError CELLS_INVALID unless cells is an integer from 1 to 4096
 */
export function cellOf(agent: string, cells: number): number {
  if (!(Number.isInteger(cells) && cells >= 1 && cells <= CELLS_PER_FLEET_MAX)) {
    throw new FleetError(
      'CELLS_INVALID',
      `cells is ${show(cells)}; valid is an integer from 1 to ${CELLS_PER_FLEET_MAX}`,
    );
  }
  return cells === 1 ? 0 : murmur3(agent) % cells;
}
