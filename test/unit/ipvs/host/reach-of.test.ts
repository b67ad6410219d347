import { describe, expect, it } from 'vitest';
import { isPlainHere } from '../../../../src/ipvs/host/reach-of.ts';

describe('the table that `ipvsadm` edits is that of this namespace', () => {
  it.each([
    [['ipvsadm']],
    [['sudo', '-n', 'ipvsadm']],
    [['doas', '-u', 'root', 'ipvsadm']],
  ] as const)('for %j', (command) => {
    expect(isPlainHere(command)).toBe(true);
  });

  it.each([
    [['ip', 'netns', 'exec', 'lb', 'ipvsadm']],
    [['docker', 'exec', 'lb', 'ipvsadm']],
    [['./ipvsadm']],
    [['sudo', '/opt/lb1/ipvsadm']],
    [['my-ipvsadm']],
  ] as const)('but nobody knows for %j', (command) => {
    expect(isPlainHere(command)).toBe(false);
  });
});
