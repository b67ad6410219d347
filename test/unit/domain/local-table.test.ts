import { describe, expect, it } from 'vitest';
import { localTable, netnsOfTable, raisingWords } from '../../../src/domain/rollout/local-table.ts';
import { tableOf } from '../../../src/domain/rollout/rollout-locks.ts';

describe('the name of a local table', () => {
  it.each([
    ['ipvsadm', 'ipvsadm'],
    [' ipvsadm ', 'ipvsadm'],
    ['/sbin/ipvsadm', 'ipvsadm'],
    ['/usr/sbin/ipvsadm', 'ipvsadm'],
    ['/usr/local/sbin/ipvsadm', 'ipvsadm'],
    ['sudo ipvsadm', 'ipvsadm'],
    ['sudo -n -u root /sbin/ipvsadm', 'ipvsadm'],
    ['/usr/bin/sudo  --non-interactive -- ipvsadm', 'ipvsadm'],
    ['doas ipvsadm', 'ipvsadm'],
    ['ip netns exec lb ipvsadm', 'ip netns exec lb ipvsadm'],
    ['/sbin/ip netns exec lb /sbin/ipvsadm', 'ip netns exec lb ipvsadm'],
    ['sudo ip netns exec lb ipvsadm', 'ip netns exec lb ipvsadm'],
    ['ip netns exec lb sudo ipvsadm', 'ip netns exec lb ipvsadm'],
    ['nsenter --net=/var/run/netns/lb ipvsadm', 'ip netns exec lb ipvsadm'],
    ['nsenter -n/run/netns/lb ipvsadm', 'ip netns exec lb ipvsadm'],
    ['nsenter -n/run/netns/lb sudo ipvsadm', 'ip netns exec lb ipvsadm'],
    ['ipvsadm -L', 'ipvsadm -L'],
    ['/bin/ipvsadm', 'ipvsadm'],
    ['/opt/sbin/ipvsadm', '/opt/sbin/ipvsadm'],
    ['/bin/ip netns exec lb ipvsadm', 'ip netns exec lb ipvsadm'],
    ['/opt/sbin/ip netns exec lb ipvsadm', '/opt/sbin/ip netns exec lb ipvsadm'],
    ['ip netns exec lb /opt/lb/ipvsadm', 'ip netns exec lb /opt/lb/ipvsadm'],
    ['ip netns add lb ipvsadm', 'ip netns add lb ipvsadm'],
    ['ip vrf exec lb ipvsadm', 'ip vrf exec lb ipvsadm'],
    ['tool netns exec lb ipvsadm', 'tool netns exec lb ipvsadm'],
    ['nsenter -n/run/netns/lb/x ipvsadm', 'nsenter -n/run/netns/lb/x ipvsadm'],
    ['nsenter x-n/run/netns/lb ipvsadm', 'nsenter x-n/run/netns/lb ipvsadm'],
    ['nsenter -t1 ipvsadm', 'nsenter -t1 ipvsadm'],
    ['tool -n/run/netns/lb ipvsadm', 'tool -n/run/netns/lb ipvsadm'],
    ['visudo ipvsadm', 'visudo ipvsadm'],
    ['sudoedit ipvsadm', 'sudoedit ipvsadm'],
    ['sudo -- -x ipvsadm', '-x ipvsadm'],
    ['sudo docker exec lb ipvsadm', 'docker exec lb ipvsadm'],
    ['/opt/lb/ipvsadm', '/opt/lb/ipvsadm'],
    ['ipvsadm-lb2', 'ipvsadm-lb2'],
    ['', ''],
  ])('%s is %s', (words, table) => {
    expect(tableOf({ director: 'lb', where: 'local', ipvsadm: words })).toBe(table);
    // What has a name keeps it, so a mark of any version has one name.
    expect(localTable(table)).toBe(table);
  });

  it.each(['ssh://lb1', 'ssh://lb1 sudo -n ip netns exec a ipvsadm', 'sim:x.yaml'])(
    'leaves that of another kind alone: %s',
    (table) => expect(localTable(table)).toBe(table),
  );
});

describe('the network namespace of a table', () => {
  it('is in its name', () => {
    expect(netnsOfTable('ip netns exec lb ipvsadm')).toBe('lb');
    for (const other of ['ipvsadm', 'ip netns exec lb ipvsadm -L', 'x ip netns exec lb ipvsadm']) {
      expect(netnsOfTable(other)).toBeUndefined();
    }
  });
});

describe('the words that make a command of root', () => {
  it.each([
    ['ipvsadm', ''],
    ['sudo ipvsadm', 'sudo'],
    ['sudo -n -u root ipvsadm -L', 'sudo -n -u root'],
    ['sudo -nu root ipvsadm', 'sudo -nu root'],
    ['sudo -E -- ip netns exec lb ipvsadm', 'sudo -E --'],
    ['/usr/bin/doas -n ipvsadm', '/usr/bin/doas -n'],
    ['ip netns exec lb sudo ipvsadm', ''],
    ['', ''],
  ])('in `%s` are `%s`', (command, raising) => {
    const words = command.split(' ').filter((word) => word !== '');
    expect(raisingWords(words).join(' ')).toBe(raising);
  });
});
