/** One text for equal values: plain data, maps, sets, bytes, and objects by their public fields. */
export function canonical(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array)
    return `x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join()}]`;
  if (value instanceof Map) return `m${canonical(sortedTexts(value))}`;
  if (value instanceof Set) return `s${canonical(sortedTexts(value))}`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}:${canonical(field)}`).join()}}`;
}

function sortedTexts(values: Iterable<unknown>): readonly string[] {
  return Array.from(values, canonical).sort();
}
