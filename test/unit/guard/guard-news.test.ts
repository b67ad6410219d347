import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { fail } from '../../../src/domain/failure.ts';
import {
  configOf,
  createGuardLab,
  type GuardLab,
  guarded,
  key,
  startMs,
  web,
} from '../../support/simulated-guard.ts';
import { execute } from '../../support/simulated-ipvs.ts';

/** The seconds at which events of a type came. */
const when = ({ events }: GuardLab, type: string) =>
  events.filter((event) => event.type === type).map(({ at }) => (Date.parse(at) - startMs) / 1_000);
const dns = 'udp/10.0.0.9:53';

describe('the news of a guard', () => {
  it('are a server that dies and comes back, with what its check said', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(30, { 6: () => lab.answer('1', 'bad'), 16: () => lab.answer('1', 'ok') });
    const news = lab.events.filter(({ type }) => type === 'server-down' || type === 'server-up');
    const at = { v: 1, director: 'sim', service: web, server: key(1), rise: 2 };
    expect(news.map(({ at: _, ...event }) => event)).toEqual([
      { ...at, type: 'server-down', detail: 'bad' },
      { ...at, type: 'server-up', detail: 'ok' },
    ]);
  });

  it('are no server that is well from the beginning, but one that was out by health', async () => {
    const lab = createGuardLab();
    lab.setWeight('10.0.0.1:80', 0);
    const mark = lab.mark({ server: key(1), reason: 'health', weight: 100 });
    await lab.store.marks.put(mark);
    await lab.store.marks.put({ ...mark, service: dns as never, server: key(2) });
    await lab.guardUntil(12);
    expect(lab.story().filter((line) => line.includes('server-'))).toEqual([
      expect.stringMatching(/ server-up 10\.0\.0\.1:80$/),
    ]);
  });

  it('are a server that was never well, and its recovery', async () => {
    const lab = createGuardLab();
    lab.answer('1', 'bad');
    await lab.guardUntil(24, { 12: () => lab.answer('1', 'ok') });
    const types = lab.story().filter((line) => line.includes('server-'));
    expect(types.map((line) => line.split(' ')[1])).toEqual(['server-down', 'server-up']);
  });

  it('are a server that there is no way to ask, which keeps its weight', async () => {
    const lab = createGuardLab();
    lab.answer('1', 'unaskable');
    await lab.guardUntil(10);
    const [warning, ...others] = lab.events.filter(({ type }) => type === 'warning');
    expect(warning).toMatchObject({
      code: 'cannot-check',
      service: web,
      message: `no way to ask ${key(1)}`,
    });
    expect(others).toEqual([]);
    expect(lab.weights()[key(1)]).toBe(100);
  });

  it('are a service that is not there, and nothing when it comes', async () => {
    const lab = createGuardLab({ table: '' });
    const table = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 7\n';
    await lab.guardUntil(16, {
      6() {
        for (const line of table.trim().split('\n')) execute(lab.simulation, line);
      },
    });
    expect(lab.events.map((event) => ('code' in event ? event.code : event.type))).toEqual([
      'no-such-service',
      'guard-started',
      'guard-stopped',
    ]);
  });
});

describe('a dead server', () => {
  it('is at 0 as soon as another one has answered well, not at the next poll', async () => {
    const lab = createGuardLab();
    const timing = { intervalMs: 200, timeoutMs: 100, rise: 1, fall: 1 };
    lab.config = { ...configOf({ timing }), pollMs: 60_000 };
    await lab.guardUntil(10, { 5: () => lab.answer('1', 'bad') });
    const [down = 0] = when(lab, 'server-down');
    const [out = 0] = when(lab, 'weight-set');
    expect(down).toBeLessThan(5.21);
    expect(out).toBeGreaterThan(down);
    expect(out).toBeLessThan(down + 0.21);
  });

  it('is back as soon as it is up again', async () => {
    const lab = createGuardLab();
    const timing = { intervalMs: 200, timeoutMs: 100, rise: 2, fall: 1 };
    lab.config = { ...configOf({ timing, rampUpMs: 0 }), pollMs: 60_000 };
    await lab.guardUntil(6, { 2: () => lab.answer('1', 'bad'), 4: () => lab.answer('1', 'ok') });
    const [up = 0] = when(lab, 'server-up');
    const [, back = 0] = when(lab, 'weight-set');
    expect(up).toBeGreaterThan(4);
    expect(back - up).toBeCloseTo(0, 1);
    expect(lab.weights()[key(1)]).toBe(100);
  });

  it('keeps its weight in a service that somebody else has locked at that moment', async () => {
    const both = [100, 101].flatMap((n) => [
      `-A -t 10.0.0.${n}:80 -s wrr`,
      ...[1, 2].map((one) => `-a -t 10.0.0.${n}:80 -r 10.0.0.${one}:80 -m -w ${n}`),
    ]);
    const lab = createGuardLab({ table: `${both.join('\n')}\n` });
    const other = 'tcp/10.0.0.101:80' as ServiceKey;
    lab.config = { ...configOf(), services: [guarded, { ...guarded, service: other }] };
    const { lock } = lab.store;
    const never = async () => fail({ kind: 'conflict', what: 'locked' } as const);
    Object.assign(lab.store, {
      lock: (...of: Parameters<typeof lock>) =>
        of[0][0]?.startsWith(other) ? never() : lock(...of),
    });
    await lab.guardUntil(16, { 4: () => lab.answer('1', 'bad') });
    const weights = lab.simulation.kernel.table.services.map(({ servers }) =>
      servers.map(({ key: its, weight }) => `${its} ${weight}`).sort(),
    );
    expect(weights).toEqual([
      ['10.0.0.1:80 0', '10.0.0.2:80 100'],
      ['10.0.0.1:80 101', '10.0.0.2:80 101'],
    ]);
  });

  it('comes back when its file goes only after its check has passed as often as it has to', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(26, {
      6: () => void lab.folder.add('10.0.0.1'),
      16: () => void lab.folder.delete('10.0.0.1'),
    });
    const [out = 0, back = 0] = when(lab, 'weight-set');
    expect(out).toBeLessThan(7.1);
    // The first of two answers comes in the first interval.
    expect(back).toBeGreaterThan(17.8);
    expect(back).toBeLessThan(21.1);
    expect(when(lab, 'maintenance-on')).toHaveLength(1);
    expect(when(lab, 'maintenance-off')).toHaveLength(1);
  });
});

