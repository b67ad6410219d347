import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { openBatch, reopened, withMember, withPhase } from '../../../src/domain/around/around.ts';
import { isAskedFor, type Notice, type NoticeGroup } from '../../../src/domain/events/notice.ts';
import { atPlace, exitCodeOf } from '../../../src/domain/failure.ts';
import { slownessOf } from '../../../src/domain/ipvs/drain-estimate.ts';
import { weightOwner } from '../../../src/domain/ipvs/host-facts.ts';
import { isLocalServer } from '../../../src/domain/ipvs/ipvs.ts';
import { maintenanceOf } from '../../../src/domain/rollout/maintenance.ts';
import { movedServers, scaleAt } from '../../../src/domain/rollout/plan.ts';
import { nextItem, type SequencedRollout, withItem } from '../../../src/domain/rollout/sequence.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const dns = 'udp/10.0.0.9:53' as ServiceKey;

describe('a notice', () => {
  const asked = (type: Notice['type'], failure: boolean, ...on: NoticeGroup[]) =>
    isAskedFor({ type, failure } as Notice, on);

  it.each([
    ['started', 'start'],
    ['resumed', 'start'],
    ['paused', 'hold'],
    ['held', 'hold'],
    ['rollback-started', 'rollback'],
    ['rolled-back', 'rollback'],
    ['done', 'done'],
    ['refused', 'failure'],
    ['failed', 'failure'],
  ] as const)('of %s is asked for by %s', (type, group) => {
    const all = ['start', 'hold', 'failure', 'rollback', 'done'] as const;
    expect(all.filter((one) => asked(type, false, one))).toEqual([group]);
  });

  it('of what went wrong is asked for by failure, too', () => {
    expect(asked('rolled-back', true, 'failure')).toBe(true);
    expect(asked('rolled-back', true, 'rollback')).toBe(true);
    expect(asked('rolled-back', true, 'start', 'done')).toBe(false);
  });
});

describe('the program that owns weights', () => {
  const owner = (name: string, services?: readonly ServiceKey[]) =>
    weightOwner({ managers: [{ name, pid: 7, ...(services ? { services } : {}) }] }, web)?.name;

  it('is keepalived or ldirectord, by the services of its configuration or all', () => {
    expect(owner('keepalived')).toBe('keepalived');
    expect(owner('ldirectord', [dns, web])).toBe('ldirectord');
    expect(owner('keepalived', [dns])).toBeUndefined();
    expect(owner('kube-proxy')).toBeUndefined();
    expect(weightOwner({}, web)).toBeUndefined();
  });
});

describe('what is known of a drain', () => {
  it('is compared by its time, and one that nobody knows is the slowest', () => {
    const about = slownessOf({ kind: 'about', ms: 4_000, openAtEnd: 3 });
    const atLeast = slownessOf({ kind: 'at-least', ms: 360_000, persistenceS: 360 });
    expect([about, atLeast]).toEqual([4_000, 360_000]);
    expect(slownessOf({ kind: 'unknown', open: 1 })).toBeGreaterThan(1e12);
  });
});

describe('a server of local forwarding', () => {
  it('is one that netlink alone can set', () => {
    const methods = ['masq', 'route', 'tunnel', 'local'] as const;
    expect(methods.filter((forwarding) => isLocalServer({ forwarding }))).toEqual(['local']);
  });
});

describe('a sequence', () => {
  const items = [true, false, false].map((isDone) => ({ isDone }) as SequencedRollout);

  it('goes on with the first item that is not done', () => {
    expect(nextItem({ items })).toBe(1);
    expect(nextItem({ items: items.slice(0, 1) })).toBe(-1);
  });

  it('changes one item', () => {
    const record = withItem({ items } as never, 1, { isDone: true, rollout: 'r' });
    expect(record.items).toEqual([
      { isDone: true },
      { isDone: true, rollout: 'r' },
      { isDone: false },
    ]);
  });
});

