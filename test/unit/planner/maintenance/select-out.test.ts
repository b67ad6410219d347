import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import { built, dns, mark, twoServices, web } from '../../../support/maintenance-table.ts';
import { snapshotOf } from '../../../support/tables.ts';

/** The servers that go, by service, and what is said. */
function taken(...of: Parameters<typeof built> extends [unknown, ...infer Rest] ? Rest : never) {
  const { plan, diagnostics } = built('out', ...of);
  const gone = plan?.directors.flatMap(({ services }) =>
    services.map(({ service, servers, oldServers }) => [
      service,
      oldServers,
      servers.slice(oldServers.length),
    ]),
  );
  return { gone, diagnostics };
}

describe('drain out of servers', () => {
  it('takes them in each service that holds them, at every port, and nobody else', () => {
    expect(taken('10.0.0.1')).toEqual({
      gone: [
        [web, ['10.0.0.1:80'], ['10.0.0.2:80', '10.0.0.3:80']],
        [dns, ['10.0.0.1:53'], ['10.0.0.4:53']],
      ],
      diagnostics: [],
    });
  });

  it('takes them at the port that is named, and in the services that are', () => {
    const atDns = [[dns, ['10.0.0.1:53'], ['10.0.0.4:53']]];
    expect(taken('10.0.0.1:53')).toEqual({ gone: atDns, diagnostics: [] });
    expect(taken('10.0.0.1', { services: [dns] })).toEqual({ gone: atDns, diagnostics: [] });
  });

  it('says of one at weight 0 that nobody knows what to bring it back to', () => {
    const unknown = {
      severity: 'warning',
      code: 'weight-unknown',
      service: web,
      message: '10.0.0.3:80 was at weight 0 already, and no weight from before is known',
      next: 'drain in --weight N gives it one',
    };
    const gone = [[web, ['10.0.0.1:80', '10.0.0.3:80'], ['10.0.0.2:80']]];
    const both = '10.0.0.1:80,10.0.0.3';
    expect(taken(both)).toEqual({ gone, diagnostics: [unknown] });
    const tables = [twoServices({}, { remembered: [mark('10.0.0.3:80', 7)] })];
    expect(taken(both, { tables })).toEqual({ gone, diagnostics: [] });
    const atNothing = [twoServices({}, { remembered: [mark('10.0.0.3:80', 0)] })];
    expect(taken(both, { tables: atNothing })).toEqual({ gone, diagnostics: [unknown] });
  });

  it('is refused where a name means nobody, each such name once, with what there is', () => {
    const next = 'the table holds 10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80, 10.0.0.1:53, 10.0.0.4:53';
    const error = { severity: 'error', code: 'server-not-found' };
    expect(taken('10.0.0.9,10.0.0.1,10.0.0.1:81')).toEqual({
      gone: undefined,
      diagnostics: [
        { ...error, message: '10.0.0.9 is a real server of no virtual service', next },
        {
          ...error,
          message: '10.0.0.1:81 is a real server of no virtual service (did you mean 10.0.0.1:80?)',
          next,
        },
      ],
    });
    expect(taken('10.0.0.2', { services: [dns] }).diagnostics).toEqual([
      { ...error, message: `10.0.0.2 is a real server of none of ${dns}`, next },
    ]);
    const tables = [{ ...twoServices(), snapshot: snapshotOf([]) }];
    expect(taken('10.0.0.2', { tables }).diagnostics).toEqual([
      {
        ...error,
        message: '10.0.0.2 is a real server of no virtual service',
        next: 'the table has no real server at all: is this the right director?',
      },
    ]);
  });

  it('is refused where a service is named that the table does not have', () => {
    const services = ['tcp/10.0.0.100:8' as ServiceKey, web];
    expect(taken('10.0.0.1', { services })).toEqual({
      gone: undefined,
      diagnostics: [
        {
          severity: 'error',
          code: 'unknown-service',
          service: services[0],
          message: `there is no virtual service tcp/10.0.0.100:8 in the table (did you mean ${web}?)`,
          next: `it holds ${web}, ${dns}`,
        },
      ],
    });
  });

  it("is refused where a service's last weight would go, and done where somebody insists", () => {
    const would =
      'without 10.0.0.1:80, 10.0.0.2:80 no server of it would have weight, and its clients would be refused';
    const at = { code: 'no-weight-left', service: web };
    expect(taken('10.0.0.1,10.0.0.2')).toEqual({
      gone: undefined,
      diagnostics: [
        {
          ...at,
          severity: 'error',
          kind: 'preflight',
          message: would,
          next: 'bring another server in first, leave the service out with --service, or insist with --force',
        },
      ],
    });
    const services = [web];
    expect(taken('10.0.0.1,10.0.0.2', { services, force: true })).toEqual({
      gone: [[web, ['10.0.0.1:80', '10.0.0.2:80'], ['10.0.0.3:80']]],
      diagnostics: [{ ...at, severity: 'warning', message: `${would}: as asked for with --force` }],
    });
  });

  it('asks nobody to insist for a server that has no weight to lose', () => {
    const tables = [twoServices({}, { remembered: [mark('10.0.0.3:80', 7)] })];
    expect(taken('10.0.0.3', { tables })).toEqual({
      gone: [[web, ['10.0.0.3:80'], ['10.0.0.1:80', '10.0.0.2:80']]],
      diagnostics: [],
    });
  });
});
