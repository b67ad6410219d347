import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import {
  type Absence,
  baseOf,
  type Capacity,
  type CountedService,
  type Floor,
  isKept,
  leastOf,
  noFloors,
  servingOf,
} from '../../../../src/domain/floor/floor.ts';

const key = (n: number) => `10.0.0.${n}:80` as ServerKey;
const one = (weight: number): Capacity => ({ servers: weight > 0 ? 1 : 0, weight });
const count = (n: number): Floor => ({ kind: 'count', count: n });
const percent = (n: number): Floor => ({ kind: 'percent', percent: n });

/** A service from base weights and what of them serves. */
const counted = (
  parts: readonly (readonly [base: number, serving: number])[],
  absences: readonly Absence[] = [],
): CountedService => ({
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  parts: parts.map(([base, serving], n) => ({
    servers: [key(n + 1)],
    base: one(base),
    serving: one(serving),
  })),
  absences,
});

const keeps = (floor: Floor, service: CountedService): boolean =>
  isKept({ floor, base: baseOf(service) }, servingOf(service));

describe('a floor', () => {
  it.each([
    ['3 of 4 servers', count(3), [100, 100, 100, 0], true],
    ['2 of 4 servers', count(3), [100, 100, 0, 0], false],
    ['a server in slow start', count(4), [100, 100, 100, 1], true],
    ['20 % of 80, 10, 10', percent(50), [0, 100, 100, 0], true],
    ['a hair below half', percent(50), [100, 99, 0, 0], false],
  ] as const)('counts %s', (_, floor, serving, kept) => {
    const service = counted(serving.map((now) => [100, now] as const));
    expect(keeps(floor, service)).toBe(kept);
  });

  it('of more servers than there are is all of them', () => {
    expect(leastOf({ floor: count(3), base: { servers: 2, weight: 200 } })).toBe(2);
    expect(
      keeps(
        count(3),
        counted([
          [100, 100],
          [100, 100],
        ]),
      ),
    ).toBe(true);
    expect(
      keeps(
        count(3),
        counted([
          [100, 100],
          [100, 0],
        ]),
      ),
    ).toBe(false);
  });

  it('of a share is one of the weights and not of the servers', () => {
    expect(
      keeps(
        percent(50),
        counted([
          [80, 0],
          [10, 10],
          [10, 10],
        ]),
      ),
    ).toBe(false);
    expect(
      keeps(
        percent(50),
        counted([
          [80, 80],
          [10, 0],
          [10, 0],
        ]),
      ),
    ).toBe(true);
  });

  it('of a service without any weight is kept', () => {
    expect(keeps(count(1), counted([[0, 0]]))).toBe(true);
    expect(keeps(percent(100), counted([[0, 0]]))).toBe(true);
  });

  it('is kept by weights that a scale has rounded', () => {
    expect(
      isKept(
        { floor: percent(50), base: { servers: 3, weight: 3 } },
        { servers: 3, weight: 3 * (0.1 + 0.4) },
      ),
    ).toBe(true);
  });

  it('of nothing is nobody', () => {
    expect(noFloors.services).toEqual([]);
  });
});
