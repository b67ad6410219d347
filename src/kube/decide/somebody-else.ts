import type { OwnServer, ServiceView } from './intent.ts';

/**
 * What somebody else has made of own servers since they were last set: a line each, or nothing. A whole
 * service that is gone (a reboot, a flush) is no edit of somebody: it is built anew.
 */
export function diffOf(
  { live, memory }: ServiceView,
  servers: readonly OwnServer[],
): readonly string[] | undefined {
  if (!live) return undefined;
  const lines = servers.flatMap(({ key, live: row, claimed, isExcused }) => {
    const known = memory.known.get(key);
    if (!claimed || known === undefined || isExcused || memory.excused.has(key)) return [];
    if (!row)
      return claimed.state === 'leaving'
        ? []
        : [`${key}: weight ${known} expected, not in the table`];
    return row.weight === known ? [] : [`${key}: weight ${known} expected, ${row.weight} found`];
  });
  return lines.length > 0 ? lines : undefined;
}
