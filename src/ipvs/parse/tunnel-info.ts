import type { TunnelOptions } from '../../domain/ipvs/ipvs.ts';

type Checksum = NonNullable<TunnelOptions['checksum']>;

const checksums: ReadonlyMap<string, Checksum> = new Map([
  ['-c', 'nocsum'],
  ['+c', 'csum'],
  ['r+c', 'remcsum'],
]);

/** `ipip`, `gue:6080:-c`, `gre:+c` in the column TunnelInfo; `undefined` for anything else. */
export function parseTunnelInfo(word: string): TunnelOptions | undefined {
  const [type, second = '', third, ...rest] = word.split(':');
  if (rest.length > 0) return undefined;
  if (type === 'ipip') return word === 'ipip' ? { type } : undefined;
  const checksum = checksums.get(third ?? second);
  if (checksum === undefined) return undefined;
  if (type === 'gre') return third === undefined ? { type, checksum } : undefined;
  if (type !== 'gue' || third === undefined || !/^\d{1,5}$/.test(second)) return undefined;
  const port = Number(second);
  return port <= 65535 ? { type, port, checksum } : undefined;
}

/** The inverse of `parseTunnelInfo`; `n/a` for a server that is no tunnel. */
export function formatTunnelInfo(tunnel: TunnelOptions | undefined): string {
  if (tunnel === undefined) return 'n/a';
  if (tunnel.type === 'ipip') return 'ipip';
  const checksum = checksumSigns[tunnel.checksum ?? 'nocsum'];
  return tunnel.type === 'gre' ? `gre:${checksum}` : `gue:${tunnel.port ?? 0}:${checksum}`;
}

const checksumSigns: Readonly<Record<Checksum, string>> = {
  nocsum: '-c',
  csum: '+c',
  remcsum: 'r+c',
};
