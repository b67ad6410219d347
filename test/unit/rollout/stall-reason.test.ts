import { describe, expect, it } from 'vitest';
import { type StallEvidence, stallReason } from '../../../src/rollout/observe/stall-reason.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const plain = wrrService([realServer('10.0.0.1', 1)]);
const persistent = { ...plain, persistence: { timeoutS: 300 } };
const openConnections = (states: Record<string, number>, silentForS?: number) => ({
  count: Object.values(states).reduce((a, b) => a + b, 0),
  byState: new Map(Object.entries(states)),
  openForS: 0,
  clients: [],
  ...(silentForS === undefined ? {} : { silentForS }),
});
const evidence = (more: Partial<StallEvidence>): StallEvidence => ({
  service: plain,
  forwarding: 'masq',
  persistConn: 0,
  quiescedForS: 600,
  reusedPorts: 0,
  sysctls: new Map([['conn_reuse_mode', 1]]),
  openConnections: openConnections({ ESTABLISHED: 3 }, 0),
  ...more,
});
const reason = (more: Partial<StallEvidence>) => stallReason(evidence(more));

describe('the reason why a server does not empty', () => {
  it('is UDP traffic for a UDP service, whatever else', () => {
    const service = wrrService([], {
      address: { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 53 },
    });
    expect(reason({ service, persistConn: 3 })).toBe('udp-traffic');
  });

  it('is persistence while templates bring clients back', () => {
    const templates = { service: persistent, persistConn: 2 };
    expect(reason({ ...templates })).toBe('persistence');
    expect(reason({ ...templates, newConnections: 4 })).toBe('persistence');
    expect(reason({ service: persistent, persistConn: 0 })).toBe('long-lived-connections');
    // Those of a service that has none any more bring nobody back.
    expect(reason({ persistConn: 2 })).toBe('long-lived-connections');
  });

  it('is not persistence where templates at weight 0 are not followed, or nobody came', () => {
    const templates = { service: persistent, persistConn: 2 };
    const sysctls = new Map([['expire_quiescent_template', 1]]);
    expect(reason({ ...templates, sysctls })).toBe('long-lived-connections');
    expect(reason({ ...templates, newConnections: 0 })).toBe('long-lived-connections');
    // Nobody is there now, and yet it is not quiet: they come and go.
    expect(reason({ ...templates, newConnections: 0, openConnections: openConnections({}) })).toBe(
      'persistence',
    );
  });

  it('is port reuse when an ended connection lives again', () => {
    expect(reason({ reusedPorts: 1 })).toBe('port-reuse');
  });

  it('is a dead peer where answers do not pass the director, and clients are silent', () => {
    for (const forwarding of ['route', 'tunnel'] as const) {
      expect(reason({ forwarding, openConnections: openConnections({ ESTABLISHED: 3 }, 60) })).toBe(
        'dead-peer',
      );
      expect(reason({ forwarding, openConnections: openConnections({ ESTABLISHED: 3 }, 2) })).toBe(
        'long-lived-connections',
      );
      expect(
        reason({
          forwarding,
          openConnections: openConnections({ ESTABLISHED: 2, FIN_WAIT: 1 }, 2),
        }),
      ).toBe('dead-peer');
    }
    expect(reason({ openConnections: openConnections({ ESTABLISHED: 3 }, 500) })).toBe(
      'long-lived-connections',
    );
  });

  it('is not claimed where only the connection table would tell, and that was not read', () => {
    const { openConnections: _, ...unread } = evidence({});
    expect(stallReason(unread)).toBeUndefined();
    expect(stallReason({ ...unread, forwarding: 'route' })).toBeUndefined();
    expect(stallReason({ ...unread, service: persistent, persistConn: 2 })).toBe('persistence');
  });

  it('needs no more silence than the drain has lasted', () => {
    const silent = {
      forwarding: 'route',
      openConnections: openConnections({ ESTABLISHED: 1 }, 8),
    } as const;
    expect(reason({ ...silent, quiescedForS: 9 })).toBe('dead-peer');
    expect(reason({ ...silent, quiescedForS: 30 })).toBe('long-lived-connections');
  });
});
