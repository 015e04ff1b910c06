import { createHash } from 'node:crypto';

/** SHA-256 of a JSON value in canonical form: keys by their UTF-16 code units, no spaces. */
export function contentHash(body: unknown): string {
  return `sha256:${createHash('sha256').update(canonical(body)).digest('hex')}`;
}

/** Name and the first 12 digits of the content hash. */
export function modelId(name: string, hash: string): string {
  return `${name}@${hash.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
