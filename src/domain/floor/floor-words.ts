import { calledServer } from '../places/named-servers.ts';
import { printable, shortList } from '../printable.ts';
import type { PrintedCommand } from '../printed-command.ts';
import { timeText } from '../time/time-text.ts';
import type { Absence, Capacity, Floor, ServiceFloor } from './floor.ts';

/** The floor as a config file has it: `3`, `50%`. */
export const floorText = (floor: Floor): string =>
  floor.kind === 'count' ? String(floor.count) : `${floor.percent}%`;

/** `2 of 4 servers`, `45% of the weight`. */
export function capacityText({ floor, base }: ServiceFloor, capacity: Capacity): string {
  if (floor.kind === 'count') {
    return `${capacity.servers} of ${base.servers} server${base.servers === 1 ? '' : 's'}`;
  }
  const percent = base.weight === 0 ? 100 : (100 * capacity.weight) / base.weight;
  return `${Number(percent.toFixed(1))}% of the weight`;
}

/** `10.0.0.2:80 (an operator, since 2026-11-30 08:00 UTC, rollout 20261130-080000-1a2b)`. */
export function absenceText({
  server,
  name,
  by,
  sinceMs,
  rollout,
  detail,
  state,
}: Absence): string {
  const words = [
    by === 'cluster' ? printable(detail ?? '', 200) : whose[by],
    ...(sinceMs === undefined ? [] : [`since ${timeText(sinceMs)}`]),
    ...(rollout === undefined ? [] : [`rollout ${rollout}`]),
    ...(state === undefined ? [] : [`state ${printable(state)}`]),
  ];
  return `${calledServer(server, name)} (${words.join(', ')})`;
}

const whose = {
  operator: 'an operator has it out',
  health: 'drain guard, its health check fails',
  rollout: 'on its way',
} as const;

/** `; out already: 10.0.0.1:80 (…), 10.0.0.2:80 (…)`; empty where nobody is. */
export const absencesText = (absences: readonly Absence[]): string =>
  absences.length === 0 ? '' : `; not serving in full: ${shortList(absences.map(absenceText))}`;

/** The command after which there is more room: that of the first server that an operator has out. */
export function roomCommand(absences: readonly Absence[]): PrintedCommand | undefined {
  const out = absences.find(({ by }) => by === 'operator');
  if (!out) return undefined;
  return ['in', out.server, ...(out.state === undefined ? [] : ['--state', out.state])];
}
