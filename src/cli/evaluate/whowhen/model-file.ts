import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type AttributionModel, readAttribution } from '../../../liquid/attribution/model.ts';
import { CliError } from '../../errors.ts';

const shipped = fileURLToPath(new URL('../../../liquid/attribution/models/whowhen-v1.json', import.meta.url));

/** The shipped model unless a file is given. Throws CliError file-unreadable, and LiquidError where the file is no attribution model. */
export async function loadAttribution(file: string = shipped): Promise<AttributionModel> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError(
      'file-unreadable',
      `cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      'whowhen takes the file of an attribution model',
      { cause },
    );
  }
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CliError('file-unreadable', `${file} is no JSON`, 'whowhen takes the file of an attribution model', {
      cause,
    });
  }
  return readAttribution(json);
}
