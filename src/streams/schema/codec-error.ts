/** Why bytes could not be read as a value. */
export type CodecErrorCode =
  | 'value-missing'
  | 'avro-truncated'
  | 'avro-magic'
  | 'avro-invalid'
  | 'schema-unknown'
  | 'schema-incompatible'
  | 'json-invalid'
  | (string & {});

/** The code goes into the dead letter; the message names the field, the bad value and what would be valid, where they are known. */
export class CodecError extends Error {
  readonly code: CodecErrorCode;
  constructor(code: CodecErrorCode, message: string) {
    super(message);
    this.name = 'CodecError';
    this.code = code;
  }
}
