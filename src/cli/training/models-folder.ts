/** Where models of the user's own live. */
import { configOf } from '../cluster.ts';
import type { CommandContext, ConfiguredOptions } from '../command.ts';

export async function modelsFolderOf(
  context: CommandContext,
  options: ConfiguredOptions & { readonly models?: string },
): Promise<string> {
  return options.models ?? (await configOf(context, options)).modelsDir;
}
