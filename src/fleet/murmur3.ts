/**
 * MurmurHash3_x86_32 (Austin Appleby, 2011, public domain) of an ASCII string, seed 0.
 * Returns an unsigned 32-bit integer. Characters above 127 would need UTF-8 and are not expected: ids are ASCII.
 */
export function murmur3(text: string): number {
  const length = text.length;
  const whole = length & ~3;
  let h = 0;
  for (let i = 0; i < whole; i += 4) {
    const k =
      text.charCodeAt(i) |
      (text.charCodeAt(i + 1) << 8) |
      (text.charCodeAt(i + 2) << 16) |
      (text.charCodeAt(i + 3) << 24);
    h ^= scramble(k);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | text.charCodeAt(i);
  if (whole < length) h ^= scramble(tail);
  h ^= length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(k: number): number {
  const m = Math.imul(k, 0xcc9e2d51);
  return Math.imul((m << 15) | (m >>> 17), 0x1b873593);
}
