import { describe, expect, it } from 'vitest';
import { beyondLimits, beyondRole, isOneOf } from '../../../src/api/access/limits.ts';
import { type Caller, roles } from '../../../src/domain/actor/caller.ts';
import { parseServerName, type ServerKey, type ServiceKey } from '../../../src/domain/address.ts';
import type { ServicePlan } from '../../../src/domain/rollout/plan.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const mail = 'tcp/10.0.0.101:25' as ServiceKey;

const planOf = (director: string, service: ServiceKey, ...servers: readonly string[]) => ({
  director,
  services: [
    {
      service,
      oldServers: servers as readonly ServerKey[],
      newServers: [],
    } as unknown as ServicePlan,
  ],
});
const plan = { directors: [planOf('lb1', web, '10.0.0.1:80'), planOf('lb2', mail, '10.0.0.2:25')] };
const ci: Caller = { name: 'ci', role: 'start' };
const names = (...texts: readonly string[]) => texts.flatMap((text) => parseServerName(text) ?? []);

describe('a role', () => {
  it('has what those before it have, and no more', () => {
    const may = roles.map((role) =>
      roles.filter((wanted) => beyondRole({ name: 'ci', role }, wanted) === undefined),
    );
    expect(may).toEqual([['read'], ['read', 'operate'], ['read', 'operate', 'start']]);
  });
});

describe('limits of a caller', () => {
  it('are none where none are written', () => {
    expect(beyondLimits(ci, plan, undefined)).toBeUndefined();
  });

  it.each([
    ['services', { services: [web] }, undefined, mail],
    ['directors', { directors: ['lb2'] }, undefined, 'lb1'],
    ['groups', { groups: ['blue'] }, names('10.0.0.1'), '10.0.0.2:25'],
  ] as const)('name what is not among its %s', (field, limit, own, beyond) => {
    const failure = beyondLimits({ ...ci, ...limit }, plan, own);
    expect(failure).toMatchObject({ kind: 'preflight' });
    expect(failure?.what).toBe(`${beyond} is not among the ${field} of the token ci`);
  });

  it('let pass what is all theirs', () => {
    const all = { ...ci, services: [mail, web], directors: ['lb1', 'lb2'], groups: ['all'] };
    expect(beyondLimits(all, plan, names('10.0.0.1', '10.0.0.2:25'))).toBeUndefined();
  });

  it('of a group without servers let nothing pass', () => {
    expect(beyondLimits({ ...ci, groups: ['none'] }, plan, [])).toBeDefined();
  });
});

describe('a server of a group', () => {
  it('is meant on every port by an address alone, and on one by its port', () => {
    const server = '10.0.0.1:80' as ServerKey;
    expect(isOneOf(server, names('10.0.0.1'))).toBe(true);
    expect(isOneOf(server, names('10.0.0.1:80'))).toBe(true);
    expect(isOneOf(server, names('10.0.0.1:81', '10.0.0.10'))).toBe(false);
  });
});
