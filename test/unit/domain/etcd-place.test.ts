import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etcdPlaceName, parseEtcdPlace } from '../../../src/domain/places/etcd-place.ts';

const place = (text: string) => {
  const parsed = parseEtcdPlace(text);
  return parsed.ok ? parsed.value : parsed.failure;
};

describe('an address of etcd', () => {
  it('names hosts, a prefix, and whether there is TLS', () => {
    expect(place('etcd://lb1')).toEqual({
      secure: false,
      endpoints: ['lb1:2379'],
      prefix: 'drain/',
      leaseMs: 12_000,
    });
    expect(place('etcds://lb1:2379,[2001:DB8::1]:4001,lb1/site-a/web/')).toEqual({
      secure: true,
      endpoints: ['lb1:2379', '[2001:db8::1]:4001'],
      prefix: 'site-a/web/',
      leaseMs: 12_000,
    });
  });

  it('names a user, certificates and the lease', () => {
    const text = 'etcds://dr%40in@lb1/x?ca=/etc/ca.pem&cert=c.pem&key=k.pem&lease=15s';
    expect(place(text)).toEqual({
      secure: true,
      endpoints: ['lb1:2379'],
      prefix: 'x/',
      user: 'dr@in',
      ca: '/etc/ca.pem',
      cert: 'c.pem',
      key: 'k.pem',
      leaseMs: 15_000,
    });
    const parsed = parseEtcdPlace(text);
    expect(parsed.ok && etcdPlaceName(parsed.value)).toBe('etcds://lb1:2379/x');
  });

  it('takes a lease of 2s to 5m, and a prefix of two hundred characters', () => {
    const prefix = 'x'.repeat(200);
    expect(place(`etcd://lb1/${prefix}?lease=2s`)).toMatchObject({ leaseMs: 2_000 });
    expect(place(`etcd://lb1/${prefix}?lease=5m`)).toMatchObject({
      prefix: `${prefix}/`,
      leaseMs: 300_000,
    });
    expect(place(`etcd://lb1/x${prefix}`)).toMatchObject({ next: expect.stringMatching(/prefix/) });
  });

  it.each([
    ['etcd://x[::1]:2379/d', /is no address of etcd/, /name hosts and ports/],
    ['etcd://lb1:2379x/d', /is no address of etcd/, /name hosts and ports/],
    ['etcd://a/x?lease=301s', /"301s" is no lease/, /2s to 5m/],
    ['etcd://', /is no address of etcd/, /etcd:\/\/10\.0\.0\.1:2379/],
    ['etcd://a:99999/x', /is no address of etcd/, /name hosts and ports/],
    ['etcd://a,,b/x', /is no address of etcd/, /name hosts and ports/],
    ['etcd://a/x y', /is no address of etcd/, /a prefix is of letters/],
    ['etcd://a//x', /is no address of etcd/, /a prefix is of letters/],
    ['etcd://@a/x', /is no address of etcd/, /the user before the @ is empty/],
    ['etcd://a/x?ca=f', /is no address of etcd/, /begin with etcds:/],
    ['etcds://a/x?cert=f', /needs its key/, /\?cert=FILE&key=FILE/],
    ['etcd://a/x?lease=1s', /"1s" is no lease/, /2s to 5m/],
    ['etcd://a/x?color=red', /"color" is no option/, /ca, cert, key/],
    ['etcd://a/\u001b[2J', /"etcd:\/\/a\/\\x1b\[2J"/, /prefix/],
  ])('%s is refused with what to write instead', (text, what, next) => {
    expect(place(text)).toMatchObject({
      what: expect.stringMatching(what),
      next: expect.stringMatching(next),
    });
  });

  it('with a password in it is refused, and the password not repeated', () => {
    const refused = place('etcds://drain:hunter2@lb1/x');
    expect(refused).toMatchObject({ next: expect.stringContaining('DRAIN_ETCD_PASSWORD') });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });

  it('of any text is read or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof parseEtcdPlace(`etcd://${text}`).ok).toBe('boolean');
      }),
    );
  });
});

describe('what is no address of etcd', () => {
  it.each(['xetcd://lb1', 'http://lb1', 'etcd:/lb1', 'etcd://lb1/x#y', 'lb1:2379'])(
    '%s is told how one is written',
    (text) => {
      expect(place(text)).toMatchObject({
        next: 'write it as etcd://10.0.0.1:2379,10.0.0.2:2379/drain',
      });
    },
  );
});
