import type { ApiObject } from './api-object.ts';

/** Pairs of names of one field of an Event: in events.k8s.io, and in the core group. */
const pairs = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;

/** An Event as the core group has it, which is how it is kept. */
export const coreEvent = (event: ApiObject): ApiObject => renamed(event, 'v1', [0, 1]);

export const newEvent = (event: ApiObject): ApiObject => renamed(event, 'events.k8s.io/v1', [1, 0]);

function renamed(event: ApiObject, apiVersion: string, [from, to]: readonly [0 | 1, 0 | 1]) {
  const names = new Map<string, string>(pairs.map((pair) => [pair[from], pair[to]]));
  const fields = Object.entries(event).map(([name, value]) => [names.get(name) ?? name, value]);
  return { ...Object.fromEntries(fields), apiVersion, kind: 'Event' } as ApiObject;
}
