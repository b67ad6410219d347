import { describe, expect, it } from 'vitest';
import type { SyncDaemon, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { planSchema } from '../../../src/files/plan-schema.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const alike = () => wrrService([realServer('10.0.0.1', 4), realServer('10.0.0.3', 2)]);
const other = () => wrrService([realServer('10.0.0.1', 5), realServer('10.0.0.3', 2)]);

const planOver = (tables: Readonly<Record<string, VirtualService>>, allowDifferences = false) =>
  buildPlan(
    { ...request({ from: '10.0.0.1', to: '10.0.0.2' }), allowDifferences },
    Object.entries(tables).map(([director, service]) => ({
      director,
      snapshot: snapshotOf([service]),
    })),
  );

const codes = ({ diagnostics }: ReturnType<typeof planOver>) =>
  diagnostics.map(({ code, severity }) => `${severity} ${code}`);

describe('a plan over several directors', () => {
  it('has a part for each that holds the service alike', () => {
    const built = planOver({ lb1: alike(), lb2: alike() });
    expect(codes(built)).toEqual([]);
    expect(built.plan?.directors.map(({ director }) => director)).toEqual(['lb1', 'lb2']);
  });

  it('is refused where tables differ, with the lines that do', () => {
    const built = planOver({ lb1: alike(), lb2: other() });
    expect(built.plan).toBeUndefined();
    expect(codes(built)).toEqual(['error tables-differ']);
    expect(built.diagnostics[0]?.message).toContain('lb1 and lb2');
    expect(built.diagnostics[0]?.message).toMatch(/- .*weight 4; \+ .*weight 5/);
    expect(built.diagnostics[0]?.next).toContain('--allow-differences');
  });

  it('takes each as it is when differences are allowed, with a warning', () => {
    const built = planOver({ lb1: alike(), lb2: other() }, true);
    expect(codes(built)).toEqual(['warning tables-differ']);
    expect(built.plan?.directors.map(({ services }) => services[0]?.finalWeights)).toEqual([
      [0, 4, 2],
      [0, 5, 2],
    ]);
  });

  it('leaves one out that does not hold OLD, where they may differ', () => {
    const without = wrrService([realServer('10.0.0.3', 2)]);
    const built = planOver({ lb1: alike(), lb2: without }, true);
    expect(built.plan?.directors.map(({ director }) => director)).toEqual(['lb1']);
    expect(codes(built)).toEqual(['warning tables-differ', 'warning old-not-found']);
    expect(codes(planOver({ lb1: without, lb2: without }, true))).toEqual(['error old-not-found']);
  });

  it('knows a director that only takes in copies of connections', () => {
    const backup = { role: 'backup', syncId: 7 } as const;
    const master = { role: 'master', syncId: 7 } as const;
    const plannedOn = (...syncDaemons: readonly SyncDaemon[]) =>
      buildPlan(request({ from: '10.0.0.1', to: '10.0.0.2' }), [
        { director: 'lb1', snapshot: snapshotOf([alike()]), syncDaemons },
      ]).plan;
    expect(plannedOn(backup)?.directors).toMatchObject([{ director: 'lb1', syncBackup: true }]);
    expect(planSchema.parse(structuredClone(plannedOn(backup)))).toEqual(plannedOn(backup));
    for (const daemons of [[], [master], [master, backup]]) {
      expect(plannedOn(...daemons)?.directors[0]).not.toHaveProperty('syncBackup');
    }
  });

  it('says once what is true of all directors, and of which what is not', () => {
    const wlc = { ...alike(), scheduler: 'rr' };
    const both = planOver({ lb1: wlc, lb2: wlc });
    expect(both.diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(1);
    const one = planOver({ lb1: alike(), lb2: wlc }, true);
    const [error] = one.diagnostics.filter(({ severity }) => severity === 'error');
    expect(error?.message).toMatch(/^on lb2: /);
  });
});
