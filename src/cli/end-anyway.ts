/**
 * Ends a process that has nothing to do any more and is kept by something else. Neo4j's driver forgets a connection whose server takes it and says nothing:
 * nobody can close it, and a supervisor would wait for ever for a process that has failed.
 */
export function endAnyway(afterMs = 5_000): void {
  // Whoever reads the answer may take its time (aura … | less), and what a pipe has not taken yet would go with the process.
  process.stdout.write('', () => setTimeout(() => process.exit(), afterMs).unref());
}
