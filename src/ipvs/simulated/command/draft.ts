import type { Protocol, ServiceAddress } from '../../../domain/address.ts';
import type { ForwardingMethod, TunnelOptions } from '../../../domain/ipvs/ipvs.ts';
import type { TunnelType } from './check-options.ts';
import type { OptionName } from './options.ts';
import type { HostPort } from './values.ts';

/** The sum of the options read so far, as `struct ipvs_command_entry` has it. */
export interface Draft {
  readonly given: Set<OptionName>;
  protocol: Protocol;
  service: HostPort;
  mark: number;
  netmask: number;
  scheduler: string;
  flags: string;
  persistenceS: number;
  engine: string;
  server: HostPort & { readonly port: number };
  forwarding: ForwardingMethod;
  weight: number;
  upperThreshold: number;
  lowerThreshold: number;
  tunnelType: TunnelType;
  tunnelPort: number;
  checksum: NonNullable<TunnelOptions['checksum']>;
}

export function newDraft(): Draft {
  const nowhere = { address: '0.0.0.0', family: 4, port: 0 } as const;
  return {
    given: new Set(),
    protocol: 'tcp',
    service: nowhere,
    mark: 0,
    netmask: 0xffffffff,
    scheduler: '',
    flags: '',
    persistenceS: 0,
    engine: '',
    server: nowhere,
    forwarding: 'route',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnelType: 'ipip',
    tunnelPort: 0,
    checksum: 'nocsum',
  };
}

export function serviceAddressOf({ mark, service, protocol }: Draft): ServiceAddress {
  if (mark !== 0) return { kind: 'fwmark', mark, family: service.family };
  return { kind: 'address', protocol, address: service.address, port: service.port ?? 0 };
}
