import { describe, expect, it } from 'vitest';
import type { ServiceAddress } from '../../../src/domain/address.ts';
import type { RealServer, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { selectServices } from '../../../src/planner/select-services.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const at = (port: number): ServiceAddress => ({
  kind: 'address',
  protocol: 'tcp',
  address: '10.0.0.100',
  port,
});
const service = (
  servers: readonly RealServer[],
  how: Partial<VirtualService> = {},
): VirtualService => wrrService(servers, how);

/** Who is old, new and left alone in each service, and what is said. */
function selected(from: string, to: string, services: readonly VirtualService[], only?: string[]) {
  const asked = request({ from, to, ...(only ? { services: only } : {}) });
  const { selections, diagnostics } = selectServices(asked, { services });
  const keys = (all: readonly RealServer[]) => all.map(({ key }) => key);
  return {
    chosen: selections.map((one) => [
      one.service.key,
      keys(one.old),
      one.new.map(({ key, weight, added }) => `${added ? '+' : ''}${key} ${weight}`),
      keys(one.bystanders),
    ]),
    diagnostics,
  };
}

const [one, two, three] = [1, 2, 3].map((n) => realServer(`10.0.0.${n}`, 10 * n)) as [
  RealServer,
  RealServer,
  RealServer,
];
const web = 'tcp/10.0.0.100:80';

describe('the services of a hand-over', () => {
  it('are all that hold every old server, with who is new and who is left alone there', () => {
    const other = service([one, two], { key: 'tcp/10.0.0.100:81' as never, address: at(81) });
    expect(selected('10.0.0.1', '10.0.0.2,10.0.0.9', [service([one, two, three]), other])).toEqual({
      chosen: [
        [web, ['10.0.0.1:80'], ['10.0.0.2:80 20', '+10.0.0.9:80 0'], ['10.0.0.3:80']],
        ['tcp/10.0.0.100:81', ['10.0.0.1:80'], ['10.0.0.2:80 20', '+10.0.0.9:80 0'], []],
      ],
      diagnostics: [],
    });
  });

  it('leave one out that holds some of them, with a word, and one that holds none without', () => {
    const partly = service([one], { key: 'tcp/10.0.0.100:81' as never, address: at(81) });
    const none = service([three], { key: 'tcp/10.0.0.100:82' as never, address: at(82) });
    expect(selected('10.0.0.1,10.0.0.2', '10.0.0.9', [service([one, two]), partly, none])).toEqual({
      chosen: [[web, ['10.0.0.1:80', '10.0.0.2:80'], ['+10.0.0.9:80 0'], []]],
      diagnostics: [
        {
          severity: 'warning',
          code: 'partly-held',
          service: 'tcp/10.0.0.100:81',
          message: 'left alone: it does not hold 10.0.0.2',
          next: 'drain its servers in a rollout of its own if they should go there too',
        },
      ],
    });
  });

  it('are those that are named, each once, and each has to hold them', () => {
    const other = service([three], { key: 'tcp/10.0.0.100:81' as never, address: at(81) });
    const table = [service([one, two]), other];
    expect(selected('10.0.0.1', '10.0.0.9', table, [web, web]).chosen).toHaveLength(1);
    expect(selected('10.0.0.1,10.0.0.3', '10.0.0.9', table, [web])).toEqual({
      chosen: [],
      diagnostics: [
        {
          severity: 'error',
          code: 'old-not-in-service',
          service: web,
          message: `10.0.0.3 is not a real server of ${web}`,
          next: 'it holds 10.0.0.1:80, 10.0.0.2:80',
        },
      ],
    });
  });

  it('are refused where there is none', () => {
    const error = { severity: 'error', code: 'old-not-found' };
    const next = 'the table holds 10.0.0.1:80, 10.0.0.2:80';
    expect(selected('10.0.0.7', '10.0.0.9', [service([one, two])]).diagnostics).toEqual([
      { ...error, message: '10.0.0.7 is a real server of no virtual service', next },
    ]);
    expect(selected('10.0.0.1:81', '10.0.0.9', [service([one, two])]).diagnostics).toEqual([
      {
        ...error,
        message: '10.0.0.1:81 is a real server of no virtual service (did you mean 10.0.0.1:80?)',
        next,
      },
    ]);
    expect(selected('10.0.0.7,10.0.0.8', '10.0.0.9', [service([one, two])]).diagnostics).toEqual([
      { ...error, message: 'no virtual service holds all of 10.0.0.7, 10.0.0.8', next },
    ]);
    expect(selected('10.0.0.1', '10.0.0.9', [service([])]).diagnostics).toEqual([
      {
        ...error,
        message: '10.0.0.1 is a real server of no virtual service',
        next: 'the table has no real server at all: is this the right director?',
      },
    ]);
    const codes = selected('10.0.0.1,10.0.0.8', '10.0.0.9', [service([one])]).diagnostics;
    expect(codes.map(({ code }) => code)).toEqual(['partly-held', 'old-not-found']);
  });
});

