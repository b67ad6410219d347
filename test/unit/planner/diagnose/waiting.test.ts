import { describe, expect, it } from 'vitest';
import type { RealServer, VirtualService } from '../../../../src/domain/ipvs/ipvs.ts';
import { buildPlan } from '../../../../src/planner/build-plan.ts';
import { request } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

interface Waited {
  readonly drainTimeoutMs: number;
  readonly service?: Partial<VirtualService>;
  readonly server?: Partial<RealServer>;
  readonly activeConn?: number;
}

/** What is said of a server with ten new connections a second, before a ramp of a minute. */
function said({ drainTimeoutMs, service, server, activeConn = 200 }: Waited) {
  const old = realServer('10.0.0.1', 100, server);
  const own = wrrService([old], service);
  const counts = { weight: 100, activeConn, inActConn: 0, persistConn: 0 };
  const sample = { service: own.key, scheduler: 'wrr', servers: new Map([[old.key, counts]]) };
  const snapshot = {
    ...snapshotOf([own], new Map([[own.key, 10]])),
    samples: new Map([[own.key, sample]]),
  };
  const asked = request({ from: '10.0.0.1', to: '10.0.0.2', policy: { drainTimeoutMs } });
  return buildPlan(asked, [{ director: 'lb', snapshot }]).diagnostics.map(
    ({ code, message, next }) => ({ code, message, next }),
  );
}

describe('a drain that is expected to last longer than its timeout', () => {
  // A connection lives for 20 s, 71.6 are open after the ramp: 20 s * ln(1 + 1.78 * 71.6) + 5 s.
  it('is warned of with the time, and with twice as much to give it', () => {
    expect(said({ drainTimeoutMs: 60_000 })).toEqual([
      {
        code: 'drain-timeout-short',
        message:
          '10.0.0.1:80 is expected to need about 1m43s after the ramp to become empty, longer than --drain-timeout 1m',
        next: 'give --drain-timeout 4m',
      },
    ]);
    // The last 5 s of it are the settling, which is watched to its end after the deadline too.
    expect(said({ drainTimeoutMs: 97_000 })).toHaveLength(1);
    expect(said({ drainTimeoutMs: 98_000 })).toEqual([]);
  });

  it('is told in whole minutes from two on', () => {
    const [warning] = said({ drainTimeoutMs: 60_000, activeConn: 400 });
    expect(warning?.message).toMatch(/about \d+m after the ramp/);
  });
});

describe('a director that sees only what clients send', () => {
  const route = { forwarding: 'route' } as const;
  const codes = (one: Waited) => said(one).map(({ code }) => code);
  const mark = { kind: 'fwmark', mark: 7, family: 4 } as const;
  const sctp = { kind: 'address', protocol: 'sctp', address: '10.0.0.100', port: 80 } as const;

  it('keeps connections that the server has ended for the timeout of tcp', () => {
    const [warning] = said({ drainTimeoutMs: 600_000, server: route });
    expect(warning).toEqual({
      code: 'direct-routing-timeout',
      message:
        "the director does not see what the old servers of tcp/10.0.0.100:80 send, so a connection that only the server has ended stays ESTABLISHED for up to 15m after the client's last packet, longer than --drain-timeout 10m",
      next: 'give --drain-timeout 15m; or shorten it before the rollout (`ipvsadm --set 300 0 0`), which counts for an entry from its next packet on, and cuts off any connection that is idle for longer',
    });
    expect(codes({ drainTimeoutMs: 900_000, server: route })).toEqual([]);
    const [short] = said({ drainTimeoutMs: 1_000, server: route });
    expect(short?.next).toContain('`ipvsadm --set 1 0 0`');
  });

  it('does so for a mark and for tunnels, and not for SCTP, nor where it sees both ways', () => {
    const timeout = ['direct-routing-timeout'];
    const at = { drainTimeoutMs: 600_000 };
    expect(codes({ ...at, server: { forwarding: 'tunnel' } })).toEqual(timeout);
    expect(codes({ ...at, server: route, service: { address: mark } })).toEqual(timeout);
    expect(codes({ ...at, server: route, service: { address: sctp } })).toEqual([]);
    expect(codes(at)).toEqual([]);
    expect(codes({ ...at, server: route, activeConn: 0 })).toEqual([]);
  });
});
