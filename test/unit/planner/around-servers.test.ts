import { describe, expect, it } from 'vitest';
import {
  parseServerName,
  type ServerName,
  type ServiceKey,
  serviceKey,
} from '../../../src/domain/address.ts';
import type { CommandWords } from '../../../src/domain/command-words.ts';
import { aroundServers, withWeight } from '../../../src/planner/maintenance/around-servers.ts';
import { checkBatches } from '../../../src/planner/maintenance/check-batches.ts';
import { defaultPolicy } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const https = { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 443 } as const;
const snapshot = snapshotOf([
  wrrService([realServer('10.0.0.1', 4), realServer('10.0.0.2', 3), realServer('10.0.0.3', 0)]),
  wrrService([realServer('10.0.0.1', 5, { port: 443 }), realServer('10.0.0.4', 2, { port: 443 })], {
    address: https,
    key: serviceKey(https),
  }),
]);
const named = (...texts: readonly string[]): readonly ServerName[] =>
  texts.flatMap((text) => parseServerName(text) ?? []);

describe('the servers of an around', () => {
  const servers = (names: readonly ServerName[], ...command: CommandWords) =>
    aroundServers(names, command, snapshot, undefined);

  it('are each there once, in their order, with their port where they have just one', () => {
    const found = servers(named('10.0.0.2', '10.0.0.1', '10.0.0.2', '10.0.0.4:443'), 'true');
    expect(found.ok && found.value).toEqual([
      { name: { address: '10.0.0.2' }, address: '10.0.0.2', port: 80 },
      { name: { address: '10.0.0.1' }, address: '10.0.0.1' },
      { name: { address: '10.0.0.4', port: 443 }, address: '10.0.0.4', port: 443 },
    ]);
  });

  it('have one port where only one service is asked for', () => {
    const found = aroundServers(named('10.0.0.1'), ['x', '{port}'], snapshot, [serviceKey(https)]);
    expect(found.ok && found.value[0]?.port).toBe(443);
  });

  it('with several ports are refused where the command wants one, and where one is named twice', () => {
    const several = servers(named('10.0.0.1'), 'restart', '{address}:{port}');
    expect(!several.ok && several.failure.what).toContain('several in the table: 80, 443');
    expect(servers(named('10.0.0.1:80', '10.0.0.1:443'), 'restart', '{port}').ok).toBe(true);
    const twice = servers(named('10.0.0.1', '10.0.0.1:443'), 'true');
    expect(!twice.ok && twice.failure.what).toContain('named twice');
  });
});

it('servers that have weight before a command runs for them are found in each service that is meant', () => {
  const at = (services?: readonly ServiceKey[]) =>
    withWeight(snapshot.services, { named: named('10.0.0.1', '10.0.0.3'), services });
  expect(at()).toEqual([
    { service: 'tcp/10.0.0.100:80', server: '10.0.0.1:80' },
    { service: serviceKey(https), server: '10.0.0.1:443' },
  ]);
  expect(at([serviceKey(https)])).toHaveLength(1);
  expect(withWeight(snapshot.services, { named: named('10.0.0.3') })).toEqual([]);
});

describe('batches on paper', () => {
  const ramp = { overMs: 0, everyMs: 1_000, curve: 'linear' } as const;
  const request = { ramp, policy: defaultPolicy, force: false };
  const check = (...batches: readonly (readonly ServerName[])[]) =>
    checkBatches(batches, { out: request, in: request }, [
      { director: 'local', snapshot, remembered: [] },
    ]).errors.map(({ code }) => code);

  it('find what would stop a later one, and nothing where each finds the one before back', () => {
    expect(check(named('10.0.0.1'), named('10.0.0.2'))).toEqual([]);
    expect(check(named('10.0.0.1'), named('10.0.0.9'))).toEqual(['server-not-found']);
    expect(check(named('10.0.0.2'), named('10.0.0.1', '10.0.0.4'))).toEqual(['no-weight-left']);
    // At weight 0, and nobody knows what it should come back to.
    expect(check(named('10.0.0.2'), named('10.0.0.3'))).toEqual(['weight-unknown']);
  });
});
