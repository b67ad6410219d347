import {
  type Protocol,
  parseServiceKey,
  type ServiceKey,
  serviceKey,
} from '../../domain/address.ts';
import type { ForwardingMethod } from '../../domain/ipvs/ipvs.ts';
import type {
  Binding,
  KubeSettings,
  ServerPlace,
  ServiceCheck,
  ServiceTerms,
  WeightBasis,
} from '../../domain/kube/kube-settings.ts';
import { printable } from '../../domain/printable.ts';
import type { ClusterService, ClusterSnapshot, IpFamily, ServicePort } from '../cluster/cluster.ts';
import { serviceId } from '../cluster/names.ts';
import { aboutService, type Problem } from './problem.ts';
import type { Phase } from './served.ts';
import { type Wishes, wishesOf } from './wishes.ts';

/** A virtual service that somebody asks for, before it is known whether they get it. */
export interface Requested {
  readonly key: ServiceKey;
  readonly address: string;
  readonly family: IpFamily;
  readonly service: ClusterService;
  readonly port: ServicePort;
  readonly phase: Phase;
  readonly terms: Terms;
  readonly wishes: Wishes;
  /** A line of the owner's file, which comes before what people in the cluster write. */
  readonly isBinding: boolean;
}

export interface Terms {
  readonly to: ServerPlace;
  readonly forwarding: ForwardingMethod;
  readonly weight?: WeightBasis | undefined;
  readonly check: ServiceCheck;
  readonly hostPort?: number | undefined;
}

interface Asked {
  readonly requested: readonly Requested[];
  readonly problems: readonly Problem[];
}

/** One for each address, port and protocol of a Service of the class. */
export function requestedByService(
  service: ClusterService,
  { phase, wishes, addresses, settings }: ServedTerms,
): readonly Requested[] {
  const terms = termsOf([wishes, settings.defaults]);
  return addresses.flatMap((address) =>
    service.ports.flatMap((port) => {
      const protocol = protocolOf(port);
      if (!protocol) return [];
      const key = serviceKey({ kind: 'address', protocol, address, port: port.port });
      const family = address.includes(':') ? 6 : 4;
      return [{ key, address, family, service, port, phase, terms, wishes, isBinding: false }];
    }),
  );
}

export interface ServedTerms {
  readonly phase: Phase;
  readonly wishes: Wishes;
  readonly addresses: readonly string[];
  readonly settings: Pick<KubeSettings, 'defaults'>;
}

function protocolOf({ protocol }: ServicePort): Protocol | undefined {
  const name = protocol.toLowerCase();
  return name === 'tcp' || name === 'udp' || name === 'sctp' ? name : undefined;
}

/** The virtual service of a line of the file; problems where the cluster does not have what it names. */
export function requestedByBinding(
  binding: Binding,
  snapshot: ClusterSnapshot,
  settings: Pick<KubeSettings, 'class' | 'defaults'>,
): Asked {
  const { service: key, of } = binding;
  const at = parseServiceKey(key);
  const service = snapshot.services.get(serviceId(of.namespace, of.name));
  const name = printable(serviceId(of.namespace, of.name));
  if (at?.kind !== 'address' || !service) {
    const about = { kind: 'binding', service: key } as const;
    const message = `there is no Service ${name}`;
    return {
      requested: [],
      problems: [{ reason: 'NoSuchService', severity: 'Warning', about, message, service: key }],
    };
  }
  const wishes = wishesOf(service, settings);
  const port = portOfBinding(binding, service, at);
  if (!port) {
    const about = aboutService(service);
    const wanted =
      of.port === undefined ? `one port of ${at.protocol}` : `port ${printable(of.port)}`;
    const message = `${key} asks for ${wanted} of ${name}, which has ${portsOf(service)}`;
    return {
      requested: [],
      problems: [{ reason: 'NoSuchPort', severity: 'Warning', about, message, service: key }],
    };
  }
  return {
    requested: [
      {
        key,
        address: at.address,
        family: at.address.includes(':') ? 6 : 4,
        service,
        port,
        phase: service.isBeingDeleted
          ? { kind: 'ending', cause: 'service-deleted' }
          : { kind: 'serving' },
        terms: { ...termsOf([binding, wishes, settings.defaults]), hostPort: binding.hostPort },
        wishes,
        isBinding: true,
      },
    ],
    problems: [],
  };
}

function portOfBinding(
  { of }: Binding,
  { ports }: ClusterService,
  at: { readonly protocol: Protocol; readonly port: number },
): ServicePort | undefined {
  const alike = ports.filter((one) => protocolOf(one) === at.protocol);
  if (of.port !== undefined) {
    return (
      alike.find(({ name }) => name === of.port) ??
      alike.find(({ port }) => String(port) === of.port)
    );
  }
  return alike.length === 1 ? alike[0] : alike.find(({ port }) => port === at.port);
}

const portsOf = ({ ports }: ClusterService): string =>
  ports
    .map(({ name, protocol, port }) =>
      printable(`${name === '' ? '' : `${name} `}${port}/${protocol}`),
    )
    .join(', ') || 'no port';

/** Of several who may say so, the first; then what is usual. */
function termsOf(said: readonly ServiceTerms[]): Terms {
  const first = <K extends keyof ServiceTerms>(name: K): ServiceTerms[K] =>
    said.find((one) => one[name] !== undefined)?.[name];
  const to = first('to') ?? 'nodePort';
  return {
    to,
    forwarding: first('forwarding') ?? (to === 'service' ? 'route' : 'masq'),
    weight: first('weight'),
    check: first('check') ?? 'auto',
  };
}
