/** The settings as a page of help. */
import { z } from 'zod';
import { environmentName, type Setting, settingNames, settings } from './settings.ts';

export function settingsHelp(): string {
  const rows = settingNames.map((name) => [environmentName(name), `${settings[name].doc}${byDefault(settings[name])}`]);
  const width = Math.max(...rows.map(([variable]) => variable.length));
  return [
    'Settings, from the environment, or from a JSON file named by --config, where AURA_TLS_CA is {"tls": {"ca": …}}:',
    ...rows.map(([variable, doc]) => `  ${variable.padEnd(width)}  ${doc}`),
  ].join('\n');
}

function byDefault({ schema }: Setting): string {
  if (!(schema instanceof z.ZodDefault)) return '';
  const value = schema.def.defaultValue;
  return value === '' ? '' : ` (${value})`;
}
