/** What a thread that verifies for validators loads (`src/compute/verifying-threads`). */
export { ed25519 as createVerifier } from './signature.ts';
