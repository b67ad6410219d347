import { printable } from '../../domain/printable.ts';
import { clock, count, grouped, percent, roughly } from '../text/amounts.ts';
import { track } from '../text/blocks.ts';
import { columnsOf, cutMiddle, cutToColumns, padEndTo } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import { isOver, type LiveService, type LiveView } from './live-view.ts';
import { nextStepWords } from './next-step.ts';

const widestTrack = 24;
const narrowestTrack = 6;
/** The room from which a title without rows of servers also says when the next step is. */
const roomForAll = 60;

export interface TitleOptions {
  readonly namesDirector: boolean;
  /** Columns for the name, the same for all titles below each other. */
  readonly nameColumns: number;
  readonly width: number;
  /** Whether no rows of servers follow. */
  readonly isAlone: boolean;
}

export const serviceName = ({ service, director }: LiveService, namesDirector: boolean): string =>
  namesDirector ? `${printable(service)} on ${printable(director)}` : printable(service);

/** `tcp/10.0.0.100:80  step 7/20  ━━━━━──────────  35 % moved  next in 0:09` */
export function serviceTitle(
  view: LiveView,
  service: LiveService,
  options: TitleOptions,
  paint: Paint,
): string {
  const { namesDirector, nameColumns, width, isAlone } = options;
  const name = cutMiddle(serviceName(service, namesDirector), nameColumns);
  const start = `${paint('bold', padEndTo(name, nameColumns))}  `;
  const room = width - nameColumns - 2;
  const words =
    service.leaving.size > 0
      ? leavingWords(view, service, paint)
      : stepWords(view, service, { room, isAlone }, paint);
  return cutToColumns(start + words, width).trimEnd();
}

function stepWords(
  view: LiveView,
  service: LiveService,
  { room, isAlone }: { readonly room: number; readonly isAlone: boolean },
  paint: Paint,
): string {
  const { step, of, moved } = service;
  const active = `${grouped(activeOnOld(service))} active`;
  // A resumed rollout may have no step to go.
  if (of === 0) return isAlone ? active : '';
  const stepText = String(step).padStart(String(of).length);
  const until = nextStepWords(view, service);
  const next = isAlone ? [active, ...(room >= roomForAll ? until : [])] : until;
  const percentText = percent(moved).padStart(5);
  const behind = [`${percentText} moved`, ...next].join('  ');
  const shorter = [percentText, ...next].join('  ');
  for (const [before, words] of [
    [`step ${stepText}/${of}`, behind],
    [`step ${stepText}/${of}`, shorter],
    [`${stepText}/${of}`, shorter],
  ] as const) {
    const cells = Math.min(widestTrack, room - columnsOf(before) - columnsOf(words) - 3);
    if (cells >= narrowestTrack) {
      return `${before}  ${paint('green', track(moved, cells))} ${words}`;
    }
  }
  return `${stepText}/${of} ${shorter}`;
}

const activeOnOld = ({ oldServers, newServers, connections }: LiveService): number =>
  (oldServers.length > 0 ? oldServers : newServers).reduce(
    (sum, server) => sum + (connections.get(server)?.activeConn ?? 0),
    0,
  );

/** `drain  0:12 of 10:00  9 connections left`. */
function leavingWords(view: LiveView, service: LiveService, paint: Paint): string {
  const { leaving, connections } = service;
  const all = [...leaving.values()];
  if (isOver(service)) {
    const word = all.every(({ kind }) => kind === 'removed') ? 'removed' : 'empty';
    const took = all.flatMap((one) => ('afterMs' in one ? (one.afterMs ?? []) : []));
    const after = took.length > 0 ? ` after ${roughly(Math.max(...took))}` : '';
    return paint('green', `${word}${after}`);
  }
  const since = all.flatMap((one) => (one.kind === 'draining' ? one.sinceMs : []));
  const waitedMs = view.nowMs - Math.min(...since);
  const limit = view.policy ? ` of ${clock(view.policy.drainTimeoutMs)}` : '';
  const left = [...leaving].reduce(
    (sum, [server, { kind }]) =>
      kind === 'draining' ? sum + (connections.get(server)?.activeConn ?? 0) : sum,
    0,
  );
  const rest =
    left > 0 ? `${count(left, 'connection')} left` : 'no active connection, watched for newcomers';
  return `waits for ${clock(waitedMs)}${limit}  ${rest}`;
}
