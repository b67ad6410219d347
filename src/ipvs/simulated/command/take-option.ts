import type { Protocol } from '../../../domain/address.ts';
import type { Draft } from './draft.ts';
import type { OptionName, Spelling } from './options.ts';
import { leadingNumber, parseHostPort, parseIPv4, parseNumber } from './values.ts';

const maxInt = 2_147_483_647;
const longestTimeoutS = 86_400 * 31;
/** The timeout of `-p` without a value (IPVS_SVC_PERSISTENT_TIMEOUT). */
const defaultPersistenceS = 360;

/** The message of ipvsadm when it refuses the option, which also depends on those before. */
type Problem = string | undefined;

/** The option that a spelling counts as; `undefined` for those that may be repeated. */
export function optionOf(spelling: Spelling): OptionName | undefined {
  switch (spelling) {
    case 'tcp-service':
    case 'udp-service':
    case 'sctp-service':
    case 'fwmark-service':
      return 'service-address';
    case 'masquerading':
    case 'gatewaying':
    case 'ipip':
      return 'forwarding-method';
    case 'sort':
    case 'ipv6':
      return undefined;
    default:
      return spelling as OptionName;
  }
}

/** Takes one option in. */
export function takeOption(draft: Draft, spelling: Spelling, value: string): Problem {
  switch (spelling) {
    case 'tcp-service':
      return takeService(draft, 'tcp', value);
    case 'udp-service':
      return takeService(draft, 'udp', value);
    case 'sctp-service':
      return takeService(draft, 'sctp', value);
    case 'fwmark-service': {
      const mark = parseNumber(value, 1, 0xffffffff);
      draft.mark = mark ?? 0;
      draft.service = { ...draft.service, family: 4 };
      return mark === undefined ? `invalid fwmark value \`${value}' specified` : undefined;
    }
    case 'ipv6':
      if (draft.mark === 0) return '-6 used before -f\n';
      draft.service = { ...draft.service, family: 6 };
      draft.netmask = 128;
      return undefined;
    case 'scheduler':
      draft.scheduler = value.slice(0, 15);
      return undefined;
    case 'netmask':
      return takeNetmask(draft, value);
    case 'pe':
      draft.engine = value.slice(0, 16);
      return undefined;
    case 'sched-flags':
      draft.flags = value.slice(0, 127);
      return undefined;
    case 'real-server':
      return takeServer(draft, value);
    case 'masquerading':
      draft.forwarding = 'masq';
      return undefined;
    case 'gatewaying':
      draft.forwarding = 'route';
      return undefined;
    case 'ipip':
      draft.forwarding = 'tunnel';
      return undefined;
    case 'weight':
      return takeNumber(value, [0, maxInt], 'illegal weight specified', (weight) => {
        draft.weight = weight;
      });
    case 'u-threshold':
      return takeNumber(value, [0, maxInt], 'illegal u_threshold specified', (threshold) => {
        draft.upperThreshold = threshold;
      });
    case 'l-threshold':
      return takeNumber(value, [0, maxInt], 'illegal l_threshold specified', (threshold) => {
        draft.lowerThreshold = threshold;
      });
    case 'syncid':
      return takeNumber(value, [0, 255], 'illegal syncid specified', () => {});
    case 'tun-type':
      if (value !== 'ipip' && value !== 'gue' && value !== 'gre') {
        return 'illegal tunnel type specified';
      }
      draft.tunnelType = value;
      return undefined;
    case 'tun-port':
      return takeNumber(value, [1, 65_535], 'illegal tunnel port specified', (port) => {
        draft.tunnelPort = port;
      });
    case 'tun-nocsum':
    case 'tun-csum':
    case 'tun-remcsum':
      draft.checksum = spelling.slice('tun-'.length) as Draft['checksum'];
      return undefined;
    default:
      return undefined;
  }
}

/** `-p`, alone or with a value. */
export function takePersistence(draft: Draft, value: string | undefined): Problem {
  const timeoutS = value === undefined ? defaultPersistenceS : parseTimeout(value, 1);
  draft.persistenceS = timeoutS ?? 0;
  return timeoutS === undefined ? invalidTimeout(value) : undefined;
}

export const parseTimeout = (text: string, min: 0 | 1): number | undefined =>
  parseNumber(text, min, longestTimeoutS);

export const invalidTimeout = (text = ''): string => `invalid timeout value \`${text}' specified`;

function takeService(draft: Draft, protocol: Protocol, value: string): Problem {
  const service = parseHostPort(value);
  if (!service) return 'illegal virtual server address[:port] specified';
  draft.protocol = protocol;
  draft.service = service;
  if (service.family === 6) draft.netmask = 128;
  return undefined;
}

function takeServer(draft: Draft, value: string): Problem {
  const server = parseHostPort(value);
  if (!server) return 'illegal real server address[:port] specified';
  draft.server = { ...server, port: server.port ?? draft.service.port ?? 0 };
  return undefined;
}

function takeNetmask(draft: Draft, value: string): Problem {
  if (draft.service.family === 6) {
    draft.netmask = leadingNumber(value);
    const valid = draft.netmask >= 1 && draft.netmask <= 128;
    return valid ? undefined : 'illegal ipv6 netmask specified';
  }
  const netmask = parseIPv4(value);
  draft.netmask = netmask ?? 0;
  return netmask === undefined ? 'illegal virtual server persistent mask specified' : undefined;
}

function takeNumber(
  text: string,
  [min, max]: readonly [number, number],
  problem: string,
  use: (value: number) => void,
): Problem {
  const value = parseNumber(text, min, max);
  if (value === undefined) return problem;
  use(value);
  return undefined;
}
