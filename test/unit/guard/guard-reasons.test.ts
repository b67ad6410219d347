import { describe, expect, it } from 'vitest';
import {
  configOf,
  createGuardLab,
  type GuardLab,
  key,
  web,
} from '../../support/simulated-guard.ts';

const told = (lab: GuardLab, type: string) => lab.events.filter((event) => event.type === type);
const dies = (lab: GuardLab) => ({ 20: () => lab.answer('1', 'bad') });
const marks = async (lab: GuardLab) => {
  const listed = await lab.store.marks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value.map(({ server, reason, weight }) => `${server} ${reason} ${weight}`);
};

describe('a server that an operator took out', () => {
  it('stays out whatever its health does, until the operator brings it in', async () => {
    const lab = createGuardLab();
    const mark = lab.mark({ server: key(1), reason: 'operator', weight: 100 });
    await lab.store.marks.put(mark);
    lab.setWeight(key(1), 0);
    await lab.guardUntil(200, {
      20: () => lab.answer('1', 'bad'),
      60: () => lab.answer('1', 'ok'),
      100: () => lab.answer('1', 'bad'),
      140: () => lab.answer('1', 'ok'),
    });
    expect(told(lab, 'weight-set')).toEqual([]);
    expect(await marks(lab)).toEqual([`${key(1)} operator 100`]);
    await lab.guardUntil(300, {
      220: () => {
        lab.setWeight(key(1), 100);
        void lab.store.marks.remove(mark);
      },
      240: () => lab.answer('1', 'bad'),
    });
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('while it was out by health comes back only when both reasons are gone', async () => {
    const lab = createGuardLab();
    const mark = lab.mark({ server: key(1), reason: 'operator', weight: 100 });
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(200, {
      ...dies(lab),
      40: () => void lab.store.marks.put(mark),
      60: () => lab.answer('1', 'ok'),
      150: () => seen.push(lab.weights()[key(1)]),
      160: () => void lab.store.marks.remove(mark),
    });
    expect(seen).toEqual([0]);
    expect(lab.weights()[key(1)]).toBe(100);
    expect(await marks(lab)).toEqual([]);
  });
});

describe('a server that the cluster has out', () => {
  it('is brought in by no guard, whatever its health says', async () => {
    const lab = createGuardLab();
    const subject = { table: 'ipvsadm', service: web, cluster: 'prod' } as const;
    const servers = [
      { server: key(1), uid: 'n1', weight: 100, state: 'leaving', sinceMs: 0 } as const,
    ];
    const seen: (number | undefined)[] = [];
    await lab.store.marks.put(lab.mark({ server: key(1), reason: 'health', weight: 100 }));
    lab.setWeight(key(1), 0);
    await lab.store.marks.clusters.put({
      ...{ ...subject, servers, uid: 's1', addedService: true },
      of: { namespace: 'default', name: 'web', port: 'http' },
    });
    await lab.guardUntil(200, {
      100: () => seen.push(lab.weights()[key(1)]),
      101: () => void lab.store.marks.clusters.remove(subject),
    });
    expect(seen).toEqual([0]);
    expect(lab.weights()[key(1)]).toBe(100);
  });
});

describe('a server that an operator takes out in the middle of its ramp', () => {
  it('goes on with it once it is in again, to the weight from before', async () => {
    const lab = createGuardLab();
    const mark = lab.mark({ server: key(1), reason: 'operator', weight: 40 });
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(250, {
      ...dies(lab),
      60: () => lab.answer('1', 'ok'),
      75: () => {
        void lab.store.marks.put(mark);
        lab.setWeight(key(1), 0);
      },
      140: () => {
        seen.push(lab.weights()[key(1)]);
        void lab.store.marks.remove(mark);
      },
    });
    expect(seen).toEqual([0]);
    expect(told(lab, 'weight-taken')).toEqual([]);
    expect(lab.weights()[key(1)]).toBe(100);
  });
});

describe('a weight that somebody else sets', () => {
  it("to 0 stays 0: without a mark it is a person's", async () => {
    const lab = createGuardLab();
    lab.setWeight(key(1), 0);
    await lab.guardUntil(200, {
      ...dies(lab),
      60: () => lab.answer('1', 'ok'),
    });
    expect(told(lab, 'weight-set')).toEqual([]);
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('on a healthy server is left alone, and is what it comes back to', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(150, {
      10: () => lab.setWeight(key(1), 30),
      ...dies(lab),
      60: () => lab.answer('1', 'ok'),
    });
    expect(told(lab, 'weight-set')[0]).toMatchObject({ from: 30, to: 0, wanted: 30 });
    expect(lab.weights()[key(1)]).toBe(30);
  });

  it('on a dead server is what it comes back to, and it is dead all the same, which is said', async () => {
    const lab = createGuardLab();
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(150, {
      ...dies(lab),
      41: () => lab.setWeight(key(1), 30),
      55: () => seen.push(lab.weights()[key(1)]),
      60: () => lab.answer('1', 'ok'),
    });
    expect(seen).toEqual([0]);
    expect(told(lab, 'weight-taken')).toMatchObject([{ server: key(1), before: 0, weight: 30 }]);
    expect(lab.weights()[key(1)]).toBe(30);
  });

  it.each([35, 0])('in the middle of a ramp to %i ends the ramp there', async (weight) => {
    const lab = createGuardLab();
    await lab.guardUntil(150, {
      ...dies(lab),
      60: () => lab.answer('1', 'ok'),
      70: () => lab.setWeight(key(1), weight),
    });
    expect(lab.weights()[key(1)]).toBe(weight);
    expect(told(lab, 'weight-taken')).toHaveLength(1);
    expect(await marks(lab)).toEqual([]);
  });
});

describe('a file in the maintenance folder', () => {
  it('takes its host out while it is there, and health brings it back afterwards, as a ramp', async () => {
    const lab = createGuardLab();
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(200, {
      20: () => lab.folder.add('10.0.0.1'),
      23: () => seen.push(lab.weights()[key(1)]),
      30: () => lab.answer('1', 'bad'),
      50: () => lab.answer('1', 'ok'),
      98: () => seen.push(lab.weights()[key(1)]),
      100: () => lab.folder.delete('10.0.0.1'),
    });
    expect(seen).toEqual([0, 0]);
    expect(lab.weights()[key(1)]).toBe(100);
    expect(told(lab, 'weight-set').slice(0, 2)).toMatchObject([
      { reason: 'maintenance', from: 100, to: 0 },
      { reason: 'ramp', from: 0, to: 1 },
    ]);
    const back = told(lab, 'weight-set')[1]?.at ?? '';
    const gone = told(lab, 'maintenance-off')[0]?.at ?? '';
    // Two good answers, asked for after the file had gone.
    expect(Date.parse(back) - Date.parse(gone)).toBeGreaterThan(1_800);
  });

  it('that goes while its host is dead leaves it at 0', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(200, {
      20: () => lab.folder.add('10.0.0.1:80'),
      30: () => lab.answer('1', 'bad'),
      100: () => lab.folder.delete('10.0.0.1:80'),
    });
    expect(lab.weights()[key(1)]).toBe(0);
    expect(await marks(lab)).toEqual([`${key(1)} health 100`]);
  });

  it('that names another port, or nothing, does nothing and is said once', async () => {
    const lab = createGuardLab();
    lab.folder.add('10.0.0.1:81').add('no host');
    await lab.guardUntil(60);
    expect(told(lab, 'weight-set')).toEqual([]);
    expect(told(lab, 'warning')).toHaveLength(1);
  });

  it('for every host leaves minHealthy of them', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ minHealthy: { kind: 'count', count: 2 } });
    await lab.guardUntil(60, {
      20: () => {
        for (const n of [1, 2, 3, 4]) lab.folder.add(`10.0.0.${n}`);
      },
    });
    expect(Object.values(lab.weights()).filter((weight) => weight > 0)).toHaveLength(2);
    expect(told(lab, 'weights-kept')).toMatchObject([{ reason: 'min-healthy', least: 2 }]);
  });
});

