import type { PoptOption } from './popt.ts';

/** The commands of ipvsadm, by the names its messages use. */
export type CommandName =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'flush'
  | 'list'
  | 'add-server'
  | 'delete-server'
  | 'edit-server'
  | 'set'
  | 'start-daemon'
  | 'stop-daemon'
  | 'restore'
  | 'save'
  | 'zero';

/** The options of ipvsadm, by the names its messages use, in the order it checks them. */
export const optionNames = [
  'numeric',
  'connection',
  'service-address',
  'scheduler',
  'persistent',
  'netmask',
  'real-server',
  'forwarding-method',
  'weight',
  'u-threshold',
  'l-threshold',
  'mcast-interface',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'nosort',
  'syncid',
  'exact',
  'ops',
  'pe',
  'sched-flags',
  'tun-info',
  'tun-type',
  'tun-port',
  'tun-nocsum',
  'tun-csum',
  'tun-remcsum',
] as const;

export type OptionName = (typeof optionNames)[number];

/** Options that count as another one, or as none. */
export type Spelling =
  | CommandName
  | OptionName
  | 'help'
  | 'version'
  | 'tcp-service'
  | 'udp-service'
  | 'sctp-service'
  | 'fwmark-service'
  | 'masquerading'
  | 'gatewaying'
  | 'ipip'
  | 'sort'
  | 'ipv6';

export const poptOptions: readonly PoptOption<Spelling>[] = [
  { name: 'add-service', long: 'add-service', short: 'A' },
  { name: 'edit-service', long: 'edit-service', short: 'E' },
  { name: 'delete-service', long: 'delete-service', short: 'D' },
  { name: 'flush', long: 'clear', short: 'C' },
  { name: 'list', long: 'list', short: 'L' },
  { name: 'list', long: 'list', short: 'l' },
  { name: 'zero', long: 'zero', short: 'Z' },
  { name: 'add-server', long: 'add-server', short: 'a' },
  { name: 'edit-server', long: 'edit-server', short: 'e' },
  { name: 'delete-server', long: 'delete-server', short: 'd' },
  { name: 'set', long: 'set' },
  { name: 'help', long: 'help', short: 'h' },
  { name: 'version', long: 'version', short: 'v' },
  { name: 'restore', long: 'restore', short: 'R' },
  { name: 'save', long: 'save', short: 'S' },
  { name: 'start-daemon', long: 'start-daemon', value: 'required' },
  { name: 'stop-daemon', long: 'stop-daemon', value: 'required' },
  { name: 'tcp-service', long: 'tcp-service', short: 't', value: 'required' },
  { name: 'udp-service', long: 'udp-service', short: 'u', value: 'required' },
  { name: 'sctp-service', long: 'sctp-service', value: 'required' },
  { name: 'fwmark-service', long: 'fwmark-service', short: 'f', value: 'required' },
  { name: 'scheduler', long: 'scheduler', short: 's', value: 'required' },
  { name: 'persistent', long: 'persistent', short: 'p', value: 'optional' },
  { name: 'netmask', long: 'netmask', short: 'M', value: 'required' },
  { name: 'real-server', long: 'real-server', short: 'r', value: 'required' },
  { name: 'masquerading', long: 'masquerading', short: 'm' },
  { name: 'ipip', long: 'ipip', short: 'i' },
  { name: 'gatewaying', long: 'gatewaying', short: 'g' },
  { name: 'weight', long: 'weight', short: 'w', value: 'required' },
  { name: 'u-threshold', long: 'u-threshold', short: 'x', value: 'required' },
  { name: 'l-threshold', long: 'l-threshold', short: 'y', value: 'required' },
  { name: 'numeric', long: 'numeric', short: 'n' },
  { name: 'connection', long: 'connection', short: 'c' },
  { name: 'mcast-interface', long: 'mcast-interface', value: 'required' },
  { name: 'syncid', long: 'syncid', value: 'required' },
  { name: 'timeout', long: 'timeout' },
  { name: 'daemon', long: 'daemon' },
  { name: 'stats', long: 'stats' },
  { name: 'rate', long: 'rate' },
  { name: 'thresholds', long: 'thresholds' },
  { name: 'persistent-conn', long: 'persistent-conn' },
  { name: 'nosort', long: 'nosort' },
  { name: 'sort', long: 'sort' },
  { name: 'exact', long: 'exact', short: 'X' },
  { name: 'ipv6', long: 'ipv6', short: '6' },
  { name: 'ops', long: 'ops', short: 'o' },
  { name: 'pe', long: 'pe', value: 'required' },
  { name: 'sched-flags', long: 'sched-flags', short: 'b', value: 'required' },
  { name: 'tun-info', long: 'tun-info' },
  { name: 'tun-type', long: 'tun-type', value: 'required' },
  { name: 'tun-port', long: 'tun-port', value: 'required' },
  { name: 'tun-nocsum', long: 'tun-nocsum' },
  { name: 'tun-csum', long: 'tun-csum' },
  { name: 'tun-remcsum', long: 'tun-remcsum' },
];
