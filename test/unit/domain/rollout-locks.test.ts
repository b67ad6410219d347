import { describe, expect, it } from 'vitest';
import { tableOf } from '../../../src/domain/rollout/rollout-locks.ts';

describe('the table of a director', () => {
  it.each([
    ['local', 'ip netns exec lb ipvsadm', 'ip netns exec lb ipvsadm'],
    ['sim:x.yaml', 'ipvsadm', 'sim:x.yaml'],
    ['ssh://root@lb1', 'ipvsadm', 'ssh://lb1'],
    ['ssh://ops@LB1:22', 'sudo -n ipvsadm', 'ssh://lb1'],
    ['ssh://lb1', '/usr/sbin/ipvsadm', 'ssh://lb1'],
    ['ssh://lb1:2222', 'ipvsadm', 'ssh://lb1:2222'],
    ['ssh://lb2', 'ipvsadm', 'ssh://lb2'],
    ['ssh://lb1', 'ip netns exec a ipvsadm', 'ssh://lb1 ip netns exec a ipvsadm'],
    ['ssh://lb1', 'sudo -n ip netns exec a ipvsadm', 'ssh://lb1 sudo -n ip netns exec a ipvsadm'],
  ])('%s through `%s` is %s', (where, ipvsadm, table) => {
    expect(tableOf({ director: 'lb', where, ipvsadm })).toBe(table);
  });
});
