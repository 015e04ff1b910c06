/** The entry point: `aura COMMAND`. */
import { endAnyway } from './end-anyway.ts';
import { processIo } from './io.ts';
import { silenceNegativeTimeouts } from './node-warnings.ts';
import { runCommandLine } from './program.ts';

silenceNegativeTimeouts();
process.exitCode = await runCommandLine(process.argv.slice(2), processIo());
endAnyway();
