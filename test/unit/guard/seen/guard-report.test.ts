import { describe, expect, it } from 'vitest';
import { ok } from '../../../../src/domain/failure.ts';
import type { GuardReport } from '../../../../src/domain/health/guard-report.ts';
import { reportedServices } from '../../../../src/guard/seen/guard-report.ts';
import { healthOf, serviceStanding } from '../../../support/guard-now.ts';
import {
  configOf,
  createGuardLab,
  type GuardLab,
  key,
  startMs,
  web,
} from '../../../support/simulated-guard.ts';

async function reportsIn({ store }: GuardLab): Promise<readonly GuardReport[]> {
  const ids = await store.guards.list();
  const found: GuardReport[] = [];
  for (const id of ids.ok ? ids.value : []) {
    const read = await store.guards.read(id);
    if (read.ok && read.value) found.push(read.value);
  }
  return found;
}

/** The reports that a guard has kept by these seconds, the last of each, while it runs until `endS`. */
async function seenAt(
  lab: GuardLab,
  endS: number,
  happenings: Readonly<Record<number, () => void>>,
  seconds: readonly number[],
): Promise<readonly (readonly GuardReport[])[]> {
  const { guards } = lab.store;
  let last: GuardReport | undefined;
  const put: typeof guards.put = (report) => {
    last = report;
    return guards.put(report);
  };
  Object.assign(lab.store, { guards: { ...guards, put } });
  const seen: (readonly GuardReport[])[] = [];
  const looking = Object.fromEntries(
    seconds.map((second) => [second, () => void seen.push(last ? [last] : [])]),
  );
  await lab.guardUntil(endS, { ...happenings, ...looking });
  return seen;
}

describe('the report of a guard', () => {
  it('has who is down, since when and why, and is gone when the guard has ended', async () => {
    const lab = createGuardLab();
    const [before, after] = await seenAt(lab, 45, { 20: () => lab.answer('2', 'bad') }, [15, 35]);
    const head = { table: 'ipvsadm', director: 'sim', host: 'lb1', pid: 7, file: 'guard.yaml' };
    expect(before).toMatchObject([
      { ...head, services: [{ service: web, servers: 4, up: 4, allDead: false, bad: [] }] },
    ]);
    const [report] = after ?? [];
    expect(report?.services).toMatchObject([
      { up: 3, bad: [{ server: key(2), verdict: 'down', detail: 'bad', flaps: 1 }] },
    ]);
    const sinceMs = report?.services[0]?.bad[0]?.sinceMs ?? 0;
    expect(sinceMs).toBeGreaterThanOrEqual(startMs + 20_000);
    expect(sinceMs).toBeLessThan(startMs + 23_000);
    // It was alive a heartbeat ago at most.
    expect(report?.aliveMs).toBeGreaterThan(startMs + 29_000);
    expect(await reportsIn(lab)).toEqual([]);
  });

  it('names those that a floor, minHealthy or the doubt about the check keeps in', async () => {
    const kept = async (service: Parameters<typeof configOf>[0], bad: string) => {
      const lab = createGuardLab();
      lab.config = configOf(service);
      const [reports] = await seenAt(lab, 45, { 20: () => lab.answer(bad, 'bad') }, [40]);
      return reports?.[0]?.services[0]?.bad.flatMap(({ server, kept: reason }) =>
        reason ? [[server, reason]] : [],
      );
    };
    const floor = { kind: 'count', count: 4 } as const;
    expect(await kept({ floor }, '2')).toEqual([[key(2), 'min-serving']]);
    expect(await kept({ minHealthy: { kind: 'count', count: 4 } }, '3')).toEqual([
      [key(3), 'min-healthy'],
    ]);
    const all = [1, 2, 3, 4].map((n) => [key(n), 'all-dead']);
    expect((await kept({}, '1 2 3 4'))?.sort()).toEqual(all);
  });

  it('of a guard that was killed goes with the next that has its services, and no other does', async () => {
    const lab = createGuardLab();
    const left = (guard: string, service: string): GuardReport => ({
      ...{ guard, table: 'ipvsadm', director: 'sim', host: 'lb1', pid: 6, file: 'guard.yaml' },
      ...{ sinceMs: startMs - 9, aliveMs: startMs - 8, patienceMs: 15_000 },
      services: [
        {
          ...{ service: service as typeof web, servers: 0, up: 0 },
          ...{ allDead: false, isLeftToRollout: false, bad: [] },
        },
      ],
    });
    await lab.store.guards.put(left('killed', web));
    await lab.store.guards.put(left('another', 'tcp/10.0.0.101:80'));
    const [reports] = await seenAt(lab, 20, {}, [15]);
    expect(reports?.map(({ pid }) => pid)).toEqual([7]);
    expect((await reportsIn(lab)).map(({ guard }) => guard)).toEqual(['another']);
  });

  it('holds up neither the guard nor its end where the store is away', async () => {
    const lab = createGuardLab();
    const never = () => new Promise<never>(() => {});
    Object.assign(lab.store, { guards: { list: async () => ok([]), put: never, remove: never } });
    await lab.guardUntil(45, { 20: () => lab.answer('2', 'bad') });
    expect(lab.weights()).toMatchObject({ [key(2)]: 0 });
  });

  it('has five hundred servers at the most, and says how many more there are', () => {
    const health = new Map(
      Array.from({ length: 700 }, (_, n) => [key(n), healthOf(false)] as const),
    );
    const { services, more } = reportedServices([
      serviceStanding({ health }),
      serviceStanding({ health }),
    ]);
    expect(services.map(({ bad, servers }) => [bad.length, servers])).toEqual([
      [500, 700],
      [0, 700],
    ]);
    expect(more).toBe(900);
  });
});
