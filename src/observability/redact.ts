/** Takes secrets out of what is logged: by the name of a field, and by what a text looks like. */

const redacted = '[redacted]';

/** Field names whose values are secret, whatever they are. Counts of tokens are none, so the plural is let pass. */
const secretName =
  /pass(?:word|phrase|wd|code)?$|secret|credential|authorization|cookie|token$|private[-_.]?key|api[-_.]?key|jaas|^pem$|signing[-_.]?key/i;

const depthMax = 12;
const textMax = 16_384;

const privateKeyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** scheme://user:password@ — up to the last @, as a password may hold one. No part is so long that a text of one long word takes more than a moment. */
const urlPassword = /([a-z][a-z0-9+.-]{0,31}:\/\/[^\s:/@]{0,512}):\S{1,4096}@/gi;
const bearer = /\b(bearer|basic)\s+[A-Za-z0-9+/._~-]{8,}=*/gi;
const assignment =
  /(password|passwd|passphrase|pwd|secret|api[-_]?key|private[-_]?key|token)(["']?\s*[=:]\s*)("[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s,;&"']+)/gi;
/** Of a text that was cut: the beginning of a password or a token at its end, which the others know by what follows or by its length. */
const cutSecret = /([a-z][a-z0-9+.-]{0,31}:\/\/[^\s:/@]{0,512}:|\b(?:bearer|basic)\s+)\S{1,4096}$/i;

/** Private keys, passwords in connection strings and assignments such as password=… or "password":… are replaced; very long texts are cut. */
export function redactText(text: string): string {
  const isCut = text.length > textMax;
  const clean = (isCut ? text.slice(0, textMax).replace(cutSecret, `$1${redacted}`) : text)
    .replace(privateKeyBlock, redacted)
    .replace(urlPassword, `$1:${redacted}@`)
    .replace(bearer, `$1 ${redacted}`)
    .replace(assignment, `$1$2${redacted}`);
  return isCut ? `${clean}… (${text.length} characters)` : clean;
}

/** The same for a tree of plain values, as JSON.parse gives it; fields with a secret's name are replaced whole. */
export function redactTree(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthMax) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactTree(item, depth + 1));
  const clean: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    clean[name] = secretName.test(name) && item !== null ? redacted : redactTree(item, depth + 1);
  }
  return clean;
}
