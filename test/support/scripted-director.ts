import { expect } from 'vitest';
import { type ServiceKey, serverKey } from '../../src/domain/address.ts';
import type { RealServer } from '../../src/domain/ipvs/ipvs.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import type { CommandResult, CommandRunner } from '../../src/rollout/ports.ts';

/** A runner that answers each call with the next result and remembers what it was given. */
export function scripted(...results: readonly (string | CommandResult)[]) {
  const stdins: string[] = [];
  const runner: CommandRunner = {
    label: 'sudo ipvsadm',
    async run(args, stdin) {
      expect(args).toEqual(['-R']);
      const result = results[stdins.length] ?? '';
      stdins.push(stdin);
      return typeof result === 'string' ? exited(result) : result;
    },
  };
  return { director: createDirector({ name: 'lb1', runner }), stdins };
}

export const exited = (stdout: string, stderr = '', exitCode = 0): CommandResult => ({
  kind: 'exited',
  exitCode,
  stdout,
  stderr,
});

export const web = 'tcp/10.0.0.100:80' as ServiceKey;
export const mark = 'fwm/7' as ServiceKey;
export const end = 'Timeout (tcp tcpfin udp): 900 120 300\n';
export const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };

export const saved = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 40
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -i -w 60 --tun-type gue --tun-port 6080 --tun-csum
-A -f 7 -s wlc --pe sip
-a -f 7 -r 10.0.0.3:0 -g -w 1
`;
export const thresholdsTitle = `Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn
  -> RemoteAddress:Port
`;
export const webThresholds = `TCP  10.0.0.100:80 wrr
  -> 10.0.0.1:80                  100        50         7          5
  -> 10.0.0.2:80                  0          0          0          0
`;
export const markThresholds = `FWM  7 wlc
  -> 10.0.0.3:0                   0          0          1          0
`;
export const countsTitle = `Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn
  -> RemoteAddress:Port
`;
export const webCounts = `TCP  10.0.0.100:80 wrr
  -> 10.0.0.1:80                  40        3           7          5
  -> 10.0.0.2:80                  60        0           0          0
`;
export const markCounts = `FWM  7 wlc
  -> 10.0.0.3:0                   1         0           1          0
`;
export const ratesTitle = `Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
`;
const rates = `${ratesTitle}TCP  10.0.0.100:80                     123        0        0        0        0
FWM  7                                   4        0        0        0        0
`;
export const wholeTable = [
  saved,
  thresholdsTitle + webThresholds + markThresholds,
  countsTitle + webCounts + markCounts,
  rates,
  end,
].join('');

export const first: RealServer = {
  key: serverKey('10.0.0.1', 80),
  address: '10.0.0.1',
  port: 80,
  forwarding: 'masq',
  weight: 40,
  upperThreshold: 100,
  lowerThreshold: 50,
};
export const second: RealServer = {
  key: serverKey('10.0.0.2', 80),
  address: '10.0.0.2',
  port: 80,
  forwarding: 'tunnel',
  tunnel: { type: 'gue', port: 6080, checksum: 'csum' },
  weight: 60,
  upperThreshold: 0,
  lowerThreshold: 0,
};
export const third: RealServer = {
  key: serverKey('10.0.0.3', 0),
  address: '10.0.0.3',
  port: 0,
  forwarding: 'route',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
};
export const webService = {
  key: web,
  address: { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 },
  scheduler: 'wrr',
  schedulerFlags: [],
  onePacket: false,
  servers: [first, second],
} as const;
export const markService = {
  key: mark,
  address: { kind: 'fwmark', mark: 7, family: 4 },
  scheduler: 'wlc',
  schedulerFlags: [],
  engine: 'sip',
  onePacket: false,
  servers: [third],
} as const;
export const webSample = {
  service: web,
  scheduler: 'wrr',
  servers: new Map([
    [first.key, { weight: 40, activeConn: 7, inActConn: 5, persistConn: 3 }],
    [second.key, { weight: 60, activeConn: 0, inActConn: 0, persistConn: 0 }],
  ]),
};
export const markSample = {
  service: mark,
  scheduler: 'wlc',
  servers: new Map([[third.key, { weight: 1, activeConn: 1, inActConn: 0, persistConn: 0 }]]),
};

export const markPlain = `Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
FWM  7 wlc
  -> 10.0.0.3:0                   Route   1      1          0
`;
export const webPart = saved + thresholdsTitle + webThresholds + countsTitle + webCounts + end;
export const markPart =
  markPlain + thresholdsTitle + markThresholds + countsTitle + markCounts + end;