describe('a service in a rollout', () => {
  it('is left to it, marks and all, and looked after again when it is over', async () => {
    const lab = createGuardLab();
    let triedMeanwhile = -1;
    await lab.guardUntil(120, {
      10: () => lab.holdBy('r1'),
      20: () => lab.answer('1', 'bad'),
      69: () => {
        triedMeanwhile = lab.lockTries.length;
      },
      70: () => lab.holdBy(undefined),
    });
    expect(triedMeanwhile).toBe(0);
    expect(told(lab, 'left-to-rollout')).toMatchObject([{ service: web, rollout: 'r1' }]);
    expect(told(lab, 'guarded-again')).toHaveLength(1);
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('that begins in the middle of a ramp stops it; what the rollout leaves is what counts', async () => {
    const lab = createGuardLab();
    let then: number | undefined;
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(200, {
      ...dies(lab),
      60: () => lab.answer('1', 'ok'),
      70: () => {
        lab.holdBy('r1');
        then = lab.weights()[key(1)];
      },
      90: () => seen.push(lab.weights()[key(1)]),
      95: () => lab.setWeight(key(1), 0),
      100: () => lab.holdBy(undefined),
    });
    expect(then).toBeGreaterThan(1);
    expect(seen).toEqual([then]);
    expect(lab.weights()[key(1)]).toBe(0);
    expect(await marks(lab)).toEqual([]);
  });

  it('that leaves a server where the ramp stood has the ramp go on', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(200, {
      ...dies(lab),
      60: () => lab.answer('1', 'ok'),
      70: () => lab.holdBy('r1'),
      100: () => lab.holdBy(undefined),
    });
    expect(lab.weights()[key(1)]).toBe(100);
  });
});

describe('a guard that is started again', () => {
  it('knows what was out and brings it back to its weight', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(40, dies(lab));
    expect(await marks(lab)).toEqual([`${key(1)} health 100`]);
    await lab.guardUntil(80);
    expect(lab.weights()[key(1)]).toBe(0);
    lab.answer('1', 'ok');
    await lab.guardUntil(150);
    expect(lab.weights()[key(1)]).toBe(100);
    expect(told(lab, 'weight-taken')).toEqual([]);
  });

  it('in the middle of a ramp goes on from there', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(75, { ...dies(lab), 60: () => lab.answer('1', 'ok') });
    const then = lab.weights()[key(1)] ?? 0;
    expect(then).toBeGreaterThan(10);
    const before = told(lab, 'weight-set').length;
    await lab.guardUntil(150);
    const first = told(lab, 'weight-set')[before];
    expect(first?.type === 'weight-set' && first.to).toBeGreaterThan(then);
    expect(lab.weights()[key(1)]).toBe(100);
  });

  it('after the machine, with the weights from before, forgets its mark', async () => {
    const lab = createGuardLab();
    await lab.store.marks.put(lab.mark({ server: key(1), reason: 'health', weight: 100 }));
    await lab.guardUntil(30);
    expect(told(lab, 'weight-set')).toEqual([]);
    expect(await marks(lab)).toEqual([]);
  });

  it('after a file has gone brings its host back', async () => {
    const lab = createGuardLab();
    lab.folder.add('10.0.0.1');
    await lab.guardUntil(20);
    expect(lab.weights()[key(1)]).toBe(0);
    lab.folder.clear();
    await lab.guardUntil(80);
    expect(lab.weights()[key(1)]).toBe(100);
  });

  it('keeps the mark of a server that is deleted and added again, and forgets one that stays away', async () => {
    const lab = createGuardLab();
    const { ipvsadm } = lab.simulation;
    const server = ['-t', '10.0.0.100:80', '-r', key(1)];
    await lab.guardUntil(90, {
      ...dies(lab),
      40: () => void ipvsadm(['-d', ...server]),
      70: () => void ipvsadm(['-a', ...server, '-m', '-w', '0']),
    });
    expect(await marks(lab)).toEqual([`${key(1)} health 100`]);
    await lab.guardUntil(200, { 100: () => void ipvsadm(['-d', ...server]) });
    expect(await marks(lab)).toEqual([]);
    expect(told(lab, 'weight-taken')).toEqual([]);
  });
});

