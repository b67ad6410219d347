import type { NotDrainingReason } from '../../domain/events/event.ts';
import { clock, roughly } from '../text/amounts.ts';
import type { Style } from '../text/paint.ts';
import type { DrainingServer, LiveService, LiveView } from './live-view.ts';

export interface ServerState {
  readonly text: string;
  readonly style?: Style;
}

type Draining = Extract<DrainingServer, { readonly kind: 'draining' }>;

/** The state of a server in a word or two. */
export function serverState(view: LiveView, service: LiveService, server: string): ServerState {
  const leaving = service.leaving.get(server);
  if (leaving?.kind === 'removed') return { text: 'removed', style: 'gray' };
  if (leaving?.kind === 'drained') return { text: 'empty', style: 'green' };
  if (isFailing(view, server)) return { text: 'check fails', style: 'red' };
  if (leaving?.kind === 'draining') return quiescedState(view, service, server, leaving);
  if (!['ramp', 'rolling-back', 'paused'].includes(view.phase)) return { text: '' };
  const isOld = service.oldServers.includes(server);
  if (!isOld && !service.newServers.includes(server)) return { text: '' };
  const fills = isOld === (view.phase === 'rolling-back');
  return fills ? { text: 'filling', style: 'green' } : { text: 'draining', style: 'yellow' };
}

function quiescedState(
  { nowMs, policy }: LiveView,
  { connections }: LiveService,
  server: string,
  { sinceMs, held }: Draining,
): ServerState {
  const { emptySinceMs } = connections.get(server) ?? {};
  if (emptySinceMs !== undefined) {
    const sinceEmptyMs = Math.max(0, nowMs - Math.max(emptySinceMs, sinceMs));
    const seconds = Math.floor(sinceEmptyMs / 1_000);
    const settle = policy ? ` of ${roughly(policy.settleMs)}` : '';
    return { text: `empty ${seconds}s${settle}`, style: 'green' };
  }
  const waited = clock(nowMs - sinceMs);
  return held
    ? { text: `${waited} ${heldWords[held]}`, style: 'red' }
    : { text: `quiesced ${waited}`, style: 'yellow' };
}

/** Short words for each reason; the sentence above the board says the reason in full. */
const heldWords: Readonly<Record<NotDrainingReason, string>> = {
  persistence: 'persistence',
  'long-lived-connections': 'long-lived',
  'port-reuse': 'port reuse',
  'udp-traffic': 'UDP traffic',
  'dead-peer': 'dead peer',
};

/** Whether the health check of that server has failed. */
const isFailing = ({ gates }: LiveView, server: string): boolean =>
  [...gates.values()].some((gate) => gate.verdict === 'failed' && gate.server === server);
