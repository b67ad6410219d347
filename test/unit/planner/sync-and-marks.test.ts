import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { SyncDaemon } from '../../../src/domain/ipvs/ipvs.ts';
import { diffService } from '../../../src/planner/baseline-diff.ts';
import { examinePace, shortestStepMs } from '../../../src/planner/diagnose/examine-pace.ts';
import {
  isNamed,
  rememberedBy,
  weightBefore,
} from '../../../src/planner/maintenance/remembered.ts';
import { isBackup, syncGroups, syncPartOf } from '../../../src/planner/sync-groups.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const dns = 'udp/10.0.0.9:53' as ServiceKey;
const [a, b] = ['10.0.0.1:80' as ServerKey, '10.0.0.2:80' as ServerKey];
const daemon = (role: 'master' | 'backup', syncId: number) => ({ role, syncId }) as SyncDaemon;

describe('directors that copy each other', () => {
  const groups = (tables: Record<string, readonly SyncDaemon[]>) =>
    Object.fromEntries(
      syncGroups(
        Object.entries(tables).map(([director, syncDaemons]) => ({ director, syncDaemons })),
      ),
    );

  it.each([
    ['a pair of one id', { a: [daemon('master', 5)], b: [daemon('backup', 5)] }, { a: 5, b: 5 }],
    ['a pair of two ids', { a: [daemon('master', 5)], b: [daemon('backup', 6)] }, {}],
    [
      'a backup that takes from any',
      { a: [daemon('master', 5)], b: [daemon('backup', 0)] },
      { a: 5, b: 5 },
    ],
    ['two masters', { a: [daemon('master', 5)], b: [daemon('master', 5)] }, {}],
    ['one with both ends', { a: [daemon('master', 5), daemon('backup', 5)] }, {}],
    [
      'pairs that share a director',
      {
        a: [daemon('master', 5)],
        b: [daemon('backup', 5), daemon('backup', 6)],
        c: [daemon('master', 6)],
        d: [daemon('backup', 6)],
      },
      { a: 5, b: 5, c: 5, d: 5 },
    ],
    [
      'two pairs that a third joins',
      {
        a: [daemon('master', 5)],
        b: [daemon('backup', 5)],
        c: [daemon('master', 6)],
        d: [daemon('backup', 6), daemon('backup', 5)],
      },
      { a: 5, b: 5, c: 5, d: 5 },
    ],
    [
      'two masters of one backup',
      { a: [daemon('master', 5)], b: [daemon('backup', 0)], c: [daemon('master', 6)] },
      { a: 5, b: 5, c: 5 },
    ],
    ['none', { a: [], b: [] }, {}],
  ])('%s', (_, tables, expected) => {
    expect(groups(tables)).toEqual(expected);
  });

  it('are told in a plan by number, and a backup alone as that', () => {
    const both = [daemon('master', 5), daemon('backup', 5)];
    expect(isBackup(both)).toBe(false);
    expect(isBackup([])).toBe(false);
    expect(isBackup([daemon('backup', 5)])).toBe(true);
    const known = new Map([['lb1', 5]]);
    expect(syncPartOf(known, { director: 'lb1', syncDaemons: both })).toEqual({ syncGroup: 5 });
    expect(syncPartOf(known, { director: 'lb2', syncDaemons: [daemon('backup', 5)] })).toEqual({
      syncBackup: true,
    });
    expect(syncPartOf(known, { director: 'lb2' })).toEqual({});
  });
});

