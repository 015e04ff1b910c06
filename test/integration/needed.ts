import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SERVICE_NAMES, type ServiceName } from '../../infra/stack/stack.ts';
import { VARIABLES } from './servers.ts';

function mentions(source: string, name: ServiceName): boolean {
  return new RegExp(`inject\\(\\s*['"]${name}['"]`).test(source) || source.includes(VARIABLES[name][0]);
}

/**
 * The servers that these test files ask for, in their own text or in that of a file of test/integration that they
 * import: `inject('kafka')`, or the variable that names it.
 */
export async function neededServers(testFiles: readonly string[]): Promise<readonly ServiceName[]> {
  const needed = new Set<ServiceName>();
  const queue = [...testFiles];
  const seen = new Set(queue);
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const source = await readFile(file, 'utf8');
    for (const name of SERVICE_NAMES) if (mentions(source, name)) needed.add(name);
    for (const [, path] of source.matchAll(/from '(\.\/[^']+\.ts)'/g)) {
      const imported = resolve(dirname(file), path);
      // This page and the next name every server, for all of them.
      if (seen.has(imported) || /\/(servers|global-setup)\.ts$/.test(imported)) continue;
      seen.add(imported);
      queue.push(imported);
    }
  }
  return SERVICE_NAMES.filter((name) => needed.has(name));
}
