/** `*_dependency.csv`: who calls whom by design, and which node each service runs on. It says nothing of any time. */
import { readCsv } from '../csv.ts';

export interface Dependency {
  readonly caller: string;
  readonly callee: string;
}

/** The calls: rows whose ends are both services. The others place services on nodes. */
export async function readDependencies(path: string, services: ReadonlySet<string>): Promise<readonly Dependency[]> {
  const calls: Dependency[] = [];
  for await (const row of readCsv(path)) {
    const caller = row.text('Source');
    const callee = row.text('Target');
    if (services.has(caller) && services.has(callee) && caller !== callee) calls.push({ caller, callee });
  }
  return calls;
}
