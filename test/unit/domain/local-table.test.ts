import { describe, expect, it } from 'vitest';
import { localTable, netnsOfTable } from '../../../src/domain/rollout/local-table.ts';
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
