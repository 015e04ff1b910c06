/** Strips the types from this package's own .ts files under node_modules, where Node refuses to. Loaded by --import, in each thread. */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url).href;

// Node says once that stripTypeScriptTypes is experimental; it is what Node itself runs a checkout's files through.
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('stripTypeScriptTypes')) emitWarning.call(process, warning, ...rest);
};

registerHooks({
  load(url, context, nextLoad) {
    const own = url.startsWith(root) && !url.slice(root.length).includes('node_modules/');
    if (!own || !url.endsWith('.ts')) return nextLoad(url, context);
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
    return { format: 'module', shortCircuit: true, source };
  },
});
