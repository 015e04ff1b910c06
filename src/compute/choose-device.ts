import type { ComputeChoice } from './compute-choice.ts';
import { type Device, type Provider, reasonOf, type Session, type SessionOpener } from './device.ts';
import { ComputeError } from './errors.ts';

/** The providers that `auto` looks for. Of two that are equally fast the former is taken. */
const CANDIDATES: readonly Provider[] = ['cuda', 'webgpu', 'cpu'];

/** A provider's session, warmed, and how long a run took on it. */
export interface Candidate {
  readonly provider: Provider;
  readonly session: Session;
  /** Median of some runs of a full tile. */
  readonly runMs: number;
}

export interface Chosen {
  readonly session: Session;
  readonly device: Device;
  /** The same program on the CPU, for when the device is lost; null where it runs there already. */
  readonly spare: Session | null;
}

/**
 * Opens the program where it is to run. A named provider is taken or refused (device-unavailable); `auto` opens every one that is there and
 * measures, as a GPU is slower than a CPU at small batches. Beside a GPU a session on the CPU is kept ready. `prepare` checks and warms a session
 * and gives the time of a run, in ms.
 */
export async function chooseDevice(
  bytes: Uint8Array,
  choice: ComputeChoice | readonly Provider[],
  open: SessionOpener,
  prepare: (session: Session) => Promise<number>,
): Promise<Chosen> {
  const refused: Device['refused'][number][] = [];
  const found: Candidate[] = [];
  const wanted = choice === 'auto' ? CANDIDATES : typeof choice === 'string' ? [choice] : choice;
  for (const provider of wanted) {
    if (choice !== 'auto' && found.length > 0) break;
    try {
      found.push(await candidateOf(provider, await open(bytes, provider), prepare));
    } catch (error) {
      // A program that is no step is one nowhere: no other provider would make it better.
      if (error instanceof ComputeError && error.code === 'program-invalid') throw error;
      refused.push({ provider, reason: reasonOf(error) });
    }
  }
  const [first] = found;
  if (first === undefined) throw unavailable(refused);
  const best = found.reduce((fastest, candidate) => (candidate.runMs < fastest.runMs ? candidate : fastest), first);
  for (const { provider, runMs } of found)
    if (provider !== best.provider)
      refused.push({ provider, reason: `slower: ${timesOf([{ provider, runMs }, best])}` });
  const spare = await spareOf(bytes, best, found, open, prepare);
  await releaseAll(found.filter(({ session }) => session !== best.session && session !== spare));
  const reason =
    typeof choice !== 'string' ? firstOf(refused) : choice === 'auto' ? measured(found) : 'named by the setting';
  return { session: best.session, device: { provider: best.provider, reason, refused }, spare };
}

async function candidateOf(
  provider: Provider,
  session: Session,
  prepare: (session: Session) => Promise<number>,
): Promise<Candidate> {
  try {
    return { provider, session, runMs: await prepare(session) };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function spareOf(
  bytes: Uint8Array,
  best: Candidate,
  found: readonly Candidate[],
  open: SessionOpener,
  prepare: (session: Session) => Promise<number>,
): Promise<Session | null> {
  if (best.provider === 'cpu') return null;
  const opened = found.find(({ provider }) => provider === 'cpu');
  if (opened !== undefined) return opened.session;
  return (await candidateOf('cpu', await open(bytes, 'cpu'), prepare)).session;
}

async function releaseAll(candidates: readonly Candidate[]): Promise<void> {
  for (const { session } of candidates) await session.release();
}

function firstOf(refused: Device['refused']): string {
  return refused.length === 0 ? 'first of the providers asked for' : 'first of the providers asked for that loads';
}

function measured(found: readonly Candidate[]): string {
  return found.length === 1 ? 'the only one that is there' : `fastest of those that are there: ${timesOf(found)}`;
}

function timesOf(candidates: readonly Pick<Candidate, 'provider' | 'runMs'>[]): string {
  return candidates.map(({ provider, runMs }) => `${provider} ${runMs.toFixed(2)} ms a tile`).join(', ');
}

function unavailable(refused: Device['refused']): ComputeError {
  const why = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ');
  return new ComputeError('device-unavailable', `no provider could load the program (${why || 'the list is empty'})`);
}
