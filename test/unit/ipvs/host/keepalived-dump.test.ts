import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { ManagedServer } from '../../../../src/domain/ipvs/managed-service.ts';
import { withOwnView, withVersion } from '../../../../src/ipvs/host/managers/ask-keepalived.ts';
import { parseKeepalivedDump } from '../../../../src/ipvs/host/managers/keepalived-dump.ts';
import type { CommandResult } from '../../../../src/rollout/ports.ts';

const golden = readFileSync(
  new URL('../../../golden/keepalived.2.2.7.check.data.txt', import.meta.url),
  'utf8',
);
const alive = { isAlive: true, isInhibited: false, trackFiles: [] } as const;
const plain = (weight: number, more: Partial<ManagedServer> = {}): ManagedServer => ({
  initialWeight: weight,
  effectiveWeight: weight,
  ...alive,
  ...more,
});

describe('the dump of keepalived 2.2.7', () => {
  it('has its services with quorum, weights, checks and tracked files', () => {
    const services = [...(parseKeepalivedDump(golden) ?? [])].map(([key, { quorum, servers }]) => [
      key,
      quorum,
      Object.fromEntries(servers),
    ]);
    expect(services).toEqual([
      [
        'tcp/10.0.1.100:80',
        2,
        {
          '10.0.2.11:8080': plain(1_000, {
            effectiveWeight: 700,
            trackFiles: [{ name: 't1', path: '/run/drain/t1', factor: 1 }],
          }),
          '10.0.2.12:8080': plain(50, { isAlive: false }),
          '10.0.2.13:8080': plain(70, { isAlive: false, isInhibited: true }),
        },
      ],
      ['fwm/7', 1, { '10.0.2.11:0': plain(3) }],
      ['tcp/[fd00:1::100]:80', 1, { '[fd00:2::11]:8080': plain(9) }],
    ]);
  });

  const changed = (...[from, to]: readonly [string | RegExp, string]) =>
    parseKeepalivedDump(golden.replace(from, to));
  const web = 'tcp/10.0.1.100:80' as ServiceKey;

  it('gives each member of a group the servers, whatever the group is of', () => {
    const group = changed('VS VIP = 10.0.1.100, VPORT = 80', 'VS GROUP = G1');
    expect([...(group?.keys() ?? [])].slice(0, 3)).toEqual([
      'tcp/10.0.1.100:81',
      'tcp/10.0.1.100:82',
      'tcp/[fd00::100]:81',
    ]);
    const marked = parseKeepalivedDump(
      golden
        .replace('VS VIP = 10.0.1.100, VPORT = 80', 'VS GROUP = G1')
        .replace('   VIP = 10.0.1.100, VPORT = 81', '   FWMARK = 9'),
    );
    expect([...(marked?.keys() ?? [])][0]).toBe('fwm/9');
  });

  it('has a reverse file as a factor below 0, and no weight below 0', () => {
    const reverse = changed('t1, weight 1\n', 't1, weight 2 reverse\n');
    const [server] = reverse?.get(web)?.servers.values() ?? [];
    expect(server?.trackFiles).toMatchObject([{ factor: -2 }]);
    const below = changed('effective weight = 700', 'effective weight = -300');
    expect([...(below?.get(web)?.servers.values() ?? [])][0]?.effectiveWeight).toBe(0);
  });

  it.each<[string, string | RegExp, string]>([
    ['is cut off', / {3}effective weight = 9[\s\S]*$/, ''],
    ['has no services', '------< LVS Topology >------', ''],
    ['names a group that it does not list', 'VS VIP = 10.0.1.100, VPORT = 80', 'VS GROUP = G2'],
    ['has another protocol', 'protocol = TCP', 'protocol = QUIC'],
    ['has another form of a server', 'RIP = 10.0.2.13, RPORT', 'ADDRESS = 10.0.2.13, RPORT'],
    ['says no quorum', 'quorum = 2,', 'votes = 2,'],
    ['says no weight', 'initial weight = 50', 'weight of file = 50'],
  ])('that %s is not taken for the whole', (_, from, to) => {
    expect(changed(from, to)).toBeUndefined();
  });
});

describe('keepalived that is asked', () => {
  const manager = { name: 'keepalived', pid: 812 };
  const exited = (exitCode: number, stdout = '', stderr = ''): CommandResult => ({
    kind: 'exited',
    ...{ exitCode, stdout, stderr },
  });

  it('owns what it says, and not what its file seemed to say', async () => {
    const asked: (readonly string[])[] = [];
    const said = await withOwnView({ ...manager, services: [] }, async (argv) => {
      asked.push(argv);
      return exited(0, golden);
    });
    expect(said.services).toEqual(['tcp/10.0.1.100:80', 'fwm/7', 'tcp/[fd00:1::100]:80']);
    expect(said.says?.get('tcp/10.0.1.100:80' as ServiceKey)?.quorum).toBe(2);
    expect(asked).toEqual([['sh', '-c', expect.stringContaining('kill -USR1'), 'sh', '812']]);
  });

  it.each<[CommandResult, RegExp]>([
    [exited(3, '', 'sh: kill: (812) - Operation not permitted\n'), /Operation not permitted$/],
    [exited(4), /wrote no keepalived_check\.data within 3 seconds/],
    [exited(5), /not a file of its own/],
    [exited(6), /has ended meanwhile/],
    [exited(1), /ended with 1$/],
    [exited(0, 'something else\n'), /is not as drain knows it/],
    [{ kind: 'timed-out', afterMs: 5_000 }, /timed-out/],
  ])('and does not say has its reason: %#', async (result, why) => {
    const { silent, says } = await withOwnView(manager, async () => result);
    expect(silent).toMatch(why);
    expect(says).toBeUndefined();
  });

  it('says its version on stderr; another program says none', async () => {
    const printed = ' Keepalived v2.2.7 (01/16,2022)\n\nCopyright(C) 2001-2022\n';
    expect(await withVersion(manager, async () => exited(0, '', printed))).toEqual({
      ...manager,
      version: '2.2.7',
    });
    expect(await withVersion(manager, async () => exited(127, '', 'not found'))).toEqual(manager);
    expect(await withVersion(manager, async () => ({ kind: 'timed-out', afterMs: 1 }))).toEqual(
      manager,
    );
  });
});
