import type { TunnelOptions } from '../../../domain/ipvs/ipvs.ts';
import type { ServiceSettings } from '../table/kernel-service.ts';
import type { Command } from './command.ts';
import { type Draft, serviceAddressOf } from './draft.ts';

/**
 * The settings for `-A` and `-E`: an option that is not given has its default, not the old value.
 */
export function serviceSettings(draft: Draft, schedulerFlags: number): ServiceSettings | string {
  const { given, mark, service, protocol } = draft;
  const persistent = given.has('persistent');
  if (mark === 0 && !service.port && !persistent) {
    return 'Zero port specified for non-persistent service';
  }
  if (given.has('ops') && mark === 0 && protocol !== 'udp') {
    return 'One-Packet Scheduling is only for UDP virtual services';
  }
  return {
    scheduler: draft.scheduler || 'wlc',
    schedulerFlags,
    persistent,
    persistenceTimeoutS: draft.persistenceS,
    netmask: draft.netmask,
    engine: draft.engine,
    onePacket: given.has('ops'),
  };
}

/**
 * The command for `-a` and `-e`: only with `-m`, or for a mark, does the server have a port of its
 * own. `-e -t V:80 -r 10.0.2.11:8080 -w 20` is about 10.0.2.11:80.
 */
export function serverCommand(kind: 'add-server' | 'edit-server', draft: Draft): Command {
  const { server, service, mark, forwarding } = draft;
  const ownPort = mark !== 0 || forwarding === 'masq';
  return {
    kind,
    service: serviceAddressOf(draft),
    settings: {
      address: server.address,
      port: ownPort ? server.port : (service.port ?? 0),
      forwarding,
      ...(forwarding === 'tunnel' && { tunnel: tunnelOptions(draft) }),
      weight: draft.weight,
      upperThreshold: draft.upperThreshold,
      lowerThreshold: draft.lowerThreshold,
    },
  };
}

function tunnelOptions({ tunnelType: type, tunnelPort: port, checksum }: Draft): TunnelOptions {
  if (type === 'ipip') return { type };
  return type === 'gue' ? { type, port, checksum } : { type, checksum };
}

/** The kinds of columns by precedence: of two kinds ipvsadm prints the first of this list. */
const tables = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const;

/** The command for `-L`, which has a few checks of its own. */
export function listCommand(draft: Draft): Command | string {
  const { given } = draft;
  const has = (...names: readonly Parameters<typeof given.has>[0][]) =>
    names.some((name) => given.has(name));
  const conflicts =
    (has('connection', 'timeout', 'daemon') && has('stats', 'rate', 'thresholds')) ||
    (has('timeout', 'daemon') && has('persistent-conn'));
  if (conflicts) return 'options conflicts in the list command';
  if (has('connection')) {
    return { kind: 'list-connections', withEngineData: has('persistent-conn') };
  }
  if (has('timeout')) return { kind: 'list-timeout' };
  if (has('daemon')) return { kind: 'list-daemon' };
  return {
    kind: 'list',
    table: tables.find((table) => given.has(table)) ?? 'plain',
    service: has('service-address') ? serviceAddressOf(draft) : undefined,
    sorted: !has('nosort'),
    exact: has('exact'),
  };
}
