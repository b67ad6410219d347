import type { SyncDaemonSection, TimeoutsSection, VersionLine } from '../listing.ts';
import type { Problem } from './problem.ts';

/** `IP Virtual Server version 1.2.1 (size=4096)`. */
export function parseVersionLine(line: string): VersionLine | Problem {
  const match = /^IP Virtual Server version (\d+(?:\.\d+){2}) \(size=(\d{1,10})\)\s*$/.exec(line);
  if (!match) return 'expected the version of IPVS and the size of its connection table';
  return { ipvs: match[1] ?? '', connectionTableSize: Number(match[2]) };
}

/** `Timeout (tcp tcpfin udp): 900 120 300`. */
export function parseTimeouts(line: string): TimeoutsSection | Problem {
  const match = /^Timeout \(tcp tcpfin udp\): (\d{1,10}) (\d{1,10}) (\d{1,10})\s*$/.exec(line);
  if (!match) return 'expected three timeouts: tcp, tcpfin and udp';
  const [tcpS, tcpFinS, udpS] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return { kind: 'timeouts', timeouts: { tcpS, tcpFinS, udpS } };
}

/** `master sync daemon (mcast=eth0, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)`. */
export function parseSyncDaemon(line: string): SyncDaemonSection | Problem {
  const match = syncDaemonLine.exec(line);
  if (!match) return 'expected the settings of a sync daemon';
  const [, role, networkInterface = '', syncId, maxLength, group, port, ttl] = match;
  return {
    kind: 'sync-daemon',
    role: role === 'master' ? 'master' : 'backup',
    interface: networkInterface,
    syncId: Number(syncId),
    ...(maxLength !== undefined && { maxLength: Number(maxLength) }),
    ...(group !== undefined && { group }),
    ...(port !== undefined && { port: Number(port) }),
    ...(ttl !== undefined && { ttl: Number(ttl) }),
  };
}

const syncDaemonLine = new RegExp(
  [
    String.raw`^(master|backup) sync daemon \(mcast=([^\s,()]{1,15}), syncid=(\d{1,10})`,
    String.raw`(?:, maxlen=(\d{1,10}))?(?:, group=([0-9a-f:.]{1,45}))?`,
    String.raw`(?:, port=(\d{1,5}))?(?:, ttl=(\d{1,3}))?\)\s*$`,
  ].join(''),
  'i',
);
