/** The commands of etcd's confchange vectors: `simple`, `enter-joint autoleave=true` and `leave-joint`, with changes such as `v1 l2 r3` as input. */
import {
  type Change,
  type ChangeKind,
  changeSimple,
  enterJoint,
  leaveJoint,
  type Membership,
} from '../confchange/change.ts';
import { describeConfiguration, EMPTY_CONFIGURATION } from '../confchange/configuration.ts';
import { RaftError } from '../errors.ts';
import { describeProgress } from '../tracker/progress.ts';
import type { Case } from './datadriven.ts';

/** A script's membership, from nobody on. */
export class ConfchangeScript {
  #membership: Membership = { configuration: EMPTY_CONFIGURATION, progress: new Map() };
  /** One more with every command, which shows when a member's progress was made. */
  #lastIndex = 0;

  run(given: Case): string {
    const context = { lastIndex: this.#lastIndex++, inflightMessagesMax: 10 };
    try {
      this.#membership = this.#change(given, parseChanges(given.input.join(' ')), context);
    } catch (error) {
      if (error instanceof RaftError && error.code === 'CONFIGURATION_REFUSED') return error.reason;
      throw error;
    }
    const { configuration, progress } = this.#membership;
    const members = [...progress].sort(([a], [b]) => a - b).map(([id, of]) => `${id}: ${describeProgress(of)}`);
    return [describeConfiguration(configuration), ...members].join('\n');
  }

  #change(
    { command, options, line }: Case,
    changes: readonly Change[],
    context: Parameters<typeof changeSimple>[2],
  ): Membership {
    if (command === 'simple') return changeSimple(this.#membership, changes, context);
    if (command === 'enter-joint')
      return enterJoint(this.#membership, changes, options.get('autoleave')?.[0] === 'true', context);
    if (command === 'leave-joint') return leaveJoint(this.#membership);
    throw new SyntaxError(`line ${line}: unknown command ${command}; valid: simple, enter-joint, leave-joint`);
  }
}

const kinds: Readonly<Record<string, ChangeKind>> = { v: 'addVoter', l: 'addLearner', r: 'remove', u: 'update' };

/** Changes as in `v1 l2 r3 u4`. @throws SyntaxError */
export function parseChanges(text: string): readonly Change[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.map((word) => {
    const kind = kinds[word[0]];
    if (kind === undefined || !/^.\d+$/.test(word))
      throw new SyntaxError(`${word} is no change; valid: v1, l1, r1, u1`);
    return { kind, node: Number(word.slice(1)) };
  });
}
