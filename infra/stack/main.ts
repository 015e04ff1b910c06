/** The servers by hand; `aura stack` is the command for users. */
import { parseArgs } from 'node:util';
import { down, type Runner, status, up } from './local.ts';
import { DEFAULT_FOLDER, killServer, SERVICE_NAMES, type ServiceName } from './stack.ts';
import { warm } from './warm.ts';

const USAGE = `usage: node infra/stack/main.ts COMMAND [${SERVICE_NAMES.join('|')}...] [options]
  up       start and leave running     --docker or --native (default: Docker where an engine answers), --random-ports,
           --secure (Kafka listens with TLS and logins besides)
  down     stop
  kill     kill -9, for trying out a crash
  status   print what runs, and where
  warm     download everything and make later starts quick
  --folder DIR   where native servers live (default: ${DEFAULT_FOLDER})`;

function isServiceName(name: string): name is ServiceName {
  return (SERVICE_NAMES as readonly string[]).includes(name);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: DEFAULT_FOLDER },
    docker: { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
    'random-ports': { type: 'boolean', default: false },
    secure: { type: 'boolean', default: false },
  },
});
const { folder } = values;
const [command, ...names] = positionals;
const unknown = names.filter((name) => !isServiceName(name));
const services = names.length === 0 ? SERVICE_NAMES : names.filter(isServiceName);
const onProgress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function main(): Promise<void> {
  switch (unknown.length > 0 ? 'unknown' : command) {
    case 'up': {
      const runner: { runner?: Runner } = values.docker
        ? { runner: 'docker' }
        : values.native
          ? { runner: 'native' }
          : {};
      const { secure, 'random-ports': randomPorts } = values;
      await up({ folder, services, randomPorts, secure, onProgress, ...runner });
      break;
    }
    case 'down':
      await down(folder, services);
      break;
    case 'kill':
      for (const name of services) await killServer(folder, name);
      break;
    case 'warm':
      await warm(services, onProgress);
      break;
    case 'status':
      break;
    default:
      process.stderr.write(`${USAGE}\n`);
      process.exitCode = 2;
      return;
  }
  process.stdout.write(`${JSON.stringify(await status(folder), null, 2)}\n`);
}

await main();
