import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  directorNameOf,
  isSshAddress,
  parseSshAddress,
  sshByHand,
  sshMachine,
} from '../../../src/domain/places/ssh-address.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

function parsed(text: string) {
  const address = parseSshAddress(text);
  if (!address.ok) throw new Error(address.failure.what);
  return address.value;
}

/** The others are odd, but might be the name of a machine. */
const noNames = hostileTexts.map(([, text]) => text).filter((text) => !/^(\w{1,30})$/.test(text));

describe('the address of a director behind ssh', () => {
  it.each([
    ['ssh://lb1', { host: 'lb1' }, 'lb1', 'ssh lb1'],
    ['ssh://root@lb1', { user: 'root', host: 'lb1' }, 'lb1', 'ssh root@lb1'],
    ['ssh://lb1:2222', { host: 'lb1', port: 2222 }, 'lb1:2222', 'ssh -p 2222 lb1'],
    ['ssh://10.0.0.9', { host: '10.0.0.9' }, '10.0.0.9', 'ssh 10.0.0.9'],
    ['ssh://[2001:DB8:0::1]', { host: '2001:db8::1' }, '2001:db8::1', 'ssh 2001:db8::1'],
    [
      'ssh://ops@[2001:db8::1]:2222',
      { user: 'ops', host: '2001:db8::1', port: 2222 },
      '[2001:db8::1]:2222',
      'ssh -p 2222 ops@2001:db8::1',
    ],
    ['ssh://a@b.org@lb1', { user: 'a@b.org', host: 'lb1' }, 'lb1', 'ssh a@b.org@lb1'],
  ])('%s has a user, a host and a port', (text, address, name, byHand) => {
    expect(parsed(text)).toEqual(address);
    expect(directorNameOf(parsed(text))).toBe(name);
    expect(sshByHand(parsed(text)).join(' ')).toBe(byHand);
  });

  it.each([
    'ssh://',
    'xssh://lb1',
    'ssh://[2001:db8::1]x',
    'ssh:lb1',
    'ssh://lb1/',
    'ssh://lb1:',
    'ssh://lb1:0',
    'ssh://lb1:65536',
    'ssh://lb1:+22',
    'ssh://@lb1',
    'ssh://root:secret@lb1',
    'ssh://2001:db8::1',
    'ssh://[lb1]',
    'ssh://[fe80::1%eth0]',
    'ssh://-oProxyCommand=id',
    'ssh://-oProxyCommand=id@lb1',
    'ssh://lb1%h',
    'ssh://l b1',
    'ssh://lb1\n',
    ...noNames.flatMap((text) => [`ssh://${text}`, `ssh://${text}@lb1`]),
    ...hostileTexts.map(([, text]) => `ssh://lb1:${text}`),
  ])('is not %j', (text) => {
    const address = parseSshAddress(text);
    expect(address).toMatchObject({ ok: false, failure: { kind: 'usage' } });
    expect(!address.ok && address.failure.what).not.toMatch(/[^\x20-\u2026]/);
  });

  it('is told from a place of another kind by how it begins', () => {
    expect(['ssh://lb1', 'SSH://lb1', 'ssh:lb1'].every(isSshAddress)).toBe(true);
    expect(['local', 'sim:ssh:x.yaml', 'xssh://lb1', ''].some(isSshAddress)).toBe(false);
  });

  it('is never an option, and holds no character that a shell or ssh_config(5) knows', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab-@:[]%$ \'"`;=/~\\1') });
    fc.assert(
      fc.property(text, (rest) => {
        const address = parseSshAddress(`ssh://${rest}`);
        if (!address.ok) return;
        const { user = 'u', host } = address.value;
        expect(user).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.+@-]*$/);
        expect(host).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/);
      }),
    );
  });

  it.each([
    ['ssh://lb1', ['ssh://root@lb1', 'ssh://LB1', 'ssh://lb1:22', 'ssh://ops@Lb1:22']],
    ['ssh://lb1:2222', ['ssh://root@lb1:2222']],
    ['ssh://[2001:db8::1]', ['ssh://[2001:DB8::1]:22', 'ssh://root@[2001:db8:0::1]']],
  ])('%s is the same machine as %j', (machine, others) => {
    for (const text of others) expect(sshMachine(parsed(text))).toBe(machine);
  });
});
