import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import { resolveServers } from '../../../src/config/names/server-names.ts';
import { ok } from '../../../src/domain/failure.ts';

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
    const found = await resolveServers(text, known, { lookUp: noHosts }, table);
    expect(found).toMatchObject({ ok: false, failure: { kind: 'usage', what } });
  });
});

describe('a config file that is not there', () => {
  it('is said where a name is missed, with the places that were looked at', async () => {
    const known = { names: new Map(), groups: new Map(), looked: ['/a/drain.yaml', '/etc/b.yaml'] };
    const found = await resolveServers('blue', known, { lookUp: noHosts }, table);
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
      const found = await resolveServers(address, known, { lookUp: noHosts }, table);
      expect(found).toEqual({ ok: true, value: [{ address }] });
    }
  });
});

describe('a container', () => {
  const bridge = [{ network: 'bridge', address: '172.17.0.3' }];
  const both = [
    { network: 'front', address: '10.5.0.3' },
    { network: 'back', address: '10.6.0.3' },
  ];
  const dual = [
    { network: 'front', address: 'fd00::3' },
    { network: 'front', address: '10.5.0.3' },
  ];
  const addresses: Readonly<Record<string, typeof bridge>> = {
    'web-2': bridge,
    'web-3': both,
    dual,
  };
  const sources = {
    lookUp: noHosts,
    containers: { addresses: async (name: string) => ok(addresses[name] ?? []) },
  };
  const known = {
    names: new Map([['two', 'docker://web-2']]),
    groups: new Map([['green', ['docker://web-2', 'docker://dual:81']]]),
  };
  const holding = (address: string) => ({ services: [{ servers: [{ address }] }] }) as never;
  const of = (text: string, of_ = table) => resolveServers(text, known, sources, of_ as never);

  it('is its address, with the port and the name that it is written with, also by a name or in a group', async () => {
    const called = { address: '172.17.0.3', called: 'web-2' };
    expect(await of('docker://web-2')).toEqual(ok([called]));
    expect(await of('docker://web-2:8080')).toEqual(ok([{ ...called, port: 8080 }]));
    expect(await of('two')).toEqual(ok([{ ...called, called: 'two' }]));
    expect(await of('green')).toEqual(
      ok([called, { address: '10.5.0.3', port: 81, called: 'dual' }]),
    );
  });

  it('in several networks is the address in the table, else refused with all of them', async () => {
    expect(await of('docker://web-3', holding('10.6.0.3'))).toMatchObject(
      ok([{ address: '10.6.0.3' }]),
    );
    expect(await of('docker://dual', holding('fd00::3'))).toMatchObject(
      ok([{ address: 'fd00::3' }]),
    );
    expect(await of('docker://web-3')).toMatchObject({
      failure: {
        kind: 'usage',
        what: 'container web-3 has several addresses: 10.5.0.3 in front, 10.6.0.3 in back',
        next: 'give the one that the director reaches, such as 10.5.0.3',
      },
    });
  });

  it.each(['docker://', 'docker://-x', 'docker://web-2:0', 'docker://web-2:x', 'docker://a/b'])(
    'has a name as docker has it, and a port: not %s',
    async (text) => {
      expect(await of(text)).toMatchObject({
        failure: { kind: 'usage', what: `"${text}" names no container` },
      });
    },
  );
});
