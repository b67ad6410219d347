import type { DrainEvent, NotDrainingReason } from '../domain/events/event.ts';
import { printable, shortList } from '../domain/printable.ts';
import { count, roughly } from './text/amounts.ts';

type NotDraining = Pick<
  Extract<DrainEvent, { type: 'not-draining' }>,
  'reason' | 'connections' | 'clients' | 'newConnections' | 'openForMs' | 'silentForMs'
>;

/** Says why a server keeps connections, and what to do: see ipvs-sysctl, ipvsadm(8). */
export function notDraining(event: NotDraining): string {
  const connections = count(event.connections, 'connection');
  return [`${connections}${whyHeld[event.reason]}${details(event)}`, whoHolds(event)]
    .concat(remedies[event.reason])
    .filter((part) => part !== '')
    .join('; ');
}

/** ` (40 came at weight 0, open for at least 10m, silent for 40s)`. */
function details({ newConnections = 0, openForMs, silentForMs = 0 }: NotDraining): string {
  const known = [
    ...(newConnections > 0 ? [`${newConnections} came at weight 0`] : []),
    ...(openForMs === undefined ? [] : [`open for at least ${roughly(openForMs)}`]),
    ...(silentForMs < noteworthySilenceMs ? [] : [`silent for ${roughly(silentForMs)}`]),
  ];
  return known.length > 0 ? ` (${known.join(', ')})` : '';
}

/** Silence shorter than this is no more than the pause between two requests. */
const noteworthySilenceMs = 5_000;

const whyHeld: Readonly<Record<NotDrainingReason, string>> = {
  persistence: ', and persistence sends clients that come back here',
  'long-lived-connections': ' that clients keep open',
  'port-reuse': ', and clients that use a source port again come back here',
  'udp-traffic': ' of UDP clients that go on sending',
  'dead-peer': ' that may be over, for answers do not pass the director',
};

/** `most from 10.0.0.7 (12), 10.0.0.9 (3)`. */
function whoHolds({ clients = [] }: NotDraining): string {
  if (clients.length === 0) return '';
  const named = clients.map((one) => `${printable(one.address)} (${one.connections})`);
  return `most from ${shortList(named)}`;
}

const remedies: Readonly<Record<NotDrainingReason, string>> = {
  persistence: 'sysctl -w net.ipv4.vs.expire_quiescent_template=1 lets them move',
  'long-lived-connections':
    'have the old server close them (a graceful stop, keep-alive off), or stop it, which cuts them off',
  'port-reuse': 'sysctl -w net.ipv4.vs.conn_reuse_mode=1 lets them move',
  'udp-traffic':
    'they end when their clients are silent, or move when it is removed with net.ipv4.vs.expire_nodest_conn=1',
  'dead-peer': 'they leave the table when their timeout has passed (ipvsadm -L --timeout)',
};