describe('a plan', () => {
  it.each([
    [['a'], ['b'], undefined],
    [['a'], [], 'out'],
    [[], ['b'], 'in'],
  ])('from %j to %j is %s', (from, to, expected) => {
    expect(maintenanceOf({ from, to })).toBe(expected);
  });

  it('has the scale of the last change up to a step', () => {
    const [first, second, third] = [1, 2, 3].map((multiplier) => ({ multiplier }));
    const plan = {
      scale: first,
      rescaled: [
        { fromStep: 4, scale: second },
        { fromStep: 8, scale: third },
      ],
    } as never;
    expect([0, 3, 4, 7, 8, 12].map((step) => scaleAt(plan, step).multiplier)).toEqual([
      ...[1, 1, 2, 2, 3, 3],
    ]);
    expect(scaleAt({ scale: first } as never, 9)).toBe(first);
  });

  it('moves its old and new servers, everywhere', () => {
    const [a, b] = ['10.0.0.1:80', '10.0.0.2:80'] as ServerKey[];
    const service = { service: web, oldServers: [a], newServers: [b] };
    const directors = ['lb1', 'lb2'].map((director) => ({ director, services: [service] }));
    expect(movedServers({ directors } as never)).toEqual(
      ['lb1', 'lb2'].flatMap((director) =>
        [a, b].map((server) => ({ director, service: web, server })),
      ),
    );
  });
});

describe('a failure', () => {
  it('has a place in a file, and perhaps a field', () => {
    const place = { file: 'plan.yaml', line: 3, column: 7 };
    expect(atPlace(place)).toEqual({ where: 'plan.yaml:3:7', place });
    expect(atPlace(place, 'over')).toEqual({ where: 'plan.yaml:3:7, over', place });
  });

  it.each([
    ['usage', 2],
    ['preflight', 3],
    ['drain-timeout', 4],
    ['gate', 5],
    ['conflict', 6],
    ['director', 7],
    ['unreachable', 7],
    ['sigint', 130],
    ['sigterm', 143],
  ] as const)('of %s ends with %d', (kind, code) => {
    expect(exitCodeOf(kind)).toBe(code);
  });
});

describe('the record of an around', () => {
  const member = (address: string, port?: number, isCommandDone = false) => ({
    name: { address, ...(port === undefined ? {} : { port }) },
    isCommandDone,
  });
  const record = {
    batches: [
      { phase: 'done', servers: [member('10.0.0.1', 80)] },
      { phase: 'command', servers: [member('10.0.0.1', 81), member('10.0.0.2', 81)] },
      { phase: 'waiting', servers: [member('10.0.0.3')] },
    ],
    end: { outcome: 'held', exitCode: 4, message: 'm' },
  } as never as Parameters<typeof withPhase>[0];
  const done = (of: typeof record) =>
    of.batches.map(({ servers }) => servers.map(({ isCommandDone }) => isCommandDone));

  it('has one batch in another phase', () => {
    expect(withPhase(record, 1, 'in').batches.map(({ phase }) => phase)).toEqual([
      ...['done', 'in', 'waiting'],
    ]);
  });

  it('has one member replaced, by address and port', () => {
    const changed = (address: string, port: number) =>
      done(withMember(record, 1, member(address, port, true) as never));
    expect(changed('10.0.0.1', 81)).toEqual([[false], [true, false], [false]]);
    expect(changed('10.0.0.1', 80)).toEqual([[false], [false, false], [false]]);
    expect(changed('10.0.0.9', 81)).toEqual([[false], [false, false], [false]]);
  });

  it('has the batch that is under way, and none before the first or after the last', () => {
    expect(openBatch(record)?.phase).toBe('command');
    const ends = record.batches.filter(({ phase }) => phase !== 'command');
    expect(openBatch({ ...record, batches: ends })).toBeUndefined();
  });

  it('is opened again without its end, its servers out before the command', () => {
    const again = reopened(record);
    expect(again.batches.map(({ phase }) => phase)).toEqual(['done', 'out', 'waiting']);
    expect(again).not.toHaveProperty('end');
  });
});
