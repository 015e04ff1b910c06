/** From a cause to what could be done about it: each kind that fits, with its targets, parameters, expected benefit and cost. */
import type { AgentScore, Parameter, Scores } from '../../schemas/records.ts';
import type { Cause } from './blame.ts';
import type { CatalogueEntry, Trouble } from './catalogue.ts';
import { compareIds } from './proposal.ts';

/** Callers throttled at once in a retry storm; the heaviest users come first. */
const callersMax = 8;

export interface Remedy {
  readonly entry: CatalogueEntry;
  readonly trouble: Trouble;
  /** By id in ascending order. */
  readonly targets: readonly AgentScore[];
  readonly parameters: readonly Parameter[];
  readonly lifetimeMs: number;
  /** Expected number of agent failures avoided. */
  readonly benefit: number;
  /** Expected capacity forgone while it lasts, in agents. */
  readonly forgone: number;
  readonly reason: string;
}

/** Whom it is done to. What a retry storm needs is fewer retries: its callers are throttled, or the callee where none of them may be touched. */
export function targetsFor(
  cause: Cause,
  entry: CatalogueEntry,
  mayTouch: (score: AgentScore) => boolean,
): readonly AgentScore[] {
  if (entry.kind !== 'THROTTLE' || cause.trouble !== 'RETRY_STORM') return [cause.score];
  const callers = cause.dependents.filter(mayTouch).slice(0, callersMax);
  return callers.length === 0 ? [cause.score] : callers.sort((a, b) => compareIds(a.agent, b.agent));
}

/**
 * Benefit and cost are in the same unit: a failed agent is an agent's capacity gone, for as long as an intervention would last or longer, so the
 * failures avoided weigh against the capacity forgone, agents against agents.
 */
export function remedyFor(
  scores: Scores,
  cause: Cause,
  entry: CatalogueEntry,
  targets: readonly AgentScore[],
  expectedEffect: number,
  lifetimeMs: number,
): Remedy {
  const parameters = parametersOf(entry, cause.trouble, targets);
  const values = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  let forgone = 0;
  for (const target of targets) forgone += (1 - target.failure) * entry.forgone(values, lifetimeMs);
  return {
    entry,
    trouble: cause.trouble,
    targets,
    parameters,
    lifetimeMs,
    benefit: Math.min(scores.agents.length, expectedEffect * cause.atStake),
    forgone,
    reason: reasonFor(scores, cause, entry, targets),
  };
}

function parametersOf(entry: CatalogueEntry, trouble: Trouble, targets: readonly AgentScore[]): readonly Parameter[] {
  switch (entry.kind) {
    case 'THROTTLE': {
      let worst = 0;
      for (const { deviation } of targets) {
        worst = Math.max(worst, deviation.saturation, deviation.traffic, deviation.latency, deviation.errors);
      }
      // Nothing is kept back at no deviation, 0.4 at ten, towards 0.8 beyond: the further out, the harder it presses.
      const keep = Math.min(0.95, 1 - (0.8 * worst) / (worst + 10));
      return [{ name: 'keep', value: Math.round(100 * keep) / 100 }];
    }
    case 'ESCALATE': {
      const urgent = trouble === 'CASCADE' || targets.some((target) => target.failure >= 0.9);
      return [{ name: 'urgency', value: urgent ? 2 : 1 }];
    }
    case 'ISOLATE':
    case 'REROUTE':
    case 'RESTART':
      return [];
  }
}

const troubleInWords: Readonly<Record<Trouble, string>> = {
  SILENT: 'it fell silent',
  RETRY_STORM: 'traffic and errors rise together, as in a storm of retries',
  OVERLOAD: 'it is overloaded',
  SLOW: 'it grows slow without more traffic',
  ERRORS: 'its error rate rises',
  FOREIGN_PEER: 'the peer it depends on is in another cell',
  UNEXPLAINED: 'no single signal says why',
  CASCADE: 'more agents are failing than may be touched at once',
};

function reasonFor(scores: Scores, cause: Cause, entry: CatalogueEntry, targets: readonly AgentScore[]): string {
  const { score, trouble, dependents, foreignPeer } = cause;
  const seconds = scores.horizonMs / 1000;
  const parts = [
    `${score.agent} fails within ${seconds} s with probability ${score.failure.toFixed(2)}: ${troubleInWords[trouble]}`,
    signalsInWords(score),
  ];
  if (foreignPeer !== null) parts.push(`it blames ${foreignPeer}`);
  if (dependents.length > 0) parts.push(`${dependents.length} agents suffer from it, first ${dependents[0].agent}`);
  if (targets.length > 1 || targets[0] !== score) parts.push(`${entry.kind} goes to ${targets.length} of its callers`);
  return `${parts.join('; ')}.`;
}

/** The agent's state as an operator reads it. */
export function signalsInWords({ deviation, silentMs }: AgentScore): string {
  const { latency, traffic, errors, saturation } = deviation;
  const named = { latency, traffic, errors, saturation };
  const words = Object.entries(named).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  return `deviations ${words.join(', ')}, silent for ${silentMs} ms`;
}
