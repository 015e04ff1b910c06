/** Why a validator cannot go on. The message says what to do. */
export type ValidatorErrorCode = 'validator-elsewhere' | 'log-rolled-back';

export class ValidatorError extends Error {
  readonly code: ValidatorErrorCode;

  constructor(code: ValidatorErrorCode, message: string) {
    super(`${message} [${code}]`);
    this.name = 'ValidatorError';
    this.code = code;
  }
}
