import { canonicalAddress, formatHostPort, parsePort } from '../address.ts';
import { parseDuration } from '../duration.ts';
import { fail, ok, type Result } from '../failure.ts';
import { printable } from '../printable.ts';

/** The place of the state in an etcd, and the way to get there. Never a password. */
export interface EtcdPlace {
  readonly secure: boolean;
  /** `10.0.0.1:2379`, tried one after another. */
  readonly endpoints: readonly string[];
  /** `drain/`: what every key begins with. */
  readonly prefix: string;
  readonly user?: string;
  /** Files in PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The time without a sign of life from its holder after which a lock is free. */
  readonly leaseMs: number;
}

const usualLeaseMs = 12_000;
/** etcd grants none shorter, with its usual election timeout of 1 s. */
const shortestLeaseMs = 2_000;
const longestLeaseMs = 300_000;

const example = 'etcd://10.0.0.1:2379,10.0.0.2:2379/drain';

export const isEtcdPlace = (text: string): boolean => /^etcds?:\/\//.test(text);

/**
 * `etcds://drain@lb1:2379,lb2:2379/site-a?ca=/etc/drain/ca.pem&lease=15s`; `etcd://` is without TLS,
 * the port is 2379 and the prefix `drain` unless it says otherwise.
 */
export function parseEtcdPlace(text: string): Result<EtcdPlace, PlaceFault> {
  const [, scheme, authority = '', path = '', query = ''] =
    /^(etcds?):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text) ?? [];
  if (scheme === undefined) return wrong(text, `write it as ${example}`);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : decoded(authority.slice(0, at));
  if (user?.includes(':')) {
    return fail({
      what: 'a password in the address of etcd can be read by everybody who lists processes',
      next: 'give the user only, and its password as DRAIN_ETCD_PASSWORD or in a file that DRAIN_ETCD_PASSWORD_FILE names',
    });
  }
  if (user === '') return wrong(text, 'the user before the @ is empty');
  const hosts = authority.slice(at + 1).split(',');
  const endpoints = hosts.flatMap((host) => endpointOf(host) ?? []);
  if (endpoints.length < hosts.length) return wrong(text, `name hosts and ports: ${example}`);
  const prefix = path.replace(/\/$/, '') || 'drain';
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(prefix) || prefix.length > 200) {
    return wrong(text, 'a prefix is of letters, digits, - _ . and /, such as /drain/site-a');
  }
  const options = readQuery(query);
  if (!options.ok) return options;
  const { leaseMs = usualLeaseMs, ...files } = options.value;
  if (scheme === 'etcd' && (files.ca ?? files.cert ?? files.key) !== undefined) {
    return wrong(text, 'certificates are for TLS: begin with etcds://');
  }
  return ok({
    secure: scheme === 'etcds',
    endpoints: [...new Set(endpoints)],
    prefix: `${prefix}/`,
    leaseMs,
    ...(user === undefined ? {} : { user }),
    ...files,
  });
}

/** `etcd://10.0.0.1:2379/drain`: how messages name it. */
export const etcdPlaceName = ({ secure, endpoints, prefix }: EtcdPlace): string =>
  `${secure ? 'etcds' : 'etcd'}://${endpoints.join(',')}/${prefix.slice(0, -1)}`;

export interface PlaceFault {
  readonly what: string;
  readonly next: string;
}

const wrong = (text: string, next: string) =>
  fail<PlaceFault>({ what: `"${printable(text)}" is no address of etcd`, next });

function endpointOf(text: string): string | undefined {
  const [, v6, name = '', portText = '2379'] =
    /^(?:\[([^\]]+)\]|([\w.-]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = v6 === undefined ? name : canonicalAddress(v6);
  const port = parsePort(portText);
  return host && port ? formatHostPort(host, port) : undefined;
}

type Options = Pick<EtcdPlace, 'ca' | 'cert' | 'key'> & { readonly leaseMs?: number };

function readQuery(query: string): Result<Options, PlaceFault> {
  let options: Options = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'ca' || name === 'cert' || name === 'key') {
      options = { ...options, [name]: value };
    } else if (name === 'lease') {
      const leaseMs = parseDuration(value) ?? 0;
      if (leaseMs < shortestLeaseMs || leaseMs > longestLeaseMs) {
        const what = `"${printable(value)}" is no lease of a lock in etcd`;
        return fail({ what, next: 'give 2s to 5m; 12s is usual' });
      }
      options = { ...options, leaseMs };
    } else {
      const what = `"${printable(name)}" is no option of a state in etcd`;
      return fail({ what, next: 'there are ca, cert, key (files in PEM) and lease' });
    }
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    const what = 'a client certificate for etcd needs its key, and a key its certificate';
    return fail({ what, next: 'give both: ?cert=FILE&key=FILE' });
  }
  return ok(options);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
