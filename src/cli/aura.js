#!/usr/bin/env -S node --initial-heap-size=256
/**
 * Starts src/cli/main.ts. Plain JavaScript in old syntax, so that an old Node can read it and say that it is too old.
 * Node runs the TypeScript of a checkout as it stands, but not that of a package under node_modules: there a child is started with
 * strip-types.js in force, which its threads inherit; a hook registered here would not reach them.
 *
 * The heap begins with 256 MiB: grown from little, it is collected whole every second or two, and those who wait for a decision wait for that.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const oldest = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]) || major === 23) {
  process.stderr.write(
    `aura: Node ${process.versions.node} is too old; valid is 24 or later, or 22 from ${oldest.join('.')} on [node-too-old]\n`,
  );
  process.exitCode = 1;
} else {
  const main = new URL('./main.ts', import.meta.url);
  if (!main.pathname.includes('/node_modules/')) await import(main.href);
  else start(main);
}

function start(main) {
  const hook = new URL('./strip-types.js', import.meta.url).href;
  const args = [...process.execArgv, '--import', hook, fileURLToPath(main), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; a supervisor sends its signal to this process alone.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
    // The listeners above would keep this process up.
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGTERM');
  });
}
