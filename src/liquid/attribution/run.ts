/** A failed run of a team of language-model agents, as attribution reads it. It has no clock: the step is the time. */

export interface Step {
  /** The agent that speaks. */
  readonly speaker: string;
  /** Whom the message is meant for, where it says so. */
  readonly addressee: string | null;
  /** What kind of utterance the log calls it, such as "thought"; null for a plain message. */
  readonly manner: string | null;
  readonly text: string;
}

export interface Run {
  /** What the team was asked; null where the log does not say. */
  readonly question: string | null;
  readonly steps: readonly Step[];
}

/**
 * How a team works together: `led`, where one agent plans and instructs the others, or `group`, where all speak to all. Told from the log alone: a
 * led team's log has messages for somebody, or thoughts.
 */
export type TeamForm = 'group' | 'led';

export function teamForm(run: Run): TeamForm {
  return leaderOf(run) === null ? 'group' : 'led';
}

/** The agent that instructs the others; null in a group chat. */
export function leaderOf({ steps }: Run): string | null {
  const instructing = steps.find((step) => step.addressee !== null) ?? steps.find((step) => step.manner !== null);
  return instructing?.speaker ?? null;
}
