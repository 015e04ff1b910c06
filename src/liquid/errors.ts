/** What can go wrong in this folder. A code is stable; the message names the bad value and what would be valid. */
export type LiquidErrorCode =
  /** An architecture asks for a size or a mode that does not exist. */
  | 'architecture-invalid'
  /** A wiring asks for neurons or synapses that cannot be. */
  | 'wiring-invalid'
  /** A weight is missing, unknown or of another shape than the architecture says. */
  | 'weights-shape'
  /** A weight, feature or state is NaN or infinite. */
  | 'not-finite'
  /** An array is shorter or longer than its row count and width say. */
  | 'batch-shape'
  /** A model file is not of this format. */
  | 'model-malformed'
  /** A model file's content is not what its hash says. */
  | 'model-hash'
  /** A model was trained on other features than this program computes. */
  | 'model-features'
  /** A stored state cannot be read or belongs to another model. */
  | 'state-malformed'
  /** Somebody's weights do not give the outputs that were recorded with them. */
  | 'parity-failed'
  /** A training set lacks what training needs. */
  | 'data-insufficient';

export class LiquidError extends Error {
  override readonly name = 'LiquidError';
  readonly code: LiquidErrorCode;

  constructor(code: LiquidErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
