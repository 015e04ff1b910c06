/** Messages with one field changed, whatever the protocol: what a liar says that no writer of lies has thought of. */
import { ConsensusError } from '../errors.ts';
import type { Random } from './random.ts';

/** A place in a message that may hold something else. */
interface Place {
  readonly name: string;
  readonly value: unknown;
  /** The message with something else there. */
  readonly with: (other: unknown) => unknown;
}

/** Words that stand for each other, so that a changed one still has a meaning. */
const OTHER_WORD: Readonly<Record<string, string>> = {
  APPROVED: 'REJECTED',
  REJECTED: 'APPROVED',
  PREPARE: 'COMMIT',
  COMMIT: 'PREPARE',
  PREVOTE: 'PRECOMMIT',
  PRECOMMIT: 'PREVOTE',
  TIMER: 'REFUSED',
  JOINED: 'TIMER',
  REFUSED: 'JOINED',
};

/** What may be null wherever a field of that name stands. */
const OPTIONAL = new Set(['last', 'justify', 'high', 'stable']);

/** The message with one field replaced: by a neighbouring or an extreme value, or by what stood in a field of that name in one of the messages heard. */
export function garbled<M>(message: M, heard: readonly M[], random: Random): M {
  const places = [...placesIn(message, (other) => other)].filter(({ name }) => name !== 'type');
  const { name, value, with: put } = random.pick(places);
  const found = heard.length > 0 && random.chance(0.5) ? graft(name, value, random.pick(heard), random) : undefined;
  // The same fields are there, with values of the same types: what a message of this kind may hold.
  return put(found === undefined ? changed(name, value, random) : found) as M;
}

/** Elements of a list go by the list's name: what stands in one of that name is of their kind. */
function* placesIn(value: unknown, put: (other: unknown) => unknown, listName = ''): Generator<Place> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const list: readonly unknown[] | null = Array.isArray(value) ? value : null;
  for (const key of Object.keys(value)) {
    const one: unknown = Reflect.get(value, key);
    const within = (other: unknown): unknown =>
      put(list === null ? { ...value, [key]: other } : list.with(Number(key), other));
    const name = list === null ? key : listName;
    yield { name, value: one, with: within };
    yield* placesIn(one, within, name);
  }
}

/** Something of the same name and kind. */
function graft(name: string, value: unknown, from: unknown, random: Random): unknown {
  const places = [...placesIn(from, () => null)].filter(
    (place) => place.name === name && kindOf(place.value) === kindOf(value),
  );
  return places.length === 0 ? undefined : random.pick(places).value;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value instanceof Uint8Array) return 'bytes';
  return value === null ? 'null' : typeof value;
}

function changed(name: string, value: unknown, random: Random): unknown {
  if (OPTIONAL.has(name) && random.chance(0.3)) return null;
  if (typeof value === 'number') {
    return random.pick([value - 1, value + 1, 0, -1, random.int(0, 2 * value + 2), Number.MAX_SAFE_INTEGER]);
  }
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return OTHER_WORD[value] ?? `${value}?`;
  if (value instanceof Uint8Array) return changedBytes(value, random);
  if (Array.isArray(value) && value.length > 0) return changedList(value, random);
  return value;
}

function changedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const shorter = bytes.slice(0, random.int(0, bytes.length));
  return random.pick([random.bytes(bytes.length), shorter, Uint8Array.of(...bytes, random.int(0, 255))]);
}

function changedList(list: readonly unknown[], random: Random): readonly unknown[] {
  const at = random.int(0, list.length - 1);
  return random.pick([list.toSpliced(at, 1), list.toSpliced(at, 0, random.pick(list)), list.toReversed(), []]);
}

/** What is made, or the other where a number in it has no encoding, so that nobody can sign or hash it. */
export function encodedOr<T>(other: T, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConsensusError && error.code === 'BAD_ENCODING') return other;
    throw error;
  }
}
