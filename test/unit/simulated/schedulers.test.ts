import { describe, expect, test } from 'vitest';
import {
  bindFo,
  bindLc,
  bindNq,
  bindOvf,
  bindSed,
  bindWlc,
} from '../../../src/ipvs/simulated/schedulers/least-loaded.ts';
import { bindRr } from '../../../src/ipvs/simulated/schedulers/rr.ts';
import type { Candidate, Scheduler } from '../../../src/ipvs/simulated/schedulers/scheduler.ts';
import { bindWrr } from '../../../src/ipvs/simulated/schedulers/wrr.ts';

interface Server extends Candidate {
  readonly name: string;
  weight: number;
  overloaded: boolean;
  activeConn: number;
  inActConn: number;
}

const server = (name: string, weight: number, activeConn = 0, inActConn = 0): Server => ({
  name,
  weight,
  overloaded: false,
  activeConn,
  inActConn,
});

/** `ABBB`: who gets the next connections; `-` for nobody. */
const next = (scheduler: Scheduler<Server>, count: number): string =>
  Array.from({ length: count }, () => scheduler.schedule()?.name ?? '-').join('');

/** `{A: 90, B: 10}` */
function shares(names: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe('wrr', () => {
  test('a weight of 99 beside 1 is 99 in a row', () => {
    const wrr = bindWrr([server('A', 1), server('B', 99)]);
    expect(next(wrr, 200)).toBe(`${'B'.repeat(98)}AB${'B'.repeat(98)}AB`);
  });

  test('weights are divided by their common divisor', () => {
    expect(next(bindWrr([server('A', 100), server('B', 200)]), 6)).toBe('BABBAB');
  });

  test('windows of 20 out of 53/47 hold 7 to 10 of the smaller', () => {
    const cycle = next(bindWrr([server('A', 53), server('B', 47)]), 200);
    const windows = Array.from({ length: 180 }, (_, at) => cycle.slice(at, at + 20));
    const smaller = windows.map((window) => shares(window).B ?? 0);
    expect(Math.min(...smaller)).toBeGreaterThanOrEqual(7);
    expect(Math.max(...smaller)).toBeLessThanOrEqual(10);
  });

  test('with an edit after every connection 53/47 sends everything to the head', () => {
    const servers = [server('A', 53), server('B', 47)];
    const wrr = bindWrr(servers);
    let names = '';
    for (let index = 0; index < 300; index++) {
      names += next(wrr, 1);
      wrr.serverChanged?.();
    }
    expect(shares(names)).toEqual({ A: 300 });
  });

  test('90/10 with an edit every three connections gives 87/13', () => {
    const servers = [server('B', 10), server('A', 90)];
    const wrr = bindWrr(servers);
    let names = '';
    for (let index = 0; index < 1_000; index++) {
      names += next(wrr, 3);
      wrr.serverChanged?.();
    }
    const { A = 0 } = shares(names);
    expect(Math.round((100 * A) / names.length)).toBe(87);
  });

  test('an overloaded server is passed over and the cycle goes on', () => {
    const servers = [server('A', 3), server('B', 1)];
    const wrr = bindWrr(servers);
    (servers[0] as Server).overloaded = true;
    expect(next(wrr, 3)).toBe('BBB');
  });

  test('nobody is chosen when all are overloaded, have weight 0, or are gone', () => {
    const servers = [server('A', 3), server('B', 1)];
    const wrr = bindWrr(servers);
    for (const each of servers) each.overloaded = true;
    expect(next(wrr, 3)).toBe('---');
    for (const each of servers) Object.assign(each, { overloaded: false, weight: 0 });
    wrr.serverChanged?.();
    expect(next(wrr, 3)).toBe('---');
    expect(next(bindWrr<Server>([]), 2)).toBe('--');
  });
});

describe('rr', () => {
  test('goes round and leaves out weight 0', () => {
    expect(next(bindRr([server('A', 1), server('B', 0), server('C', 9)]), 5)).toBe('ACACA');
  });

  test('an added server comes when the round reaches the head of the list', () => {
    const servers = [server('A', 1), server('B', 1)];
    const rr = bindRr(servers);
    expect(next(rr, 1)).toBe('A');
    servers.unshift(server('N', 1));
    rr.serverChanged?.();
    expect(next(rr, 4)).toBe('BNAB');
  });

  test('the round goes on before a removed server', () => {
    const servers = [server('A', 1), server('B', 1), server('C', 1)];
    const rr = bindRr(servers);
    expect(next(rr, 2)).toBe('AB');
    servers.splice(1, 1);
    rr.serverRemoved?.(1);
    expect(next(rr, 3)).toBe('CAC');
  });

  test('nobody is chosen when nobody may', () => {
    const servers = [server('A', 1)];
    const rr = bindRr(servers);
    expect(next(rr, 1)).toBe('A');
    (servers[0] as Server).weight = 0;
    expect(next(rr, 1)).toBe('-');
  });
});

describe('schedulers that weigh connections', () => {
  test('lc takes an active connection for 256 inactive ones and ignores the weight', () => {
    expect(next(bindLc([server('A', 100, 1, 0), server('B', 1, 0, 255)]), 1)).toBe('B');
    expect(next(bindLc([server('A', 100, 1, 0), server('B', 1, 0, 256)]), 1)).toBe('A');
  });

  test('wlc sends a new server everything until it has its share', () => {
    const servers = [server('N', 10), server('A', 10, 46)];
    const wlc = bindWlc(servers);
    let names = '';
    for (let index = 0; index < 50; index++) {
      const chosen = wlc.schedule() as Server;
      chosen.activeConn++;
      names += chosen.name;
    }
    expect(names.slice(0, 46)).toBe('N'.repeat(46));
    expect(names.slice(46)).toBe('NANA');
  });

  test('a server at weight 0 gets nothing from any of them', () => {
    for (const bind of [bindLc, bindWlc, bindSed, bindNq, bindFo, bindOvf]) {
      expect(next(bind([server('A', 0), server('B', 1, 500)]), 1)).toMatch(/[B-]/);
    }
  });

  test('nq prefers an idle server, sed the shortest expected delay', () => {
    const servers = [server('A', 1, 0), server('B', 100, 3)];
    expect(next(bindNq(servers), 1)).toBe('A');
    expect(next(bindSed(servers), 1)).toBe('B');
  });

  test('fo takes the highest weight, ovf until that many are active', () => {
    const servers = [server('A', 5, 6), server('B', 3, 1)];
    expect(next(bindFo(servers), 1)).toBe('A');
    expect(next(bindOvf(servers), 1)).toBe('B');
  });
});