describe('the weight to come back to', () => {
  const mark = (reason: 'operator' | 'health', weight: number, more = {}) => ({
    ...{ service: web, server: a, reason, weight },
    ...more,
  });

  it.each([
    ['of a server with weight', [], 7, 7],
    ['of one that a guard is bringing back', [mark('health', 100)], 7, 100],
    ['of one that has more than its mark', [mark('health', 5)], 7, 7],
    ['of one that an operator took out', [mark('operator', 50), mark('health', 60)], 0, 50],
    ['of one that an operator took out at 0', [mark('operator', 0), mark('health', 60)], 0, 60],
    [
      'of one that nobody remembers',
      [mark('operator', 9, { server: b }), mark('operator', 9, { service: dns })],
      0,
      0,
    ],
    ['of one with weight whatever an operator had', [mark('operator', 50)], 7, 7],
  ])('%s', (_, marks, weight, expected) => {
    expect(weightBefore(marks, web, { key: a, weight })).toBe(expected);
  });

  it('is remembered for one reason, service and server', () => {
    const marks = [mark('health', 1), mark('operator', 2), mark('operator', 3, { server: b })];
    expect(rememberedBy(marks, 'operator', web, a)?.weight).toBe(2);
    expect(rememberedBy(marks, 'operator', web, b)?.weight).toBe(3);
    expect(rememberedBy(marks, 'health', web, b)).toBeUndefined();
    expect(rememberedBy(marks, 'operator', dns, a)).toBeUndefined();
  });

  it('is that of whom an operator means: a host on every port, or a server', () => {
    expect(isNamed({ address: '10.0.0.1' }, a)).toBe(true);
    expect(isNamed({ address: '10.0.0.1', port: 80 }, a)).toBe(true);
    expect(isNamed({ address: '10.0.0.1', port: 81 }, a)).toBe(false);
    expect(isNamed({ address: '10.0.0.2' }, a)).toBe(false);
  });
});

describe('the pace of a ramp', () => {
  const pace = (callMs: number | undefined, ...atMs: readonly number[]) =>
    examinePace({
      facts: callMs === undefined ? {} : { callMs },
      schedule: atMs.map((one) => ({ atMs: one })),
    } as never).map(({ code, next }) => [code, next]);

  it('is two calls a step, in whole seconds', () => {
    expect([0, 500, 501, 1_400, 3_100].map(shortestStepMs)).toEqual([
      1_000, 1_000, 2_000, 3_000, 7_000,
    ]);
  });

  it('is warned of where one call takes longer than the shortest step', () => {
    expect(pace(1_000, 0, 1_000, 5_000)).toEqual([]);
    expect(pace(1_001, 0, 1_000, 5_000)).toEqual([
      ['director-slow', 'give --every 3s or more, and --over to suit'],
    ]);
    expect(pace(undefined, 0, 1_000)).toEqual([]);
    expect(pace(9_000, 0, 0)).toEqual([]);
  });
});

describe('the differences of a service', () => {
  const one = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.2', 50)]);

  it('are lines of a diff', () => {
    const after = wrrService(
      [
        realServer('10.0.0.1', 90, { upperThreshold: 7, lowerThreshold: 3 }),
        realServer('10.0.0.3', 1),
      ],
      { scheduler: 'wlc', persistence: { timeoutS: 300 }, onePacket: true },
    );
    expect(diffService(one, after)).toEqual([
      `- ${web} scheduler wrr`,
      `+ ${web} scheduler wlc persistent 300 s mask whole one-packet`,
      `- ${web} 10.0.0.1:80 masq weight 100`,
      `+ ${web} 10.0.0.1:80 masq weight 90 upper threshold 7 lower threshold 3`,
      `- ${web} 10.0.0.2:80 masq weight 50`,
      `+ ${web} 10.0.0.3:80 masq weight 1`,
    ]);
    expect(diffService(one, one)).toEqual([]);
    expect(diffService(one, undefined)).toEqual([`- ${web} scheduler wrr`]);
  });

  it('are those of flags in any order, of tunnels, netmasks and engines', () => {
    const gue = { type: 'gue', port: 6_080, checksum: 'nocsum' } as never;
    const was = wrrService([realServer('10.0.0.1', 1, { forwarding: 'tunnel', tunnel: gue })], {
      schedulerFlags: ['mh-port', 'mh-fallback'],
      persistence: { timeoutS: 300, netmask: '255.255.255.0' },
      engine: 'sip',
    });
    const flags = ['mh-fallback', 'mh-port'];
    expect(diffService(was, { ...was, schedulerFlags: flags })).toEqual([]);
    const ipip = { type: 'ipip' } as never;
    const now = wrrService([realServer('10.0.0.1', 1, { forwarding: 'tunnel', tunnel: ipip })]);
    expect(diffService(was, now)).toEqual([
      `- ${web} scheduler wrr flags mh-fallback,mh-port persistent 300 s mask 255.255.255.0 engine sip`,
      `+ ${web} scheduler wrr`,
      `- ${web} 10.0.0.1:80 tunnel gue:6080:nocsum weight 1`,
      `+ ${web} 10.0.0.1:80 tunnel ipip weight 1`,
    ]);
    // A listing of one service has no engine.
    expect(diffService(now, { ...now, engine: 'sip' })).toEqual([]);
  });
});
