import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseOf, isKept, noCapacity } from '../../../src/domain/floor/floor.ts';
import { totalWeight } from '../../../src/domain/ipvs/ipvs.ts';
import { blankMemory, verdictKey, writesAnything } from '../../../src/kube/decide/kube-view.ts';
import { countServices } from '../../../src/rollout/state/counted-service.ts';
import { type DecideLab, startMs, web } from '../../support/kube/decide-lab.ts';
import { stories, Told } from '../../support/kube/told-cluster.ts';

const runs = { numRuns: 500 };
const few = { numRuns: 150 };
const total = (lab: DecideLab): number =>
  totalWeight(lab.services.find(({ key }) => key === web)?.servers ?? []);

const rows = (lab: DecideLab) => lab.services.find(({ key }) => key === web)?.servers ?? [];
const serving = (lab: DecideLab): number => rows(lab).filter(({ weight }) => weight > 0).length;
const countedBase = ({ claims, marks, services }: DecideLab) => {
  const all = { table: 'ipvsadm', marks, clusters: claims, unfinished: [] };
  const [counted] = countServices(all, services);
  return counted ? baseOf(counted) : noCapacity;
};

describe('whatever happens to a cluster and its controller', () => {
  it('a service that has had weight keeps some after every single line, until it is deleted', () => {
    fc.assert(
      fc.property(stories(), (story) => {
        const told = new Told();
        told.live(startMs, () => {});
        told.lab.lowest.clear();
        told.tell(story, () => expect(total(told.lab)).toBeGreaterThan(0));
        expect(told.lab.lowest.get(web) ?? 1).toBeGreaterThan(0);
      }),
      runs,
    );
  });

  it('a service keeps its floor, whoever leaves and for whatever reason, until it is deleted', () => {
    fc.assert(
      fc.property(stories(), fc.integer({ min: 1, max: 6 }), (story, count) => {
        const told = new Told();
        const { lab } = told;
        lab.floor = { kind: 'count', count };
        const apply = lab.apply.bind(lab);
        lab.apply = (change) => {
          const before = serving(lab);
          apply(change);
          const floor = { floor: { kind: 'count', count } as const, base: countedBase(lab) };
          if (serving(lab) < before)
            expect(isKept(floor, { servers: serving(lab), weight: 0 })).toBe(true);
        };
        told.tell(story, () => {});
      }),
      few,
    );
  });

  it('servers of others keep their rows, and their share once ours are in', () => {
    fc.assert(
      fc.property(stories(true), (story) => {
        const others = { '10.9.9.1': 60, '10.9.9.2': 35 };
        const told = new Told(others);
        told.tell(story, (isCut) => {
          expect(told.lab.weights()).toMatchObject(others);
          if (isCut) return;
          const { pot } = told.lab.claims[0] ?? {};
          const own = total(told.lab) - 95;
          if (pot !== undefined) expect([0, pot]).toContain(own);
        });
      }),
      few,
    );
  });

  it('the table is in the end what one decides who sees it for the first time', () => {
    fc.assert(
      fc.property(stories(true), (story) => {
        const told = new Told();
        told.tell(story, () => {});
        told.lab.busy.clear();
        told.live(told.lab.nowMs + 2_000_000, () => {});
        const before = told.lab.weights();
        const decision = told.lab.decide();
        expect(decision.services.filter(writesAnything)).toEqual([]);
        told.lab.memory = blankMemory;
        told.live(told.lab.nowMs + 1_000, () => {});
        expect(told.lab.weights()).toEqual(before);
      }),
      runs,
    );
  });

  it('nobody is removed who has connections, and nobody comes while lists are missing', () => {
    fc.assert(
      fc.property(stories(true), (story) => {
        const told = new Told();
        const { lab } = told;
        const apply = lab.apply.bind(lab);
        lab.apply = (change) => {
          const isKnown = lab.wanted.lists.nodes !== undefined;
          if (change.kind === 'add-server') expect(isKnown).toBe(true);
          if (change.kind === 'remove-server') {
            expect(lab.busy.has(verdictKey(web, change.server.key))).toBe(false);
            const row = lab.services[0]?.servers.find(({ key }) => key === change.server.key);
            expect(row?.weight).toBe(0);
          }
          apply(change);
        };
        told.tell(story, () => {});
      }),
      few,
    );
  });
});
