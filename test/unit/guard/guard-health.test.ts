import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/domain/failure.ts';
import {
  configOf,
  createGuardLab,
  type GuardLab,
  key,
  startMs,
} from '../../support/simulated-guard.ts';

const everyone = (weight: number) => ({
  [key(1)]: weight,
  [key(2)]: weight,
  [key(3)]: weight,
  [key(4)]: weight,
});
const edits = (lab: GuardLab) => lab.events.filter(({ type }) => type === 'weight-set');
const secondsOf = (lab: GuardLab, type: string) =>
  lab.events
    .filter((event) => event.type === type)
    .map(({ at }) => (Date.parse(at) - startMs) / 1_000);

describe.each(['bad', 'hang'] as const)('a server whose answers are %s', (how) => {
  it('is at weight 0 within `fall` intervals, and comes back as a ramp to the weight it had', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(150, {
      20: () => lab.answer('1', how),
      60: () => lab.answer('1', 'ok'),
    });
    const [down = 0] = secondsOf(lab, 'weight-set');
    const patienceS = how === 'hang' ? 1 : 0;
    expect(down).toBeGreaterThan(20);
    expect(down).toBeLessThan(20 + 3 * 2 + patienceS + 0.1);
    const [first, ...back] = edits(lab);
    expect(first).toMatchObject({ server: key(1), from: 100, to: 0, reason: 'dead', wanted: 100 });
    expect(back.map((edit) => edit.type === 'weight-set' && edit.to)).toEqual([
      1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
    ]);
    const times = secondsOf(lab, 'weight-set').slice(1);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeCloseTo(30, 1);
    expect(lab.weights()).toEqual(everyone(100));
    expect(await lab.store.marks.list()).toEqual({ ok: true, value: [] });
    expect(lab.mostAtOnce()).toBe(1);
  });
});

describe('a server that fails in the middle of its ramp', () => {
  it('is at 0 again, and comes back to the weight from before the first fall', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(220, {
      20: () => lab.answer('1', 'bad'),
      60: () => lab.answer('1', 'ok'),
      75: () => lab.answer('1', 'bad'),
      120: () => lab.answer('1', 'ok'),
    });
    const zeroes = edits(lab).filter((edit) => edit.type === 'weight-set' && edit.to === 0);
    expect(zeroes).toMatchObject([
      { from: 100, wanted: 100 },
      { from: 40, wanted: 100 },
    ]);
    expect(lab.weights()).toEqual(everyone(100));
  });
});

describe('when everything looks dead', () => {
  it('the last weights stay, which is said once, and loudly', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(120, { 20: () => lab.answer('1 2 3 4', 'bad') });
    expect(edits(lab)).toEqual([]);
    expect(lab.weights()).toEqual(everyone(100));
    expect(lab.events.filter(({ type }) => type === 'weights-kept')).toMatchObject([
      { reason: 'everything-looks-dead', servers: expect.arrayContaining([key(1), key(4)]) },
    ]);
  });

  it.each([1, 2, 3])(
    'with rise: %i a check that works again finds every weight where it was',
    async (rise) => {
      const lab = createGuardLab();
      lab.config = configOf({ timing: { intervalMs: 2_000, timeoutMs: 1_000, rise, fall: 1 } });
      await lab.guardUntil(120, {
        20: () => lab.answer('1 2 3 4', 'bad'),
        61: () => lab.answer('1 2 3 4', 'ok'),
      });
      expect(edits(lab)).toEqual([]);
      expect(lab.weights()).toEqual(everyone(100));
      expect(secondsOf(lab, 'alive-again')).toHaveLength(1);
    },
  );

  it('and only one comes back, the dead ones go to 0', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(120, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      61: () => lab.answer('2', 'ok'),
    });
    expect(lab.weights()).toEqual({ ...everyone(0), [key(2)]: 100 });
  });

  it('what was dead before stays at 0', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(120, {
      20: () => lab.answer('1', 'bad'),
      61: () => lab.answer('2 3 4', 'bad'),
    });
    expect(lab.weights()).toEqual({ ...everyone(100), [key(1)]: 0 });
  });

  it('a lone server keeps its weight however dead it looks', async () => {
    const table = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 7\n';
    const lab = createGuardLab({ table });
    await lab.guardUntil(60, { 20: () => lab.answer('1', 'bad') });
    expect(lab.weights()).toEqual({ [key(1)]: 7 });
  });
});

describe('minHealthy', () => {
  it.each([
    ['50%', { kind: 'percent', percent: 50 } as const, 2],
    ['3', { kind: 'count', count: 3 } as const, 3],
    ['51%', { kind: 'percent', percent: 51 } as const, 3],
    ['100%', { kind: 'percent', percent: 100 } as const, 4],
  ])('%s of four servers keeps that many in service', async (_, minHealthy, left) => {
    const lab = createGuardLab();
    lab.config = configOf({ minHealthy });
    await lab.guardUntil(100, {
      20: () => lab.answer('1', 'bad'),
      30: () => lab.answer('2', 'bad'),
      40: () => lab.answer('3', 'bad'),
    });
    const serving = Object.values(lab.weights()).filter((weight) => weight > 0);
    expect(serving).toHaveLength(left);
    expect(lab.weights()[key(4)]).toBe(100);
    expect(lab.events).toContainEqual(
      expect.objectContaining({ type: 'weights-kept', reason: 'min-healthy', least: left }),
    );
  });
});

