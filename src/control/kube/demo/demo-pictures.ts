import { type ServerKey, serverKey } from '../../../domain/address.ts';
import { demoService } from '../../../kube/demo/demo-cluster.ts';
import type { DemoNode } from '../../../kube/demo/rolling-upgrade.ts';
import type { KubeDemoPicture, KubeDemoRow } from '../../../reporters/kube-demo/kube-demo-frame.ts';
import type { DemoMoment } from './play-demo.ts';

const nodePort = 30_080;
/** Shares of new connections are those of so long before. */
const lateMs = 4_000;

interface Delivered {
  readonly atMs: number;
  readonly by: ReadonlyMap<ServerKey, number>;
}

/** Makes the picture of each moment; shares are counted from one to the next. */
export function createDemoPictures(): (moment: DemoMoment) => KubeDemoPicture {
  let history: readonly Delivered[] = [];
  return (moment) => {
    const { atMs, startMs, upgrade, servers, traffic } = moment;
    const by = new Map(traffic.delivered.get(demoService));
    history = [...history.filter((one) => one.atMs >= atMs - lateMs), { atMs, by }];
    const before = history[0]?.by ?? by;
    const late = new Map([...by].map(([key, n]) => [key, n - (before.get(key) ?? 0)]));
    const total = Math.max(1, sumOf(late));
    const nodes = upgrade.nodes.map((node): KubeDemoRow => {
      const key = serverKey(node.address, nodePort);
      const server = servers.get(key);
      return {
        ...{ name: node.name, version: node.version, state: stateOf(node, moment) },
        weight: server?.weight,
        connections: server?.activeConn ?? 0,
        share: (late.get(key) ?? 0) / total,
      };
    });
    return {
      elapsedMs: atMs - startMs,
      doing: doingOf(moment),
      nodes,
      delivered: sumOf(by),
      failed: failedOf(moment),
    };
  };
}

const sumOf = (counts: ReadonlyMap<ServerKey, number>): number =>
  [...counts.values()].reduce((sum, n) => sum + n, 0);

/** Connections that did not get to where they should have, or not to their end. */
export const failedOf = ({ traffic }: Pick<DemoMoment, 'traffic'>): number =>
  traffic.refused + traffic.reset + traffic.hung + traffic.unserved;

function stateOf({ name, isThere, isExcluded, isCordoned }: DemoNode, moment: DemoMoment) {
  if (!isThere) return 'gone';
  if (isExcluded) return 'drains';
  if (isCordoned) return 'cordoned';
  const { claims = [] } = moment.standing ?? {};
  const claimed = claims.flatMap(({ servers }) => servers).find(({ node }) => node === name);
  const isIn = claimed?.state === 'in' || claims.length === 0;
  return isIn ? 'serves' : 'joins';
}

function doingOf({ upgrade, servers }: DemoMoment): string {
  const { nodes, turn, phase } = upgrade;
  const node = nodes[turn];
  if (!node) return 'all nodes are new';
  switch (phase) {
    case 'waiting':
      return 'all nodes serve';
    case 'cordoned':
      return `kubectl cordon ${node.name}: it serves on`;
    case 'draining': {
      const { activeConn = 0 } = servers.get(serverKey(node.address, nodePort)) ?? {};
      return `kubectl label ${node.name} …exclude-from-external-load-balancers=: ${activeConn} connections left`;
    }
    case 'gone':
      return `kubectl delete node ${node.name}: the machine is made anew`;
    default:
      return `${node.name} is back, and joins by a ramp`;
  }
}