describe('an old server', () => {
  it('that is named twice is one, and an address means it at every port', () => {
    const ports = [80, 81].map((port) => realServer('10.0.0.1', 5, { port }));
    expect(selected('10.0.0.1,10.0.0.1:80', '10.0.0.9:80', [service(ports)]).chosen).toEqual([
      [web, ['10.0.0.1:80', '10.0.0.1:81'], ['+10.0.0.9:80 0'], []],
    ]);
    expect(selected('10.0.0.1:81', '10.0.0.9', [service(ports)]).chosen).toEqual([
      [web, ['10.0.0.1:81'], ['+10.0.0.9:81 0'], ['10.0.0.1:80']],
    ]);
  });

  it('cannot be a new one as well', () => {
    expect(selected('10.0.0.1', '10.0.0.1:80', [service([one, two])])).toEqual({
      chosen: [],
      diagnostics: [
        {
          severity: 'error',
          code: 'same-server',
          service: web,
          message: '10.0.0.1:80 is both in --from and in --to',
          next: 'name different servers',
        },
      ],
    });
  });
});

describe('a new server', () => {
  const refused = (from: string, to: string, table: VirtualService) => {
    const { chosen, diagnostics } = selected(from, to, [table]);
    expect(chosen).toEqual([]);
    expect(diagnostics).toHaveLength(1);
    const [{ severity, service: where, ...said } = { severity: '', service: '' }] = diagnostics;
    expect([severity, where]).toEqual(['error', table.key]);
    return said;
  };

  it('is as the first old one, at weight 0', () => {
    const model = realServer('10.0.0.1', 30, { port: 8080, upperThreshold: 9, lowerThreshold: 3 });
    const table = service([model, realServer('10.0.0.2', 5, { port: 8080 })]);
    const asked = request({ from: '10.0.0.1,10.0.0.2', to: '10.0.0.9' });
    expect(selectServices(asked, { services: [table] }).selections[0]?.new).toEqual([
      { ...model, key: '10.0.0.9:8080', address: '10.0.0.9', weight: 0, added: true },
    ]);
  });

  it('is named once', () => {
    expect(refused('10.0.0.1', '10.0.0.9,10.0.0.9:80', service([one]))).toEqual({
      code: 'same-server',
      message: '10.0.0.9:80 is named twice in --to',
      next: 'name it once, with SERVER=SHARE for its capacity',
    });
  });

  it('without a port is the one in the table, or has that of the old ones', () => {
    const ports = [80, 81].map((port) => realServer('10.0.0.2', 5, { port }));
    expect(selected('10.0.0.1', '10.0.0.2', [service([one, ...ports])]).chosen).toEqual([
      [web, ['10.0.0.1:80'], ['10.0.0.2:80 5'], ['10.0.0.2:81']],
    ]);
    const elsewhere = service([one, realServer('10.0.0.2', 5, { port: 81 })]);
    expect(selected('10.0.0.1', '10.0.0.2', [elsewhere]).chosen).toEqual([
      [web, ['10.0.0.1:80'], ['10.0.0.2:81 5'], []],
    ]);
  });

  it('is refused where its port can be two', () => {
    const [low, high] = [81, 82].map((port) => realServer('10.0.0.2', 5, { port }));
    if (!low || !high) throw new Error('no servers');
    const example = 'give the port, for example --to 10.0.0.2:80';
    expect(refused('10.0.0.1', '10.0.0.2', service([one, low, high]))).toEqual({
      code: 'ambiguous-port',
      message: '--to 10.0.0.2 has no port, and 10.0.0.2:81, 10.0.0.2:82',
      next: example,
    });
    const old = [80, 81].map((port) => realServer('10.0.0.1', 5, { port }));
    expect(refused('10.0.0.1', '10.0.0.2', service(old))).toEqual({
      code: 'ambiguous-port',
      message: '--to 10.0.0.2 has no port, and the old servers use 80, 81',
      next: example,
    });
  });

  it('has the port of the service, unless it is masqueraded or the service is a mark', () => {
    const old = realServer('10.0.0.1', 5, { forwarding: 'route' });
    expect(refused('10.0.0.1', '10.0.0.2:81', service([old]))).toEqual({
      code: 'port-needs-masquerading',
      message:
        "10.0.0.2:81 cannot be added: with route forwarding, which it takes from 10.0.0.1:80, the kernel forces the port to the service's, 80",
      next: 'use --to 10.0.0.2:80',
    });
    const fine = (table: VirtualService, to: string) =>
      expect(selected('10.0.0.1', to, [table]).chosen[0]?.[2]).toEqual([`+${to} 0`]);
    fine(service([old]), '10.0.0.2:80');
    fine(service([one]), '10.0.0.2:81');
    const mark = { kind: 'fwmark', mark: 7, family: 4 } as const;
    fine(service([old], { address: mark }), '10.0.0.2:81');
  });

  it('is of the same address family, unless it is tunnelled', () => {
    const tunnelled = realServer('10.0.0.1', 5, { forwarding: 'tunnel' });
    expect(refused('10.0.0.1', '[2001:db8::2]:80', service([one]))).toEqual({
      code: 'address-family',
      message:
        '[2001:db8::2]:80 cannot replace 10.0.0.1:80: the kernel mixes IPv4 and IPv6 only for tunnelled servers',
      next: 'name a server of the same address family',
    });
    expect(selected('10.0.0.1', '[2001:db8::2]:80', [service([tunnelled])]).chosen).toEqual([
      [web, ['10.0.0.1:80'], ['+[2001:db8::2]:80 0'], []],
    ]);
  });
});