describe('a server that flaps', () => {
  it('is brought back more and more slowly, and changes the table a few times only', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ rampUpMs: 0 });
    // 6 s bad, 6 s good: undamped it would go down and up every 12 s.
    const flaps: Record<number, () => void> = {};
    for (let second = 20; second < 600; second += 12) {
      flaps[second] = () => lab.answer('1', 'bad');
      flaps[second + 6] = () => lab.answer('1', 'ok');
    }
    await lab.guardUntil(600, flaps);
    const downs = secondsOf(lab, 'server-down');
    expect(downs.length).toBeLessThanOrEqual(3);
    expect(lab.weights()[key(1)]).toBe(0);
    await lab.guardUntil(700, { 610: () => lab.answer('1', 'ok') });
    expect(lab.weights()).toEqual(everyone(100));
  });
});

describe('the guard', () => {
  it('starts one ipvsadm process a poll while nothing happens', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(101);
    expect(lab.calls).toHaveLength(21);
    expect(lab.story()).toEqual(['0.0 guard-started', '101.0 guard-stopped']);
  });

  it('makes the edits of servers that die together in one process, those that add weight first', async () => {
    const table = [1, 2, 3, 4, 5, 6]
      .map((n) => `-a -t 10.0.0.100:80 -r 10.0.0.${n}:80 -m -w 100\n`)
      .join('');
    const lab = createGuardLab({
      table: `-A -t 10.0.0.100:80 -s wrr\n${table}`,
      commandCostMs: 3_000,
    });
    await lab.guardUntil(100, { 20: () => lab.answer('1 2 3', 'bad') });
    const editing = lab.calls.filter((stdin) => /^-e /m.test(stdin));
    expect(editing.length).toBeLessThanOrEqual(2);
    expect(edits(lab)).toHaveLength(3);
  });

  it('ends at SIGTERM with the weights as they are', async () => {
    const lab = createGuardLab();
    expect(await lab.guardUntil(40, { 20: () => lab.answer('1', 'bad') })).toBe(143);
    const weights = lab.weights();
    expect(weights[key(1)]).toBe(0);
    expect(lab.events.at(-1)).toMatchObject({ type: 'guard-stopped', reason: 'SIGTERM' });
  });

  it('goes on after ipvsadm has failed for a while, and says so once', async () => {
    let broken = false;
    const lab = createGuardLab({
      faults: () =>
        broken ? { kind: 'exited', exitCode: 2, stdout: '', stderr: 'out of memory\n' } : undefined,
    });
    await lab.guardUntil(120, {
      19: () => {
        broken = true;
      },
      20: () => lab.answer('1', 'bad'),
      70: () => {
        broken = false;
      },
    });
    expect(lab.weights()[key(1)]).toBe(0);
    expect(lab.events.filter(({ type }) => type === 'warning')).toHaveLength(1);
    expect(lab.calls.length).toBeLessThan(60);
  });

  it("that does not know whether an edit stands finds out, and takes it for nobody else's", async () => {
    let lost = 0;
    const lab = createGuardLab({
      faults: ({ stdin, run }) => {
        if (!/^-e /m.test(stdin) || lost > 0) return undefined;
        lost++;
        run();
        return { kind: 'killed', signal: 'SIGKILL', stderr: '' };
      },
    });
    await lab.guardUntil(150, {
      20: () => lab.answer('1', 'bad'),
      60: () => lab.answer('1', 'ok'),
    });
    expect(lost).toBe(1);
    expect(lab.events.filter(({ type }) => type === 'weight-taken')).toEqual([]);
    expect(lab.weights()).toEqual(everyone(100));
  });

  it.each(['put', 'remove'] as const)(
    'whose marks cannot be %s for a while loses no weight over it',
    async (method) => {
      const lab = createGuardLab();
      const { marks } = lab.store;
      const works = marks[method];
      let refused = 0;
      const breaks = async () => {
        refused++;
        return fail({ kind: 'preflight', what: 'the disk is full' } as const);
      };
      const seen: Record<string, number>[] = [];
      await lab.guardUntil(200, {
        10: () => Object.assign(marks, { [method]: breaks }),
        20: () => lab.answer('1', 'bad'),
        50: () => seen.push({ ...lab.weights() }),
        60: () => lab.answer('1', 'ok'),
        110: () => Object.assign(marks, { [method]: works }),
      });
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(30);
      // Without a mark there is no edit.
      expect(seen[0]?.[key(1)]).toBe(method === 'put' ? 100 : 0);
      expect(lab.weights()).toEqual(everyone(100));
      expect(await marks.list()).toEqual({ ok: true, value: [] });
      expect(lab.events.filter(({ type }) => type === 'warning')).toHaveLength(1);
    },
  );
});
