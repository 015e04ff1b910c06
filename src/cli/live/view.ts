/** The live view as lines of text, from the picture alone: 80 by 24 at the least, and as large as the terminal is. */
import type { Style } from '../style.ts';
import type { AgentPicture, DecisionPicture, Picture } from './picture.ts';
import {
  bar,
  clock,
  column,
  cut,
  ends,
  level,
  milliseconds,
  percent,
  printable,
  timeOfDay,
  whole,
  widthOf,
} from './text.ts';

export interface ViewFrame {
  readonly picture: Picture;
  /** What is watched, such as "demo". */
  readonly title: string;
  readonly subtitle: string;
  readonly elapsedMs: number;
  /** Null: until it is stopped. */
  readonly remainingMs: number | null;
  /** Records in the last second. */
  readonly heartbeatsPerS: number;
  /** Failure score from which on an agent counts as about to fail. */
  readonly threshold: number;
  readonly validators: { readonly size: number; readonly quorum: number };
  /** True: decisions are acted on. */
  readonly acting: boolean;
  /** What is wrong with the fleet by its own word, such as "slow store-03"; empty: nothing. */
  readonly faults: readonly string[];
  /** Whether the view knows of faults: the reference fleet tells. */
  readonly knowsFaults: boolean;
  /** Lines at the foot, such as how to open the history. */
  readonly foot: readonly string[];
  /** The last warning; empty: none. */
  readonly warning: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** At most `rows` lines of at most `columns` cells each. */
export function renderView(frame: ViewFrame, { columns, rows }: Size, style: Style): string[] {
  const width = Math.max(40, columns);
  const head = [
    titleLine(frame, width, style),
    style.dim('─'.repeat(width)),
    healthLine(frame, width, style),
    ...fleetMap(frame, width, style),
    cascadeLine(frame, width, style),
    ...(frame.knowsFaults ? [faultLine(frame, style)] : []),
  ];
  const foot = [
    style.dim('─'.repeat(width)),
    ...countLines(frame, width, style),
    ...frame.foot.map((line) => style.dim(line)),
    ...(frame.warning === '' ? [] : [style.yellow(`! ${frame.warning}`)]),
  ];
  const room = Math.max(4, rows - head.length - foot.length - 2);
  // Fixed shares, so that nothing jumps about as agents come and go.
  const riskRows = Math.floor(0.4 * room);
  const decisionRows = room - riskRows;
  const body = [
    style.bold('AGENTS AT RISK'),
    ...padded(riskLines(frame, riskRows, width, style), riskRows),
    `${style.bold('DECISIONS')}${style.dim(`  ${frame.validators.quorum} of ${frame.validators.size} validators sign each`)}`,
    ...padded(decisionLines(frame, decisionRows, width, style), decisionRows),
  ];
  // Names and reasons may be anybody's who writes to the topics: no control characters of theirs reach the terminal.
  return [...head, ...body, ...foot].slice(0, rows).map((line) => cut(printable(line), columns));
}

function titleLine({ title, subtitle, elapsedMs, remainingMs }: ViewFrame, width: number, style: Style): string {
  const time = `${clock(elapsedMs)}${remainingMs === null ? '' : ` · ${clock(remainingMs)} left`}`;
  return ends(`${style.bold(style.cyan('AURA'))} ${style.bold(title)} ${style.dim(subtitle)}`, style.bold(time), width);
}

function healthLine({ picture, threshold }: ViewFrame, width: number, style: Style): string {
  const { members, silent, latencyMs, trafficPerS, errorRate, saturation } = picture.health;
  if (members === 0) return style.dim('waiting for the first snapshot ...');
  const risky = picture.atRisk(threshold).length;
  const states = [
    style.green(`● ${members - risky} well`),
    risky > 0 ? style.red(`● ${risky} at risk`) : style.dim('● 0 at risk'),
    silent > 0 ? style.yellow(`● ${silent} silent`) : style.dim('● 0 silent'),
  ];
  const signals = [
    `latency ${milliseconds(latencyMs)}`,
    `errors ${percent(errorRate)}`,
    `full ${percent(saturation)}`,
    `${whole(trafficPerS)} req/s`,
  ];
  return whatFits([...states, '', ...signals], width);
}

/** As many of the parts, from the first, as the line has room for. */
function whatFits(parts: readonly string[], width: number): string {
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (widthOf(longer) > width) return line;
    line = longer;
  }
  return line;
}

/** A bar an agent: its height is the failure score. Agents stand by the first part of their ids. */
function fleetMap({ picture, threshold }: ViewFrame, width: number, style: Style): string[] {
  const groups = Map.groupBy(picture.agents, ({ agent }) => agent.replace(/[-_.]?\d+$/, ''));
  const lines: string[] = [];
  let line = '';
  for (const [group, agents] of groups) {
    const label = `${group} `;
    if (line !== '' && widthOf(line) + 2 + label.length + agents.length > width) {
      lines.push(line);
      line = '';
    }
    line += (line === '' ? '' : '  ') + style.dim(label);
    for (const agent of agents) {
      if (widthOf(line) === width) {
        lines.push(line);
        line = ' '.repeat(label.length);
      }
      line += glyph(agent, threshold, style);
    }
  }
  if (line !== '') lines.push(line);
  return lines.slice(0, 6);
}

