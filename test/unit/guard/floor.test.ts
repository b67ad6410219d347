import { describe, expect, it } from 'vitest';
import { configOf, createGuardLab, type GuardLab, key } from '../../support/simulated-guard.ts';

const told = (lab: GuardLab, type: string) => lab.events.filter((event) => event.type === type);
const serving = (lab: GuardLab): number =>
  Object.values(lab.weights()).filter((weight) => weight > 0).length;
const three = { kind: 'count', count: 3 } as const;

describe('a guard of a service with a floor', () => {
  it('leaves a server that is down in when the floor is reached, and says so', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ floor: three });
    await lab.guardUntil(80, {
      20: () => lab.answer('1', 'bad'),
      40: () => lab.answer('2', 'bad'),
    });
    expect(lab.weights()).toMatchObject({ [key(1)]: 0, [key(2)]: 100 });
    expect(told(lab, 'weights-kept')).toMatchObject([
      { reason: 'min-serving', servers: [key(2)], least: 3 },
    ]);
  });

  it('counts what an operator has out, and takes the dead one as soon as that is back', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ floor: { kind: 'percent', percent: 75 } });
    const mark = lab.mark({ server: key(4), reason: 'operator', weight: 100 });
    await lab.store.marks.put(mark);
    lab.setWeight(key(4), 0);
    const seen: (number | undefined)[] = [];
    await lab.guardUntil(120, {
      20: () => lab.answer('1', 'bad'),
      60: () => {
        seen.push(lab.weights()[key(1)]);
        lab.setWeight(key(4), 100);
        void lab.store.marks.remove(mark);
      },
    });
    expect(seen).toEqual([100]);
    expect(lab.weights()).toMatchObject({ [key(1)]: 0, [key(4)]: 100 });
  });

  it('keeps the floor whatever files are in the maintenance folder', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ floor: three });
    await lab.guardUntil(60, {
      20: () => {
        for (const n of [1, 2, 3, 4]) lab.folder.add(`10.0.0.${n}`);
      },
    });
    expect(serving(lab)).toBe(3);
  });
});
