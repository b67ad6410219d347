import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  formatServerName,
  ipv6Words,
  isLoopback,
  parseServerName,
  parseServiceKey,
} from '../../../src/domain/address.ts';

describe('an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    // One zero word is none too many; of two runs the first is shortened, of unequal ones the longer.
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['1:0:0:4:5:0:0:8', '1::4:5:0:0:8'],
    ['1:0:0:4:0:0:0:8', '1:0:0:4::8'],
    ['0:0:3:4:5:6:7:8', '::3:4:5:6:7:8'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3'],
    ['::ffff:a01:203', '::ffff:10.1.2.3'],
    ['::a01:203', '::10.1.2.3'],
    ['::fffe:a01:203', '::fffe:a01:203'],
    ['0:0:3:4:5:ffff:a01:203', '::3:4:5:ffff:a01:203'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is printed as %s, which is how glibc and ipvsadm do', (written, printed) => {
    expect(canonicalAddress(written)).toBe(printed);
  });

  it('of IPv6 has eight words', () => {
    expect(ipv6Words('fd00::1')).toEqual([0xfd00, 0, 0, 0, 0, 0, 0, 1]);
    expect(ipv6Words('1:2:3:4:5:6:7:8')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(ipv6Words('::ffff:10.1.2.3')).toEqual([0, 0, 0, 0, 0, 0xffff, 0x0a01, 0x0203]);
    expect(ipv6Words('::')).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['128.0.0.1', false],
    ['10.127.0.1', false],
    ['::1', true],
    ['::2', false],
    ['localhost', true],
    ['LOCALHOST', true],
    ['127.example', false],
    ['lb1', false],
  ])('%s is of this machine alone: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('a server as somebody writes it', () => {
  it.each([
    ['10.0.0.1', { address: '10.0.0.1' }],
    ['10.0.0.1:8080', { address: '10.0.0.1', port: 8_080 }],
    ['10.0.0.1:65535', { address: '10.0.0.1', port: 65_535 }],
    ['2001:db8::1', { address: '2001:db8::1' }],
    ['[2001:db8::1]', { address: '2001:db8::1' }],
    ['[2001:db8::1]:80', { address: '2001:db8::1', port: 80 }],
  ])('is %s', (text, name) => {
    expect(parseServerName(text)).toEqual(name);
  });

  it.each([
    'web1',
    '10.0.0.1:',
    '10.0.0.1:http',
    '10.0.0.1:1e3',
    '10.0.0.1:80.0',
    '10.0.0.1:65536',
    '10.0.0.1:80:80',
    '[10.0.0.1]:80',
    '[2001:db8::1',
    'x[2001:db8::1]:80',
    '[2001:db8::1]80',
    '[]:80',
  ])('is none in %s', (text) => {
    expect(parseServerName(text)).toBeUndefined();
  });

  it('is printed with its port where it has one', () => {
    expect(formatServerName({ address: '10.0.0.1' })).toBe('10.0.0.1');
    expect(formatServerName({ address: '10.0.0.1', port: 80 })).toBe('10.0.0.1:80');
    expect(formatServerName({ address: '2001:db8::1', port: 80 })).toBe('[2001:db8::1]:80');
  });
});

describe('the key of a service', () => {
  it.each(['tcp', 'udp', 'sctp'])('has %s, address and port', (protocol) => {
    const address = { kind: 'address', protocol, address: '10.0.0.100', port: 80 };
    expect(parseServiceKey(`${protocol}/10.0.0.100:80`)).toEqual(address);
  });

  it('has a mark from 1 to 4294967295', () => {
    const mark = (n: number, family: 4 | 6) => ({ kind: 'fwmark', mark: n, family });
    expect(parseServiceKey('fwm/1')).toEqual(mark(1, 4));
    expect(parseServiceKey('fwm6/7')).toEqual(mark(7, 6));
    expect(parseServiceKey('fwm/4294967295')).toEqual(mark(4_294_967_295, 4));
  });

  it.each([
    'fwm/0',
    'fwm/4294967296',
    'fwm/00000000007',
    'fwm/7a',
    'fwm/a7',
    'fwm/',
    'icmp/10.0.0.100:80',
    'tcp/10.0.0.100',
    'tcp/web:80',
    ' tcp/10.0.0.100:80',
    '10.0.0.100:80',
    '',
  ])('is not "%s"', (text) => {
    expect(parseServiceKey(text)).toBeUndefined();
  });
});
