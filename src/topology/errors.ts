/** Stable codes of everything that the topology engine refuses. */
export type TopologyErrorCode =
  | 'TOPOLOGY_EMPTY_INPUT'
  | 'TOPOLOGY_WRONG_LENGTH'
  | 'TOPOLOGY_NOT_A_NUMBER'
  | 'TOPOLOGY_NEGATIVE_DISTANCE'
  | 'TOPOLOGY_ASYMMETRIC_DISTANCE'
  | 'TOPOLOGY_NONZERO_DIAGONAL'
  | 'TOPOLOGY_OUT_OF_RANGE'
  | 'TOPOLOGY_BAD_VERTEX'
  | 'TOPOLOGY_SELF_LOOP'
  | 'TOPOLOGY_DUPLICATE_EDGE'
  | 'TOPOLOGY_EDGE_BEFORE_VERTEX'
  | 'TOPOLOGY_BAD_DIMENSION'
  | 'TOPOLOGY_BAD_GRID'
  | 'TOPOLOGY_BAD_ORDER'
  | 'TOPOLOGY_TOO_LARGE'
  | 'TOPOLOGY_BAD_MODULUS'
  | 'TOPOLOGY_BAD_CELL'
  | 'TOPOLOGY_FACE_MISSING'
  | 'TOPOLOGY_NOT_MONOTONE'
  | 'TOPOLOGY_DUPLICATE_CELL'
  | 'TOPOLOGY_BAD_FILE';

/** An input that cannot be computed with: what is wrong, the value found, and what would be valid. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
  readonly code: TopologyErrorCode;
  readonly value: unknown;
  readonly valid: string;

  constructor(code: TopologyErrorCode, what: string, value: unknown, valid: string) {
    super(`${what}: got ${String(value)}, valid is ${valid}`);
    this.code = code;
    this.value = value;
    this.valid = valid;
  }
}