describe('a reload', () => {
  const reloaded = async (change: (lab: GuardLab) => void) => {
    const lab = createGuardLab();
    await lab.guardUntil(32, {
      6: () => lab.answer('1', 'bad'),
      20() {
        change(lab);
        lab.reload();
      },
    });
    return lab;
  };

  it('keeps what is known of servers whose check is the same', async () => {
    const lab = await reloaded((one) => {
      one.config = configOf({ rampUpMs: 5_000 });
    });
    expect(when(lab, 'server-down')).toHaveLength(1);
    const [at = 0, ...again] = when(lab, 'reloaded');
    expect([at, again]).toEqual([expect.closeTo(20, 1), []]);
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('begins anew with those whose check is another', async () => {
    const lab = await reloaded((one) => {
      one.config = configOf({ check: { kind: 'command', command: ['true'] } as never });
    });
    expect(when(lab, 'server-down')).toHaveLength(2);
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('says whom nobody brings back where the service is in the file no more', async () => {
    const lab = await reloaded((one) => {
      one.config = { ...configOf(), services: [{ ...guarded, service: dns as never }] };
    });
    const warnings = lab.events.filter((event) => event.type === 'warning');
    expect(warnings.map(({ code, service }) => [code, service])).toEqual([
      ['left-out', web],
      ['no-such-service', dns],
    ]);
    // The table is read at once, not at the next poll.
    expect(when(lab, 'warning').at(-1)).toBeCloseTo(20, 1);
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('to a service that another guard has changes nothing, and says so', async () => {
    const lab = await reloaded((one) => {
      const { lock } = one.store;
      const never = async () => fail({ kind: 'conflict', what: 'locked' } as const);
      Object.assign(one.store, {
        lock: (...of: Parameters<typeof lock>) =>
          of[0][0]?.startsWith(`guard of ${dns}`) ? never() : lock(...of),
      });
      one.config = { ...configOf(), services: [{ ...guarded, service: dns as never }] };
    });
    expect(lab.events.filter(({ type }) => type === 'reload-refused')).toMatchObject([
      { message: 'locked' },
    ]);
    expect(when(lab, 'reloaded')).toEqual([]);
  });

  it('of a bad file changes nothing, and says why', async () => {
    const lab = await reloaded((one) => {
      one.fileIsBad = true;
    });
    expect(lab.events.filter(({ type }) => type === 'reload-refused')).toMatchObject([
      { message: 'a bad file' },
    ]);
    expect(when(lab, 'reloaded')).toEqual([]);
    expect(when(lab, 'server-down')).toHaveLength(1);
  });
});

describe('a rollout', () => {
  it('has a service to itself while it runs, which is said at both ends', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(30, {
      6: () => lab.holdBy('r1'),
      8: () => lab.answer('1', 'bad'),
      20: () => lab.holdBy(undefined),
    });
    expect(lab.events.filter(({ type }) => /rollout|guarded-again/.test(type))).toMatchObject([
      { type: 'left-to-rollout', service: web, rollout: 'r1' },
      { type: 'guarded-again', service: web },
    ]);
    const [out = 0] = when(lab, 'weight-set');
    expect(out).toBeGreaterThanOrEqual(20);
    expect(lab.weights()[key(1)]).toBe(0);
  });
});