describe('SIGHUP', () => {
  it('takes the new file over, and keeps what is known of servers whose check is the same', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(100, {
      ...dies(lab),
      40: () => {
        lab.config = configOf({ rampUpMs: 0 });
        lab.reload();
      },
      60: () => lab.answer('1', 'ok'),
    });
    expect(told(lab, 'reloaded')).toHaveLength(1);
    expect(told(lab, 'server-down')).toHaveLength(1);
    expect(lab.weights()[key(1)]).toBe(100);
  });

  it('with a bad file says so, and the one from before stays', async () => {
    const lab = createGuardLab();
    lab.fileIsBad = true;
    await lab.guardUntil(60, { 10: () => lab.reload(), ...dies(lab) });
    expect(told(lab, 'reload-refused')).toMatchObject([{ message: 'a bad file' }]);
    expect(lab.weights()[key(1)]).toBe(0);
  });

  it('without a service says whom nobody will bring back', async () => {
    const lab = createGuardLab();
    await lab.guardUntil(60, {
      ...dies(lab),
      40: () => {
        lab.config = { ...configOf(), services: [] };
        lab.reload();
      },
    });
    expect(told(lab, 'warning')).toMatchObject([
      { code: 'left-out', service: web, message: expect.stringContaining(`${key(1)} (was 100)`) },
    ]);
  });
});