function glyph({ failure, down }: AgentPicture, threshold: number, style: Style): string {
  const bar = level(failure ?? 0);
  if (down) return style.yellow('×');
  if (failure === null) return style.dim('·');
  return paintRisk(failure, threshold, style)(bar);
}

function paintRisk(failure: number, threshold: number, style: Style): (text: string) => string {
  return failure >= threshold ? style.red : failure >= threshold / 2 ? style.yellow : style.green;
}

function cascadeLine({ picture }: ViewFrame, width: number, style: Style): string {
  const risk = picture.cascade;
  const label = 'cascade risk ';
  if (risk === null) return style.dim(`${label}–`);
  const paint = risk >= 0.5 ? style.red : risk >= 0.2 ? style.yellow : style.green;
  const history = picture.cascades
    .slice(-(width - label.length - 6))
    .map(level)
    .join('');
  return `${label}${paint(risk.toFixed(2))}  ${paint(history)}`;
}

function faultLine({ faults }: ViewFrame, style: Style): string {
  const label = 'injected now ';
  return faults.length === 0 ? style.dim(`${label}nothing`) : `${label}${style.yellow(faults.join(' · '))}`;
}

const nameWidth = 14;
const barWidth = 10;

function riskLines({ picture, threshold }: ViewFrame, rows: number, width: number, style: Style): string[] {
  const risky = picture.atRisk(threshold / 2);
  if (risky.length === 0)
    return [style.dim(picture.cascade === null ? '–' : `none above ${(threshold / 2).toFixed(2)}`)];
  const shown = risky.slice(0, risky.length > rows ? rows - 1 : rows);
  const lines = shown.map(({ agent, failure, evidence, neighbours }) => {
    const paint = paintRisk(failure, threshold, style);
    const why = [
      evidence.slice(0, 3).join(', '),
      ...(neighbours.length > 0 ? [`via ${neighbours.slice(0, 2).join(', ')}`] : []),
    ];
    const score = `${failure.toFixed(2)} ${bar(failure, barWidth)}`;
    return `${column(agent, nameWidth)} ${paint(score)}  ${cut(why.filter((text) => text !== '').join(' · '), width - nameWidth - barWidth - 8)}`;
  });
  return risky.length > shown.length ? [...lines, style.dim(`and ${risky.length - shown.length} more`)] : lines;
}

function decisionLines(
  { picture, validators, acting }: ViewFrame,
  rows: number,
  width: number,
  style: Style,
): string[] {
  if (picture.decisions.length === 0) return [style.dim(`none yet${acting ? '' : '; the tenant is in dry-run'}`)];
  const targetWidth = Math.max(14, Math.min(40, width - 64));
  return picture.decisions.slice(0, rows).map((decision) => {
    const { receivedMs, kind, targets, signatures } = decision;
    const [first = '', ...others] = targets;
    const whom = others.length === 0 ? first : `${cut(first, targetWidth - 4)} +${others.length}`;
    return [
      style.dim(timeOfDay(receivedMs)),
      column(kind, 8),
      column(whom, targetWidth),
      column(verdict(decision, style), 19),
      column(`${signatures}/${validators.size}`, 5),
      effect(decision, style),
    ].join(' ');
  });
}

function verdict({ approved, reason, dryRun }: DecisionPicture, style: Style): string {
  if (!approved) return style.red(`✗ ${reason.toLowerCase().replaceAll('_', ' ')}`);
  return dryRun ? style.cyan('✓ approved, dry-run') : style.green('✓ approved');
}

function effect({ action, outcome, approved, dryRun }: DecisionPicture, style: Style): string {
  if (!approved || dryRun) return style.dim('–');
  if (outcome !== null) {
    const text = `${outcome.verdict.toLowerCase()} ${outcome.effect >= 0 ? '+' : '−'}${Math.abs(outcome.effect).toFixed(2)}`;
    if (outcome.verdict === 'IMPROVED') return style.green(text);
    return outcome.verdict === 'WORSENED' ? style.red(text) : style.dim(text);
  }
  return action === null ? style.dim('sent') : action === 'FAILED' ? style.red('failed') : action.toLowerCase();
}

function countLines({ picture, heartbeatsPerS }: ViewFrame, width: number, style: Style): string[] {
  const { counts, latencies } = picture;
  const part = (name: string, value: string): string => `${style.dim(name)} ${value}`;
  const decisions = `${style.green(`${counts.approved} ✓`)} ${style.red(`${counts.rejected} ✗`)}`;
  const [p50, p99] = [latencies.percentile(0.5), latencies.percentile(0.99)];
  return [
    whatFits(
      [
        part('heartbeats', `${whole(counts.heartbeats)} (${whole(heartbeatsPerS)}/s)`),
        part('interactions', whole(counts.interactions)),
        part('snapshots', whole(counts.snapshots)),
        part('dead letters', whole(counts.deadLetters)),
        part('scores', whole(counts.scores)),
      ],
      width,
    ),
    whatFits(
      [
        part('decisions', decisions),
        part('outcomes', whole(counts.outcomes)),
        part('decision latency', `p50 ${milliseconds(p50)} p99 ${milliseconds(p99)}`),
        part('proposals', whole(counts.proposals)),
        part('late', whole(counts.late)),
      ],
      width,
    ),
  ];
}

function padded(lines: readonly string[], rows: number): string[] {
  return [...lines, ...Array<string>(Math.max(0, rows - lines.length)).fill('')];
}
