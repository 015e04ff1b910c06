/** Reading a folder of Grid'5000's availability: events.csv or events.csv.gz, and nodes.csv in it or beside it. */
import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type AvailabilityEvent,
  type AvailabilityTrace,
  type NodePlace,
  traceOf,
} from '../../../liquid/availability/trace.ts';
import { readCsv } from '../../replay/csv.ts';
import { ReplayError } from '../../replay/errors.ts';

export interface Grid5000Folder {
  readonly trace: AvailabilityTrace;
  readonly events: number;
  /** False where there is no nodes.csv: then all nodes stand at one site. */
  readonly placesKnown: boolean;
}

/** Throws ReplayError data-missing without events, data-unreadable and data-malformed. */
export async function readFolder(folder: string): Promise<Grid5000Folder> {
  const eventsPath = await firstThere([join(folder, 'events.csv.gz'), join(folder, 'events.csv')]);
  if (eventsPath === null) throw new ReplayError('data-missing', `${folder} holds no events.csv.gz and no events.csv`);
  const nodesPath = await firstThere([join(folder, 'nodes.csv'), join(dirname(resolve(folder)), 'nodes.csv')]);
  const places = new Map<number, NodePlace>();
  if (nodesPath !== null) {
    for await (const row of readCsv(nodesPath)) {
      places.set(row.number('node_id'), { site: row.text('site'), cluster: row.text('cluster') });
    }
  }
  const events: AvailabilityEvent[] = [];
  for await (const row of readCsv(eventsPath)) {
    const type = row.number('event_type');
    const event = {
      node: row.number('node_id'),
      available: type === 1,
      startS: row.number('start_unix'),
      stopS: row.number('stop_unix'),
    };
    if ((type !== 0 && type !== 1) || event.stopS < event.startS || !Number.isSafeInteger(event.node)) {
      throw new ReplayError(
        'data-malformed',
        `${eventsPath}: node ${event.node}, type ${type}, ${event.startS} to ${event.stopS}; valid are whole node numbers, types 0 and 1, and no end before the start`,
      );
    }
    events.push(event);
  }
  if (events.length === 0) throw new ReplayError('data-missing', `${eventsPath} holds no events`);
  return { trace: traceOf(events, places), events: events.length, placesKnown: nodesPath !== null };
}

async function firstThere(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    try {
      await access(path);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
        throw new ReplayError('data-unreadable', `cannot read ${path}`, { cause: error });
    }
  }
  return null;
}
