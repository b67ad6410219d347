import type { RealServer, VirtualService } from '../domain/ipvs/ipvs.ts';

/**
 * Differences between a service as it was and as it is, as lines of a diff: `- tcp/10.0.0.100:80
 * 10.0.0.1:80 masq weight 100`, then the same with `+` as it is now.
 */
export function diffService(
  before: VirtualService,
  after: VirtualService | undefined,
): readonly string[] {
  const lines: string[] = [];
  const compare = (was: string | undefined, is: string | undefined): void => {
    if (was === is) return;
    if (was !== undefined) lines.push(`- ${before.key} ${was}`);
    if (is !== undefined) lines.push(`+ ${before.key} ${is}`);
  };
  compare(describeService(before, before), after && describeService(after, before));
  if (!after) return lines;
  const was = new Map(before.servers.map((server) => [server.key, server]));
  const is = new Map(after.servers.map((server) => [server.key, server]));
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    compare(describeServer(was.get(key)), describeServer(is.get(key)));
  }
  return lines;
}

/** `engine` of a service without persistence is in whole listings only, so there it is not compared. */
function describeService(service: VirtualService, before: VirtualService): string {
  const { scheduler, schedulerFlags, persistence, engine, onePacket } = service;
  return [
    `scheduler ${scheduler}`,
    ...(schedulerFlags.length > 0 ? [`flags ${[...schedulerFlags].sort().join(',')}`] : []),
    ...(persistence
      ? [`persistent ${persistence.timeoutS} s mask ${persistence.netmask ?? 'whole'}`]
      : []),
    ...(engine && before.persistence ? [`engine ${engine}`] : []),
    ...(onePacket ? ['one-packet'] : []),
  ].join(' ');
}

function describeServer(server: RealServer | undefined): string | undefined {
  if (!server) return undefined;
  const { key, forwarding, tunnel, weight, upperThreshold, lowerThreshold } = server;
  return [
    key,
    forwarding,
    ...(tunnel ? [[tunnel.type, tunnel.port, tunnel.checksum].filter(Boolean).join(':')] : []),
    `weight ${weight}`,
    ...(upperThreshold > 0 ? [`upper threshold ${upperThreshold}`] : []),
    ...(lowerThreshold > 0 ? [`lower threshold ${lowerThreshold}`] : []),
  ].join(' ');
}
