import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import type { ConnectionEntry } from '../../../../src/domain/ipvs/ipvs.ts';
import {
  countHandshakes,
  type Handshakes,
  noHandshakes,
  sumHandshakes,
} from '../../../../src/rollout/handshakes/count-handshakes.ts';
import { fresh, old } from '../../../support/engine-state.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
const servers = [realServer('10.0.0.1', 1), realServer('10.0.0.2', 1)];
const web = wrrService(servers);
const marked = wrrService(servers, { address: { kind: 'fwmark', mark: 7, family: 4 } });
const timeoutOf = {
  SYN_RECV: 60,
  ESTABLISHED: 900,
  FIN_WAIT: 120,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  TIME_WAIT: 120,
  CLOSE: 10,
  SYN_SENT: 120,
};
type State = keyof typeof timeoutOf;

/** A connection of NEW whose last packet came so many seconds ago. */
const entry = (
  state: State,
  silentS: number,
  more: Partial<ConnectionEntry> = {},
): ConnectionEntry => ({
  protocol: 'TCP',
  state,
  expiresS: timeoutOf[state] - silentS,
  client: { address: '192.0.2.1', port: 4_000 },
  virtual: { address: '10.0.0.100', port: 80 },
  server: fresh,
  ...more,
});
const counted = (service: typeof web, ...entries: readonly ConnectionEntry[]) =>
  countHandshakes({ entries, timeouts }, service, 8);
const shakes = (more: Partial<Handshakes>): Handshakes => ({ ...noHandshakes, ...more });

describe('the handshakes of a server', () => {
  it.each<[State, number, Partial<Handshakes>]>([
    ['SYN_RECV', 8, { unanswered: 1, everUnanswered: 1 }],
    ['SYN_RECV', 9, { everUnanswered: 1 }],
    ['SYN_RECV', 2, { unanswered: 1, everUnanswered: 1 }],
    // Nobody knows of a SYN of a second ago whether it gets an answer.
    ['SYN_RECV', 1, {}],
    ['ESTABLISHED', 0, { open: 1, everAnswered: 1 }],
    ['ESTABLISHED', 8, { open: 1, everAnswered: 1 }],
    ['ESTABLISHED', 9, { everAnswered: 1 }],
    ['FIN_WAIT', 3, { ended: 1, everAnswered: 1 }],
    ['CLOSE_WAIT', 3, { ended: 1, everAnswered: 1 }],
    ['LAST_ACK', 3, { ended: 1, everAnswered: 1 }],
    ['TIME_WAIT', 8, { ended: 1, everAnswered: 1 }],
    ['TIME_WAIT', 9, { everAnswered: 1 }],
    // A reset tells nothing of whether there was an answer before.
    ['CLOSE', 8, { reset: 1 }],
    ['CLOSE', 9, {}],
    ['SYN_SENT', 3, {}],
  ])('in %s, silent for %i s: %j', (state, silentS, expected) => {
    expect(counted(web, entry(state, silentS)).get(fresh)).toEqual(shakes(expected));
  });

  it('add up, each server for itself', () => {
    const found = counted(
      web,
      entry('SYN_RECV', 3),
      entry('SYN_RECV', 4),
      entry('ESTABLISHED', 3),
      entry('ESTABLISHED', 3, { server: old }),
      entry('CLOSE', 1, { server: '10.0.0.9:80' as ServerKey }),
    );
    expect(found).toEqual(
      new Map([
        [fresh, shakes({ unanswered: 2, everUnanswered: 2, open: 1, everAnswered: 1 })],
        [old, shakes({ open: 1, everAnswered: 1 })],
      ]),
    );
  });

  it('are those of TCP and of the service, and templates are none', () => {
    const none = [
      entry('ESTABLISHED', 1, { protocol: 'UDP' }),
      entry('ESTABLISHED', 1, { client: { address: '192.0.2.1', port: 0 } }),
    ];
    const elsewhere = { virtual: { address: '10.0.0.101', port: 80 } };
    expect(counted(web, ...none, entry('ESTABLISHED', 1, elsewhere))).toEqual(new Map());
    // A firewall mark has entries of any address, and of TCP among others.
    expect(counted(marked, ...none, entry('ESTABLISHED', 1, elsewhere))).toEqual(
      new Map([[fresh, shakes({ open: 1, everAnswered: 1 })]]),
    );
  });

  it('of several servers are a sum', () => {
    const one: Handshakes = {
      unanswered: 1,
      open: 2,
      ended: 3,
      reset: 4,
      everUnanswered: 5,
      everAnswered: 6,
    };
    expect(sumHandshakes([])).toEqual(noHandshakes);
    expect(sumHandshakes([one, one, one])).toEqual({
      unanswered: 3,
      open: 6,
      ended: 9,
      reset: 12,
      everUnanswered: 15,
      everAnswered: 18,
    });
  });
});
