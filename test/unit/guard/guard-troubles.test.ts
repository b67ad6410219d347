import { describe, expect, it } from 'vitest';
import { inOneLine } from '../../../src/daemons/troubles.ts';
import { fail } from '../../../src/domain/failure.ts';
import { configOf, createGuardLab, key } from '../../support/simulated-guard.ts';

describe('a removal that was cut off', () => {
  const table = [
    '-A -t 10.0.0.100:80 -s wrr -p 300',
    ...[1, 2].map((n) => `-a -t 10.0.0.100:80 -r 10.0.0.${n}:80 -m -w 100`),
    '',
  ].join('\n');

  it('is mended at once, not at the next poll', async () => {
    let refused = 0;
    const lab = createGuardLab({
      table,
      faults: ({ stdin }) =>
        /^-a /m.test(stdin) && refused++ === 0
          ? { kind: 'exited', exitCode: 2, stdout: '', stderr: 'out of memory\n' }
          : undefined,
    });
    lab.config = { ...configOf({ clients: 'move', rampUpMs: 0 }), pollMs: 30_000 };
    let standing = {};
    await lab.guardUntil(40, {
      20: () => lab.answer('1', 'bad'),
      29: () => {
        standing = { ...lab.weights() };
      },
    });
    expect(refused).toBe(2);
    expect(standing).toEqual({ [key(1)]: 0, [key(2)]: 100 });
    const codes = lab.events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
    expect(codes).toContain('cannot-move-clients');
  });
});

describe('a table that cannot be read', () => {
  it('is said once, and that it can be read again', async () => {
    let isAway = false;
    const lab = createGuardLab({
      faults: () => (isAway ? { kind: 'timed-out', afterMs: 10_000 } : undefined),
    });
    await lab.guardUntil(50, {
      6: () => {
        isAway = true;
      },
      30: () => {
        isAway = false;
      },
    });
    const told = lab.events.map((event) => ('code' in event ? event.code : event.type));
    expect(told).toEqual(['guard-started', 'cannot-list', 'listed-again', 'guard-stopped']);
  });

  it('that has no lock to give is written when it has one', async () => {
    const lab = createGuardLab();
    const { lock } = lab.store;
    let refused = 0;
    const never = async () => {
      refused++;
      return fail({ kind: 'conflict', what: 'locked' } as const);
    };
    await lab.guardUntil(36, {
      6: () => Object.assign(lab.store, { lock: never }),
      8: () => lab.answer('1', 'bad'),
      28: () => Object.assign(lab.store, { lock }),
    });
    // Once a poll, and no more often.
    expect(refused).toBeGreaterThan(2);
    expect(refused).toBeLessThan(7);
    const codes = lab.events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
    expect(codes).toEqual(['cannot-lock']);
    expect(lab.weights()[key(1)]).toBe(0);
  });
});

it('a failure in one line has no advice of commands, for who reads it is elsewhere', () => {
  const failure = { kind: 'director', what: 'no answer', where: 'lb1' } as const;
  expect(inOneLine(failure)).toBe('no answer (lb1)');
  expect(inOneLine({ ...failure, next: 'look at it' })).toBe('no answer (lb1); look at it');
  expect(inOneLine({ ...failure, next: ['see ', ['status', 'ID']] })).toBe('no answer (lb1)');
});
