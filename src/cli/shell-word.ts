/** A text as one word of a shell, whatever stands in it: in quotes where it has more than letters, digits and what means nothing to a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
