import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { Remembered } from '../../../../src/planner/maintenance/remembered.ts';
import { built, dns, mark, twoServices, web } from '../../../support/maintenance-table.ts';

type Asked = NonNullable<Parameters<typeof built>[2]>;

/** The servers that get weight, and how much; who does not, and what is said. */
function brought(servers: string, remembered: readonly Remembered[] = [], asked: Asked = {}) {
  const tables = [twoServices({}, { remembered })];
  const { plan, skipped, diagnostics } = built('in', servers, { tables, ...asked });
  const filled = plan?.directors.flatMap(({ services }) =>
    services.map(({ service, servers: all, newServers, finalWeights }) => [
      service,
      newServers,
      all.map((key, index) => `${key} ${finalWeights[index]}`),
    ]),
  );
  return { filled, skipped, diagnostics };
}

const director = 'lb';
const elsewhere = 'tcp/10.0.0.99:80' as ServiceKey;
const others = ['10.0.0.1:80 4', '10.0.0.2:80 4'];

describe('drain in of a server', () => {
  it('gives it what it had, beside the others', () => {
    expect(brought('10.0.0.3', [mark('10.0.0.3:80', 8)])).toEqual({
      filled: [[web, ['10.0.0.3:80'], ['10.0.0.3:80 8', ...others]]],
      skipped: [],
      diagnostics: [],
    });
  });

  it('gives it the weight that is asked for, whatever it had', () => {
    for (const remembered of [[], [mark('10.0.0.3:80', 8)]])
      expect(brought('10.0.0.3', remembered, { weight: 5 })).toEqual({
        filled: [[web, ['10.0.0.3:80'], ['10.0.0.3:80 5', ...others]]],
        skipped: [],
        diagnostics: [],
      });
  });

  it('named twice gives it its weight once', () => {
    expect(brought('10.0.0.3,10.0.0.3:80', [mark('10.0.0.3:80', 8)]).filled).toEqual([
      [web, ['10.0.0.3:80'], ['10.0.0.3:80 8', ...others]],
    ]);
  });

  it('leaves one alone that is in service', () => {
    const message = 'is in service, with weight 4';
    const at = { director, service: web, kind: 'in-service', message };
    const skipped = [
      { ...at, server: '10.0.0.1:80' },
      { ...at, service: dns, server: '10.0.0.1:53', message: 'is in service, with weight 1' },
    ];
    const none = { filled: undefined, diagnostics: [] };
    expect(brought('10.0.0.1')).toEqual({ ...none, skipped });
    expect(brought('10.0.0.1,10.0.0.1:80')).toEqual({ ...none, skipped });
    expect(brought('10.0.0.2', [], { weight: 4 })).toEqual({
      ...none,
      skipped: [{ ...at, server: '10.0.0.2:80' }],
    });
    // Somebody gave it more than it had when it was taken out.
    expect(brought('10.0.0.2', [mark('10.0.0.2:80', 3)])).toEqual({
      ...none,
      skipped: [{ ...at, server: '10.0.0.2:80' }],
    });
  });

  it('raises one that an operator had out and that has a part of its weight', () => {
    expect(brought('10.0.0.2', [mark('10.0.0.2:80', 6)]).filled).toEqual([
      [web, ['10.0.0.2:80'], ['10.0.0.2:80 6', '10.0.0.1:80 4', '10.0.0.3:80 0']],
    ]);
  });

  it('gives no other weight to one that is in service, and says how to', () => {
    expect(brought('10.0.0.2', [], { weight: 9 })).toEqual({
      filled: undefined,
      skipped: [],
      diagnostics: [
        {
          severity: 'error',
          code: 'other-weight',
          service: web,
          message:
            '10.0.0.2:80 is in service with weight 4, and drain in gives a weight only to a server that is out',
          next: [
            'take it out first: ',
            ['out', '10.0.0.2:80', '--service', web],
            ', then ',
            ['in', '10.0.0.2:80', '--service', web, '--weight', '9'],
          ],
        },
      ],
    });
  });

  it('leaves one to drain guard whose health check fails', () => {
    const fails = 'its health check fails; the guard brings it back when it passes';
    const at = { director, service: web, server: '10.0.0.3:80', kind: 'unhealthy' };
    const health = { reason: 'health' } as const;
    const sinceMs = Date.UTC(2026, 0, 2, 3, 4, 5);
    const none = { filled: undefined, diagnostics: [] };
    expect(brought('10.0.0.3', [mark('10.0.0.3:80', 8, { ...health, sinceMs })])).toEqual({
      ...none,
      skipped: [
        { ...at, message: `is kept out by drain guard since 2026-01-02 03:04 UTC: ${fails}` },
      ],
    });
    const both = [mark('10.0.0.3:80', 8), mark('10.0.0.3:80', 8, health)];
    expect(brought('10.0.0.3', both, { weight: 5 })).toEqual({
      ...none,
      skipped: [{ ...at, message: `is kept out by drain guard: ${fails}` }],
    });
  });

  it('is refused where no weight is known, and leaves it at 0 where somebody insists', () => {
    const refused = {
      severity: 'error',
      code: 'weight-unknown',
      service: web,
      message: '10.0.0.3:80 is at weight 0, and no weight from before is known',
      next: 'say which it should get with --weight N',
    };
    for (const remembered of [[], [mark('10.0.0.3:80', 0)], [mark('10.0.0.2:80', 5)]])
      expect(brought('10.0.0.3', remembered)).toEqual({
        filled: undefined,
        skipped: [],
        diagnostics: [refused],
      });
    expect(brought('10.0.0.3', [], { force: true })).toEqual({
      filled: undefined,
      skipped: [
        {
          director,
          service: web,
          server: '10.0.0.3:80',
          kind: 'weight-unknown',
          message: 'stays at weight 0, which it had before; drain in --weight N gives it one',
        },
      ],
      diagnostics: [],
    });
  });

  it('leaves it at 0 in one service where it has been at 0 before, and comes back in another', () => {
    const tables = [
      twoServices({}, { remembered: [mark('10.0.0.1:53', 6, { service: dns })] }),
    ].map((table) => ({
      ...table,
      snapshot: {
        ...table.snapshot,
        services: table.snapshot.services.map((service) => ({
          ...service,
          servers: service.servers.map((one) =>
            one.address === '10.0.0.1' ? { ...one, weight: 0 } : one,
          ),
        })),
      },
    }));
    expect(brought('10.0.0.1', [], { tables })).toEqual({
      filled: [[dns, ['10.0.0.1:53'], ['10.0.0.1:53 6', '10.0.0.4:53 1']]],
      skipped: [
        {
          director,
          service: web,
          server: '10.0.0.1:80',
          kind: 'weight-unknown',
          message: 'stays at weight 0, which it had before; drain in --weight N gives it one',
        },
      ],
      diagnostics: [],
    });
  });

  it('is refused where it has left the table, and has it forgotten where somebody insists', () => {
    const gone = [mark('10.0.0.7:80', 8)];
    expect(brought('10.0.0.7', gone)).toEqual({
      filled: undefined,
      skipped: [],
      diagnostics: [
        {
          severity: 'error',
          code: 'server-gone',
          service: web,
          message: '10.0.0.7:80 was taken out with drain out, and has left the table since',
          next: 'add it again at weight 0 (ipvsadm -a … -w 0), or have it forgotten with --force',
        },
      ],
    });
    expect(brought('10.0.0.7', gone, { force: true })).toEqual({
      filled: undefined,
      skipped: [
        {
          director,
          service: web,
          server: '10.0.0.7:80',
          kind: 'gone',
          message: 'is forgotten: it has left the table',
        },
      ],
      diagnostics: [],
    });
  });

  it('knows it as gone in a service that has left the table, and in those that are asked for', () => {
    const gone = [mark('10.0.0.7:80', 8, { service: elsewhere }), mark('10.0.0.7:80', 8)];
    const codes = (asked: Asked, marks: readonly Remembered[] = gone) =>
      brought('10.0.0.7', marks, asked).diagnostics.map(({ code, service }) => [code, service]);
    expect(codes({})).toEqual([
      ['server-gone', elsewhere],
      ['server-gone', web],
    ]);
    expect(codes({ services: [web] })).toEqual([['server-gone', web]]);
    expect(codes({ services: [dns] })).toEqual([['server-not-found', undefined]]);
    expect(codes({}, [mark('10.0.0.7:80', 8, { reason: 'health' })])).toEqual([
      ['server-not-found', undefined],
    ]);
    expect(codes({}, [mark('10.0.0.8:80', 8)])).toEqual([['server-not-found', undefined]]);
  });
});
