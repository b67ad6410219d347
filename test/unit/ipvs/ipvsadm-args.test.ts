import { describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import type { Change, RealServer, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { listLines, restoreLine } from '../../../src/ipvs/ipvsadm-args.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const server = (more: Partial<RealServer> = {}): RealServer => ({
  key: serverKey('10.0.0.1', 8080),
  address: '10.0.0.1',
  port: 8080,
  forwarding: 'masq',
  weight: 40,
  upperThreshold: 0,
  lowerThreshold: 0,
  ...more,
});
const edit = (service: ServiceKey, more?: Partial<RealServer>): Change => ({
  kind: 'set-weight',
  service,
  server: server(more),
});

describe('an edit of a real server', () => {
  it('repeats forwarding method and thresholds', () => {
    expect(restoreLine(edit(web, { upperThreshold: 100, lowerThreshold: 50 }))).toBe(
      '-e -t 10.0.0.100:80 -r 10.0.0.1:8080 -m -w 40 -x 100 -y 50',
    );
    expect(restoreLine(edit(web, { forwarding: 'route', weight: 0 }))).toBe(
      '-e -t 10.0.0.100:80 -r 10.0.0.1:8080 -g -w 0',
    );
  });

  it('repeats the tunnel options', () => {
    const tunnel = { type: 'gue', port: 6080, checksum: 'remcsum' } as const;
    expect(restoreLine(edit(web, { forwarding: 'tunnel', tunnel }))).toBe(
      '-e -t 10.0.0.100:80 -r 10.0.0.1:8080 -i -w 40 --tun-type gue --tun-port 6080 --tun-remcsum',
    );
    expect(restoreLine(edit(web, { forwarding: 'tunnel', tunnel: { type: 'ipip' } }))).toBe(
      '-e -t 10.0.0.100:80 -r 10.0.0.1:8080 -i -w 40 --tun-type ipip',
    );
    expect(restoreLine(edit(web, { forwarding: 'tunnel' }))).toBe(
      '-e -t 10.0.0.100:80 -r 10.0.0.1:8080 -i -w 40',
    );
  });

  it.each([
    ['udp/[2001:db8::1]:53', '-u [2001:db8::1]:53'],
    ['sctp/10.0.0.100:3868', '--sctp-service 10.0.0.100:3868'],
    ['fwm/7', '-f 7'],
    ['fwm6/4294967295', '-f 4294967295 -6'],
  ])('selects %s with %s', (key, selected) => {
    expect(restoreLine(edit(key as ServiceKey))).toBe(`-e ${selected} -r 10.0.0.1:8080 -m -w 40`);
  });
});

describe('a new real server', () => {
  it('is added with everything it has', () => {
    const added = server({ weight: 0, upperThreshold: 9 });
    expect(restoreLine({ kind: 'add-server', service: web, server: added })).toBe(
      '-a -t 10.0.0.100:80 -r 10.0.0.1:8080 -m -w 0 -x 9',
    );
  });
});

describe('a removal', () => {
  it('has no forwarding method, which -d refuses', () => {
    expect(restoreLine({ kind: 'remove-server', service: web, server: server() })).toBe(
      '-d -t 10.0.0.100:80 -r 10.0.0.1:8080',
    );
  });
});

describe('another scheduler', () => {
  const service: VirtualService = {
    key: 'udp/10.0.0.100:5060' as ServiceKey,
    address: { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 5060 },
    scheduler: 'mh',
    schedulerFlags: ['mh-fallback', 'mh-port'],
    persistence: { timeoutS: 300, netmask: '255.255.0.0' },
    engine: 'sip',
    onePacket: true,
    servers: [],
  };

  it('comes with persistence, engine, one-packet and flags, which -E would drop', () => {
    expect(restoreLine({ kind: 'set-scheduler', service })).toBe(
      '-E -u 10.0.0.100:5060 -s mh -p 300 -M 255.255.0.0 --pe sip -o -b mh-fallback,mh-port',
    );
  });

  it('is a short line when there is nothing else', () => {
    const { persistence: _, engine: __, ...rest } = service;
    const plain = { ...rest, scheduler: 'wrr', schedulerFlags: [], onePacket: false };
    expect(restoreLine({ kind: 'set-scheduler', service: plain })).toBe(
      '-E -u 10.0.0.100:5060 -s wrr',
    );
  });
});

describe('the read-back', () => {
  it('lists each service in each view', () => {
    const services = [web, 'fwm6/7' as ServiceKey];
    expect(listLines(services, ['plain', 'thresholds', 'persistent-conn'])).toEqual([
      '-Ln -t 10.0.0.100:80',
      '-Ln -t 10.0.0.100:80 --thresholds',
      '-Ln -t 10.0.0.100:80 --persistent-conn',
      '-Ln -f 7 -6',
      '-Ln -f 7 -6 --thresholds',
      '-Ln -f 7 -6 --persistent-conn',
    ]);
  });
});
