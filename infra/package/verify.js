/**
 * What `aura/verify` is. A checkout has the verifier as TypeScript, which Node runs as it stands; an installed package has it as the JavaScript that
 * `npm pack` built, because Node strips no types under node_modules.
 */
const { checkCopies, verifyDecision } = await (import.meta.url.includes('/node_modules/')
  ? import('../../build/src/consensus/verify.js')
  : import('../../src/consensus/verify.ts'));

export { checkCopies, verifyDecision };
