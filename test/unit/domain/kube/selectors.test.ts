import { describe, expect, it } from 'vitest';
import {
  isWithin,
  parseAddressRange,
  whyNoMachine,
} from '../../../../src/domain/kube/address-range.ts';
import { parseLabelSelector, selects } from '../../../../src/domain/kube/label-selector.ts';
import { matchesTaint, parseTaintPattern } from '../../../../src/domain/kube/taint-pattern.ts';

describe('a label selector', () => {
  const labels = new Map([
    ['role', 'edge'],
    ['empty', ''],
    ['topology.kubernetes.io/zone', 'a'],
  ]);

  it.each([
    ['', true],
    ['role', true],
    ['role=edge', true],
    ['role==edge', true],
    ['role = edge', true],
    ['role=web', false],
    ['role!=web', true],
    ['role!=edge', false],
    ['absent!=x', true],
    ['!absent', true],
    ['! absent', true],
    ['!role', false],
    ['empty=', true],
    ['role=', false],
    ['role in (web, edge)', true],
    ['role in (web)', false],
    ['absent in (web)', false],
    ['role notin (web)', true],
    ['role notin (edge,web)', false],
    ['absent notin (x)', true],
    ['topology.kubernetes.io/zone in (a,b),role=edge,!absent', true],
    ['topology.kubernetes.io/zone in (a,b),role=web', false],
  ])('%j of the node: %s', (text, expected) => {
    const selector = parseLabelSelector(text);
    expect(selector && selects(selector, labels)).toBe(expected);
  });

  it.each([
    'role in edge',
    'role in (',
    'a=b=c',
    ',',
    'a,,b',
    'ro le',
    '=x',
    '!',
    'a/b/c',
    '-a',
    'x=é',
    'a in (b) c',
    'a b in (c)',
  ])('%j is none', (text) => {
    expect(parseLabelSelector(text)).toBeUndefined();
  });
});

describe('a range of addresses', () => {
  it.each([
    ['10.0.0.0/16', '10.0.255.255', true],
    ['10.0.0.0/16', '10.1.0.0', false],
    ['10.0.0.0/15', '10.1.0.0', true],
    ['10.0.0.128/25', '10.0.0.127', false],
    ['10.0.0.129/25', '10.0.0.200', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:db8::1/128', '2001:db8::1', true],
  ])('%s and %s: %s', (text, address, expected) => {
    const range = parseAddressRange(text);
    expect(range && isWithin(range, address)).toBe(expected);
  });

  it.each([
    '',
    '/8',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    'host',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
  ])('%j is none', (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });

  it.each([
    '10.0.0.1',
    '203.0.113.1',
    'fd00::1',
    '2001:db8::1',
    '100.64.0.1',
    '169.253.0.1',
    '223.255.255.255',
  ])('%s is an address of a machine', (address) => {
    expect(whyNoMachine(address)).toBeUndefined();
  });
});

describe('a taint', () => {
  const taint = { key: 'a.example/b', value: 'v', effect: 'NoSchedule' };

  it.each([
    ['a.example/b', true],
    ['a.example/b=v', true],
    ['a.example/b=w', false],
    ['a.example/b=', false],
    ['a.example/b:NoSchedule', true],
    ['a.example/b:NoExecute', false],
    ['a.example/b=v:NoSchedule', true],
    ['a.example/bb', false],
    ['b', false],
  ])('%s: %s', (text, expected) => {
    const pattern = parseTaintPattern(text);
    expect(pattern && matchesTaint(pattern, taint)).toBe(expected);
  });

  it.each(['', '=v', ':NoSchedule', 'a:noschedule', 'a b', 'a:', 'a/b/c'])('%j is none', (text) => {
    expect(parseTaintPattern(text)).toBeUndefined();
  });
});
