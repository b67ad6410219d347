import { describe, expect, it } from 'vitest';
import { ownedByConf } from '../../../../src/files/keepalived/services-owned.ts';
import { ldirectordServices } from '../../../../src/ipvs/host/managers/ldirectord-cf.ts';
import { withServices } from '../../../../src/ipvs/host/managers/managed-services.ts';

const conf = `! Configuration
global_defs { router_id lab } # virtual_server 10.9.9.9 80 {
vrrp_instance one {
  virtual_ipaddress { 10.0.1.100 }
}
virtual_server 10.0.1.100 80 {
  protocol TCP
  lvs_sched wrr
  real_server 10.0.2.11 8080 { weight 100
    MISC_CHECK { misc_path "/usr/bin/test -e /run/up" }
    # a check may name a protocol of its own
    DNS_CHECK { protocol UDP }
  }
}
virtual_server FD00:0::1 53
{
  protocol UDP
}
virtual_server fwmark 7 { protocol UDP }
`;

const keepalivedServices = (text: string) => ownedByConf(text, 'lab').services;

describe('the services of keepalived.conf', () => {
  it('are its virtual_server blocks, by address, port and protocol, or by mark', () => {
    expect(keepalivedServices(conf)).toEqual(['tcp/10.0.1.100:80', 'udp/[fd00::1]:53', 'fwm/7']);
  });

  it('are of either kind where it names no protocol, for releases differ', () => {
    expect(keepalivedServices('virtual_server 10.0.1.100 80 {\n}\n')).toEqual([
      'udp/10.0.1.100:80',
      'tcp/10.0.1.100:80',
    ]);
  });

  it('are those of the director that a condition names', () => {
    const text = 'vrrp_instance one {\n  @lab priority 100\n  @other priority 50\n}\n';
    expect(
      keepalivedServices(`${text}virtual_server 10.0.1.100 80 {\n  protocol TCP\n}\n`),
    ).toEqual(['tcp/10.0.1.100:80']);
  });

  it('are none where it only moves addresses', () => {
    expect(keepalivedServices('vrrp_instance one { state MASTER }\n')).toEqual([]);
  });

  it.each([
    ['another file', 'include /etc/keepalived/conf.d/*.conf\n'],
    ['a file within a service', 'virtual_server 10.0.1.100 80 {\n  include rs/*.conf\n}\n'],
    ['a group', 'virtual_server group web { protocol TCP }\n'],
    ['a macro', '$VIP=10.0.1.100\nvirtual_server $VIP 80 {\n}\n'],
    ['a condition', '@other virtual_server 10.0.1.100 80 { protocol TCP }\n'],
    ['half a file', 'virtual_server 10.0.1.100 80'],
  ])('are not known where the text leads to %s', (_, text) => {
    expect(keepalivedServices(text)).toBeUndefined();
  });
});

describe('the services of ldirectord.cf', () => {
  it('are its virtual lines, DNS as UDP', () => {
    const text = `checktimeout=2
virtual=10.0.1.100:80
\treal=10.0.2.11:8080 masq 100
\tprotocol=tcp
virtual = 10.0.1.100:53
\treal=10.0.2.11:53 masq
virtual6=[fd00::1]:443
virtual=7
\tprotocol=fwm
# virtual=10.9.9.9:80
`;
    expect(ldirectordServices(text)).toEqual([
      'tcp/10.0.1.100:80',
      'udp/10.0.1.100:53',
      'tcp/[fd00::1]:443',
      'fwm/7',
      'fwm6/7',
    ]);
  });

  it('are not known where one has a name', () => {
    expect(ldirectordServices('virtual=www.example.com:http\n')).toBeUndefined();
  });
});

describe('the services of a manager', () => {
  const files = (all: Readonly<Record<string, string>>) => async (path: string) => all[path];
  const one = [{ name: 'keepalived', pid: 812 }];
  const usual = '/etc/keepalived/keepalived.conf';
  const service = 'virtual_server 10.0.1.100 80 {\n  protocol TCP\n}\n';

  it.each([
    [['keepalived', '-n'], '/etc/keepalived/keepalived.conf'],
    [['keepalived', '-n', '-f', '/srv/k.conf'], '/srv/k.conf'],
    [['keepalived', '--use-file=/srv/k.conf'], '/srv/k.conf'],
  ])('are those of the file of %j, as that process sees it', async (words, path) => {
    const read = files({
      '/proc/812/cmdline': `${words.join('\0')}\0`,
      [`/proc/812/root${path}`]: service,
    });
    expect(await withServices(one, read)).toEqual([
      { name: 'keepalived', pid: 812, file: path, services: ['tcp/10.0.1.100:80'] },
    ]);
  });

  it('of ldirectord are those of the file it was started with', async () => {
    const read = files({
      '/proc/90/cmdline': '/usr/bin/perl\0/usr/sbin/ldirectord\0/etc/ha.d/web.cf\0start\0',
      '/proc/90/root/etc/ha.d/web.cf': 'virtual=10.0.1.100:80\n',
    });
    expect(await withServices([{ name: 'ldirectord', pid: 90 }], read)).toEqual([
      {
        name: 'ldirectord',
        pid: 90,
        file: '/etc/ha.d/web.cf',
        services: ['tcp/10.0.1.100:80'],
      },
    ]);
  });

  it('come with the word that a tracked file has an init_file', async () => {
    const text = `track_file web1 {\n  file /var/lib/drain/keepalived/web1\n  init_file 0\n}\n${service}`;
    const read = files({ '/proc/812/cmdline': 'keepalived\0', [`/proc/812/root${usual}`]: text });
    expect(await withServices(one, read)).toEqual([
      { ...one[0], file: usual, services: ['tcp/10.0.1.100:80'], initsFiles: true },
    ]);
  });

  it('are none of one that only speaks VRRP', async () => {
    const read = files({ '/proc/812/cmdline': 'keepalived\0-P\0' });
    expect(await withServices(one, read)).toEqual([{ ...one[0], file: usual, services: [] }]);
  });

  it('are not known where the file or the command line cannot be read', async () => {
    expect(await withServices(one, files({}))).toEqual(one);
    expect(await withServices(one, files({ '/proc/812/cmdline': 'keepalived\0' }))).toEqual([
      { ...one[0], file: usual },
    ]);
  });
});
