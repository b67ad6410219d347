import type { ServerKey, ServiceKey } from '../address.ts';
import type { ManagedServer, ManagedService } from './managed-service.ts';

/** The folder of the files that drain writes for keepalived to track: on disk, for they outlive everything. */
export const trackFolder = '/var/lib/drain/keepalived';

/** The file that drives one server's weight in one service. */
export interface DrivenBy {
  readonly path: string;
  /** 1, or -1 where the number is counted backwards. */
  readonly factor: 1 | -1;
}

/** The reason why no file can drive a server: it tracks none of drain's, or one that drives others as well. */
export type NotDriven = 'unknown' | 'none' | 'several' | 'shared' | 'factor';

type Says = ReadonlyMap<ServiceKey, ManagedService>;

/** The file by which drain sets a server's weight in a service that keepalived manages. */
export function drivenBy(says: Says, service: ServiceKey, server: ServerKey): DrivenBy | NotDriven {
  const managed = says.get(service)?.servers.get(server);
  if (!managed) return 'unknown';
  const [path, ...more] = ownPaths(managed);
  if (path === undefined) return 'none';
  if (more.length > 0) return 'several';
  const users = [...says.values()].flatMap(({ servers }) =>
    [...servers.values()].filter((one) => ownPaths(one).includes(path)),
  );
  // A group of addresses is one service of keepalived, whose servers are the same objects.
  if (new Set(users).size > 1) return 'shared';
  const { factor } = managed.trackFiles.find((file) => file.path === path) ?? {};
  return factor === 1 || factor === -1 ? { path, factor } : 'factor';
}

const ownPaths = ({ trackFiles }: ManagedServer): readonly string[] =>
  trackFiles.flatMap(({ path }) => (path?.startsWith(`${trackFolder}/`) ? [path] : []));

/** The sentence on a server that no file can drive. */
export function notDrivenWords(server: ServerKey, why: NotDriven): string {
  switch (why) {
    case 'unknown':
      return `${server} is not in keepalived's configuration of this service`;
    case 'none':
      return `${server} tracks no file in ${trackFolder}`;
    case 'several':
      return `${server} tracks more than one file in ${trackFolder}`;
    case 'shared':
      return `the file that ${server} tracks drives another server or service as well`;
    case 'factor':
      return `the file that ${server} tracks counts neither as 1 nor as -1 times its number`;
  }
}

/** The number that keepalived takes for 0, whatever the weight of its configuration becomes by a reload. */
const lowest = -2_147_483_647;

/**
 * The number in a file with which keepalived gives a server that weight: of a configured 1000, -300 for 700.
 * At 0 the lowest that there is.
 */
export const numberFor = (
  { initialWeight }: Pick<ManagedServer, 'initialWeight'>,
  factor: DrivenBy['factor'],
  weight: number,
): number => (weight === 0 ? lowest : weight - initialWeight) * factor;

/** The sum of weights that keepalived counts for the quorum once some servers have others. */
export const countedWeight = (
  { servers }: ManagedService,
  weights: ReadonlyMap<ServerKey, number>,
): number =>
  [...servers].reduce(
    (sum, [key, { isAlive, effectiveWeight }]) =>
      sum + (isAlive ? (weights.get(key) ?? effectiveWeight) : 0),
    0,
  );
