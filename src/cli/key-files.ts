/** The validators' keys as files: ID.key holds the private key (PKCS #8 PEM, for its owner alone), ID.pub the public one. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  generateKeyPair,
  type KeyPair,
  keyPairFromPem,
  privateKeyToPem,
  publicKeyFromPem,
  publicKeyToPem,
} from '../consensus/keys.ts';
import type { Validator } from '../consensus/validator-set.ts';
import { CliError, codeOf, messageOf } from './errors.ts';
import { writeNewFile } from './whole-files.ts';

const privateEnding = '.key';
const publicEnding = '.pub';

/** Makes a key pair for each id; none is made where one of them exists or cannot be written. Throws CliError `key-exists` or `file-unwritable`. */
export async function generateKeys(folder: string, ids: readonly string[]): Promise<readonly Validator[]> {
  const present = new Set(await openFolder(folder));
  const taken = ids.filter((id) => present.has(id + privateEnding) || present.has(id + publicEnding));
  if (taken.length > 0)
    throw new CliError(
      'key-exists',
      `${folder} has keys of ${taken.join(', ')} already`,
      'choose another --name or --keys folder; keys are never overwritten',
    );
  const made: Validator[] = [];
  const written: string[] = [];
  const write = async (file: string, text: string, mode: number): Promise<void> => {
    await writeNew(file, text, mode);
    written.push(file);
  };
  try {
    const pairs = ids.map((id) => ({ id, ...generateKeyPair() }));
    // A public key that is there says that all private ones are: see `preparedKeys`.
    for (const { id, privateKey } of pairs)
      await write(join(folder, id + privateEnding), privateKeyToPem(privateKey), 0o600);
    for (const { id, publicKey } of pairs)
      await write(join(folder, id + publicEnding), publicKeyToPem(publicKey), 0o644);
    made.push(...pairs.map(({ id, publicKey }) => ({ id, publicKey })));
  } catch (error) {
    // Some of them would be in the way of all the next time.
    for (const file of written) await rm(file, { force: true });
    throw error;
  }
  return made;
}

/** How long another process may take to make the keys that this one waits for. */
const othersMs = 5_000;
const lookMs = 20;

/**
 * The folder's keys, and whether they were made here: where it has none, a pair for each id. Of processes that start at the same time one makes them, and the others
 * wait until it is done: who votes is never a part of it. Throws as `generateKeys` and `readPublicKeys` do, and CliError `keys-missing` where only a part is there, and stays one.
 */
export async function preparedKeys(
  folder: string,
  ids: readonly string[],
): Promise<{ readonly keys: readonly KeyFile[]; readonly made: boolean }> {
  const giveUpMs = performance.now() + othersMs;
  for (;;) {
    const names = keyNames(await list(folder));
    if (names.length === 0 && (await madeHere(folder, ids))) return { keys: await readPublicKeys(folder), made: true };
    const late = performance.now() > giveUpMs;
    const { fewer, lacking } = underWay(names, ids);
    if (names.length > 0 && (late ? !fewer : !lacking)) {
      try {
        return { keys: await readPublicKeys(folder), made: false };
      } catch (error) {
        // A file is there before its words are.
        if (late) throw error;
      }
    } else if (late)
      throw new CliError(
        'keys-missing',
        `${folder} has ${names.join(', ') || 'no keys'}, and no more: whoever made keys there was ended meanwhile`,
        'move what is there away and start again; or aura keys generate',
      );
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** False: somebody else is making them. */
async function madeHere(folder: string, ids: readonly string[]): Promise<boolean> {
  try {
    await generateKeys(folder, ids);
    return true;
  } catch (error) {
    if (error instanceof CliError && error.code === 'key-exists') return false;
    throw error;
  }
}

/** What a folder looks like while `generateKeys` works in it: `fewer`: nothing but private keys, and not of all; `lacking`: a public key is to come. */
function underWay(names: readonly string[], ids: readonly string[]) {
  const own = new Set(ids.flatMap((id) => [id + privateEnding, id + publicEnding]));
  const ours = names.every((name) => own.has(name));
  const publics = names.filter((name) => name.endsWith(publicEnding)).length;
  return {
    fewer: ours && publics === 0 && names.length < ids.length,
    lacking: ours && publics < names.length - publics,
  };
}

function keyNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith(privateEnding) || name.endsWith(publicEnding));
}

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  try {
    await writeNewFile(file, text, mode);
  } catch (cause) {
    // Two that make keys at the same time: the second one keeps what the first one wrote.
    if (codeOf(cause) === 'EEXIST')
      throw new CliError('key-exists', `${file} was made meanwhile`, 'keys are never overwritten', { cause });
    throw new CliError('file-unwritable', `cannot write ${file}: ${messageOf(cause)}`, '', { cause });
  }
}

/** Makes the folder, and those above it, for their owner alone. Not by `recursive`, which never returns where /proc refuses. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeOne(folder);
  }
}

/** One that is there is as good, whoever made it meanwhile. */
async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Makes the folder where it is missing; the names of its files. */
async function openFolder(folder: string): Promise<readonly string[]> {
  try {
    await makeFolder(folder);
    return await readdir(folder);
  } catch (cause) {
    throw new CliError(
      'file-unwritable',
      `cannot keep keys in ${folder}: ${messageOf(cause)}`,
      'name another folder by --keys or AURA_KEYS_DIR',
      { cause },
    );
  }
}

export interface KeyFile extends Validator {
  /** The private key is there too. */
  readonly canSign: boolean;
}

/** The validators that a folder has keys of, by id; none where there is no folder. Throws CliError `key-invalid` or `file-unreadable`. */
export async function readPublicKeys(folder: string): Promise<readonly KeyFile[]> {
  const names = await list(folder);
  const ids = new Set(
    names.flatMap((name) =>
      [privateEnding, publicEnding].flatMap((ending) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : [])),
    ),
  );
  const keys: KeyFile[] = [];
  for (const id of [...ids].sort()) {
    const canSign = names.includes(id + privateEnding);
    const file = join(folder, id + (names.includes(id + publicEnding) ? publicEnding : privateEnding));
    const publicKey = await readKey(file, (pem) =>
      file.endsWith(publicEnding) ? publicKeyFromPem(pem) : keyPairFromPem(pem).publicKey,
    );
    keys.push({ id, publicKey, canSign });
  }
  return keys;
}

/** The key pairs of the ids asked for, or of all there are. Throws CliError `keys-missing`, `key-invalid` or `file-unreadable`. */
export async function readKeyPairs(
  folder: string,
  wanted: readonly string[] | null,
): Promise<ReadonlyMap<string, KeyPair>> {
  const present = (await list(folder)).flatMap((name) =>
    name.endsWith(privateEnding) ? [name.slice(0, -privateEnding.length)] : [],
  );
  const missing = (wanted ?? []).filter((id) => !present.includes(id));
  if (missing.length > 0)
    throw new CliError(
      'keys-missing',
      `${folder} has no private key of ${missing.join(', ')}; it has ${present.join(', ') || 'none'}`,
      'aura keys generate makes keys',
    );
  const pairs = new Map<string, KeyPair>();
  for (const id of (wanted ?? present).toSorted())
    pairs.set(id, await readKey(join(folder, id + privateEnding), keyPairFromPem));
  return pairs;
}

async function readKey<Key>(file: string, parse: (pem: string) => Key): Promise<Key> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new CliError('key-invalid', `${file}: ${messageOf(cause)}`, '', { cause });
  }
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new CliError('file-unreadable', `cannot read the folder ${folder}: ${messageOf(error)}`, '', {
      cause: error,
    });
  }
}
