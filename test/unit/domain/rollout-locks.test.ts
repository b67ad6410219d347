import { describe, expect, it } from 'vitest';
import { accessOf, accessOfTable, tableOf } from '../../../src/domain/rollout/rollout-locks.ts';

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

describe('the way to a table by its name', () => {
  it.each([
    ['ipvsadm', 'local', 'ipvsadm'],
    ['ip netns exec lb ipvsadm', 'local', 'ip netns exec lb ipvsadm'],
    ['sim:x y.yaml', 'sim:x y.yaml', 'ipvsadm'],
    ['ssh://lb1', 'ssh://lb1', 'ipvsadm'],
    [
      'ssh://lb1:2222 sudo -n ip netns exec a ipvsadm',
      'ssh://lb1:2222',
      'sudo -n ip netns exec a ipvsadm',
    ],
  ])('%s is %s through `%s`, and has that name again', (table, where, ipvsadm) => {
    expect(accessOfTable(table)).toEqual({ where, ipvsadm });
    expect(tableOf({ director: 'lb', where, ipvsadm })).toBe(table);
  });

  it('is that of the director which is named', () => {
    const access = ['lb1', 'lb2'].map((director) => ({
      director,
      where: 'local',
      ipvsadm: director,
    }));
    expect(accessOf(access, 'lb2')).toEqual({ director: 'lb2', where: 'local', ipvsadm: 'lb2' });
    expect(() => accessOf(access, 'lb3')).toThrow('how director lb3 is reached');
  });
});
