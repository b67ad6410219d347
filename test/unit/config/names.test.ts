import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import { resolveServers } from '../../../src/config/names/server-names.ts';

const noHosts = async () => [];
const table = { services: [] };

describe('a name that is a group as well', () => {
  it('is refused, for nobody could tell which is meant', () => {
    const text = 'names: {web1: 10.0.0.1}\ngroups:\n  blue: [web1]\n  web1: [10.0.0.2]\n';
    expect(parseConfig(text, 'drain.yaml')).toEqual({
      ok: false,
      failure: expect.objectContaining({
        kind: 'usage',
        what: '"web1" is a group and a name',
        where: 'drain.yaml:4:3',
        next: 'call one of them something else',
      }),
    });
  });
});

describe('a name that nobody knows', () => {
  const known = {
    names: new Map([['web1', '10.0.0.3']]),
    groups: new Map([['blue', ['10.0.0.1']]]),
  };

  it.each([
    [
      'bleu',
      '"bleu" is no group or name of the config file, and no host of that name is known (did you mean blue?)',
    ],
    [
      'wbe1',
      '"wbe1" is no group or name of the config file, and no host of that name is known (did you mean web1?)',
    ],
    ['wéb1', '"wéb1" is no real server (did you mean web1?)'],
    [
      'lb.example',
      '"lb.example" is no group or name of the config file, and no host of that name is known',
    ],
  ])('%s: is refused with the one that may be meant', async (text, what) => {
    const found = await resolveServers(text, known, noHosts, table);
    expect(found).toMatchObject({ ok: false, failure: { kind: 'usage', what } });
  });
});

describe('a config file that is not there', () => {
  it('is said where a name is missed, with the places that were looked at', async () => {
    const known = { names: new Map(), groups: new Map(), looked: ['/a/drain.yaml', '/etc/b.yaml'] };
    const found = await resolveServers('blue', known, noHosts, table);
    expect(found).toMatchObject({
      ok: false,
      failure: {
        next: 'check the spelling, or give the address; there is no config file: neither /a/drain.yaml nor /etc/b.yaml, and --config names none',
      },
    });
  });
});

describe('an address', () => {
  it.each([
    ['names: {10.0.2.11: 10.0.2.13}', '10.0.2.11', 'drain.yaml:1:9'],
    ['names:\n  web1: 10.0.2.1\n  10.0.2.11:80: 10.0.2.13', '10.0.2.11:80', 'drain.yaml:3:3'],
    ['names: {"2001:DB8::1": 10.0.2.13}', '2001:DB8::1', 'drain.yaml:1:9'],
    ['groups: {10.0.2.11: [10.0.2.13]}', '10.0.2.11', 'drain.yaml:1:10'],
  ])('is no name of a config file: %j', (text, address, where) => {
    expect(parseConfig(text, 'drain.yaml')).toEqual({
      ok: false,
      failure: expect.objectContaining({
        kind: 'usage',
        what: `${address} is an address, and stands for itself`,
        where,
      }),
    });
  });

  it('stands for itself, whatever is known of its name', async () => {
    const known = {
      names: new Map([['10.0.2.11', '10.0.2.13']]),
      groups: new Map([['10.0.2.12', ['10.0.2.13']]]),
    };
    for (const address of ['10.0.2.11', '10.0.2.12']) {
      const found = await resolveServers(address, known, noHosts, table);
      expect(found).toEqual({ ok: true, value: [{ address }] });
    }
  });
});
