import { printable } from '../../domain/printable.ts';
import { shortList } from '../../domain/short-list.ts';
import { spinnerColumns } from '../live-text.ts';
import { clock, count, percent, roughly } from '../text/amounts.ts';
import { track } from '../text/blocks.ts';
import { columnsOf, cutToColumns, padEndTo } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import { handOver } from '../wording.ts';
import type { Leaving, LiveService, LiveView } from './live-view.ts';

/** More lines than this would push the permanent ones off a small terminal. */
const mostServices = 10;
const widestBar = 24;
const narrowestBar = 8;

/** A heading and a line for each service, none wider than `width` columns. */
export function liveLines(view: LiveView, width: number, paint: Paint): readonly string[] {
  const services = [...view.services.values()];
  // Those that are done make room for those that are not.
  const open = services.filter((service) => !isDone(service));
  const shown = services.length <= mostServices ? services : open.slice(0, mostServices);
  const namesDirector = new Set(services.map(({ director }) => director)).size > 1;
  const titles = shown.map(({ service, director }) =>
    namesDirector ? `${printable(service)} on ${printable(director)}` : printable(service),
  );
  const titleColumns = Math.max(0, ...titles.map(columnsOf));
  const lines = shown.map((service, index) => {
    const title = padEndTo(titles[index] ?? '', titleColumns);
    const room = width - titleColumns - 4;
    return `  ${title}  ${serviceWords(view, service, room, paint)}`;
  });
  const hidden = services.length - shown.length;
  if (hidden > 0) lines.push(`  + ${count(hidden, 'more service')}`);
  // One column stays free: a character in the last one makes some terminals wrap.
  return [
    cutToColumns(heading(view, paint), width - spinnerColumns - 1),
    ...lines.map((line) => cutToColumns(line, width - 1)),
  ];
}

function heading({ from, to, phase, nowMs, startedAtMs, overMs }: LiveView, paint: Paint): string {
  const sinceMs = startedAtMs === undefined ? 0 : nowMs - startedAtMs;
  const time = phase === 'ramp' ? `${clock(sinceMs)} of ${clock(overMs)}` : clock(sinceMs);
  return `${paint('bold', phase)}  ${handOver(from, to)}  ${time}`;
}

const isDone = ({ leaving }: LiveService): boolean =>
  leaving.size > 0 && [...leaving.values()].every(({ kind }) => kind !== 'draining');

function serviceWords(view: LiveView, service: LiveService, room: number, paint: Paint): string {
  if (service.leaving.size > 0) return leavingWords(view, service, paint);
  const { step, of, moved, weights } = service;
  const sum = (servers: readonly string[]): number =>
    servers.reduce((total, server) => total + (weights[server] ?? 0), 0);
  const active = view.from.reduce(
    (total, server) => total + (service.connections.get(server)?.activeConn ?? 0),
    0,
  );
  // A resumed rollout may have no step to go.
  if (of === 0) return `${active} active`;
  const before = `step ${String(step).padStart(String(of).length)}/${of}`;
  const sides = [
    ...(view.from.length > 0 ? [`old ${sum(view.from)}`] : []),
    ...(view.to.length > 0 ? [`new ${sum(view.to)}`] : []),
  ];
  const shares = `${percent(moved).padStart(5)}  ${sides.join(' ')}`;
  const words = `${shares}  ${active} active`;
  const cells = Math.min(widestBar, room - columnsOf(before) - columnsOf(words) - 5);
  if (cells < narrowestBar) return `${before} ${words}`;
  return `${before}  ${paint('green', track(moved, cells))} ${words}`;
}

/** `0:14 of 10:00  10.0.0.1:80 has 9 connections`: how long a drain has waited, and for what. */
function leavingWords(view: LiveView, service: LiveService, paint: Paint): string {
  const words = [...service.leaving].map(
    ([server, leaving]) => `${printable(server)} ${stateWords(service, server, leaving)}`,
  );
  const text = shortList(words, 3);
  if (isDone(service)) return paint('green', text);
  const since = [...service.leaving.values()].flatMap((leaving) =>
    leaving.kind === 'draining' ? leaving.sinceMs : [],
  );
  const { nowMs, drainTimeoutMs } = view;
  const limit = drainTimeoutMs === undefined ? '' : ` of ${clock(drainTimeoutMs)}`;
  return `${clock(nowMs - Math.min(...since))}${limit}  ${text}`;
}

function stateWords({ connections }: LiveService, server: string, leaving: Leaving): string {
  if (leaving.kind !== 'draining') {
    return `${leaving.kind === 'removed' ? 'removed' : 'empty'} after ${roughly(leaving.afterMs)}`;
  }
  const { held } = leaving;
  const { activeConn = 0, inActConn = 0 } = connections.get(server) ?? {};
  if (activeConn > 0) {
    return `has ${count(activeConn, 'connection')}${held ? ` (${held})` : ''}`;
  }
  // Inactive ones are over (TIME_WAIT), or still carry data in one direction: the engine looks.
  return inActConn > 0
    ? `has ${count(inActConn, 'inactive connection')}`
    : 'is empty, watched for newcomers';
}
