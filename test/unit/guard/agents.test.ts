import { describe, expect, it } from 'vitest';
import { configOf, createGuardLab, type GuardLab, key } from '../../support/simulated-guard.ts';

const agent = { port: 9_999, intervalMs: 2_000, timeoutMs: 1_000 };
const lab = (more: Parameters<typeof configOf>[0] = {}): GuardLab => {
  const made = createGuardLab();
  made.config = configOf({ agent, rampUpMs: 0, ...more });
  return made;
};
const marksOf = async (of: GuardLab) => {
  const listed = await of.store.marks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value.map(({ server, weight, percent }) => [server, weight, percent]);
};
const warnings = (of: GuardLab) =>
  of.events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));

describe('a guard of a service with agents', () => {
  it('gives a server the percentage of its base weight, and all of it again, with the base in its mark', async () => {
    const one = lab();
    one.say('1', '50%');
    await one.guardUntil(20);
    expect(one.weights()).toMatchObject({ [key(1)]: 50, [key(2)]: 100 });
    expect(await marksOf(one)).toEqual([[key(1), 100, 50]]);
    one.say('1', '250%');
    await one.guardUntil(40);
    expect(one.weights()[key(1)]).toBe(100);
    expect(await marksOf(one)).toEqual([]);
  });

  it('takes out what says down or drain, and brings it back for up and ready, as a ramp', async () => {
    const one = lab({ rampUpMs: 4_000 });
    one.say('1', 'down');
    one.say('2', 'drain');
    await one.guardUntil(60, {
      20: () => one.say('1 2', 'up'),
      40: () => one.say('2', 'ready'),
    });
    const storyOf = (server: number) =>
      one.events.flatMap((event) =>
        event.type === 'weight-set' && event.server === key(server)
          ? [`${event.reason} ${event.to}`]
          : [],
      );
    const whole = ['agent 0', 'ramp 1', 'ramp 25', 'ramp 50', 'ramp 75', 'ramp 100'];
    expect([storyOf(1), storyOf(2), storyOf(3)]).toEqual([whole, whole, []]);
    const back = one.events.filter((event) => event.type === 'weight-set' && event.to === 1);
    expect(back.map((event) => ('server' in event ? event.server : ''))).toEqual([key(1), key(2)]);
    expect(one.weights()).toMatchObject({ [key(1)]: 100, [key(2)]: 100 });
  });

  it('leaves everything as it is where an agent does not answer, and says so once', async () => {
    const one = lab();
    one.say('1 2 3 4', '100%');
    one.say('1', '30%');
    await one.guardUntil(60, { 20: () => one.say('1', undefined) });
    expect(one.weights()[key(1)]).toBe(30);
    expect(warnings(one)).toEqual(['agent-silent']);
  });

  it('warns of words that mean nothing, and obeys the others', async () => {
    const one = lab();
    one.say('1 2 3 4', 'ready');
    one.say('1', 'maxconn:30 75%');
    await one.guardUntil(20);
    expect(one.weights()[key(1)]).toBe(75);
    expect(warnings(one)).toEqual(['agent-not-understood']);
  });

  it('takes a weight of a person for the base', async () => {
    const one = lab();
    one.say('1', '50%');
    await one.guardUntil(40, { 20: () => one.setWeight(key(1), 80) });
    expect(one.weights()[key(1)]).toBe(40);
    expect(await marksOf(one)).toEqual([[key(1), 80, 50]]);
  });

  it('brings a dead server back to what its agent asks for', async () => {
    const one = lab();
    one.say('1', '40%');
    await one.guardUntil(80, {
      20: () => one.answer('1', 'bad'),
      50: () => one.answer('1', 'ok'),
    });
    expect(one.weights()[key(1)]).toBe(40);
    expect(one.story().filter((line) => / dead /.test(line))).toHaveLength(1);
  });

  it('goes no lower than the floor, and says so', async () => {
    const one = lab({ floor: { kind: 'percent', percent: 90 } });
    one.say('1 2 3 4', '70%');
    await one.guardUntil(30);
    expect(Object.values(one.weights()).sort()).toEqual([100, 100, 100, 70]);
    expect(one.story().some((line) => line.includes('kept min-serving'))).toBe(true);
  });

  it('brings servers back in full where the file no longer has an agent', async () => {
    const one = lab();
    one.say('1', '50%');
    await one.guardUntil(60, {
      20: () => {
        one.config = configOf({ rampUpMs: 0 });
        one.reload();
      },
    });
    expect(one.weights()[key(1)]).toBe(100);
    expect(await marksOf(one)).toEqual([]);
  });

  it('goes on after a restart with what agents say, and raises nobody before', async () => {
    const one = lab();
    one.say('1', '50%');
    one.say('2', 'down');
    await one.guardUntil(20);
    const before = one.events.length;
    await one.guardUntil(40, { 30: () => one.say('1 2', 'up 100%') });
    const sets = one.events
      .slice(before)
      .flatMap((event) =>
        event.type === 'weight-set' ? [[event.server, event.from, event.to]] : [],
      );
    expect(sets).toHaveLength(2);
    expect(sets).toEqual(
      expect.arrayContaining([
        [key(1), 50, 100],
        [key(2), 0, 100],
      ]),
    );
    expect(await marksOf(one)).toEqual([]);
  });

  it('leaves a server out that an operator has out, whatever its agent says, and its base weight in its mark', async () => {
    const one = lab();
    one.say('1', '50%');
    const mark = one.mark({ server: key(1), reason: 'operator', weight: 100 });
    await one.guardUntil(60, {
      20: () => {
        void one.store.marks.put(mark);
        one.setWeight(key(1), 0);
      },
      30: () => one.say('1', '80%'),
    });
    expect(one.weights()[key(1)]).toBe(0);
    expect((await marksOf(one)).map(([, weight]) => weight)).toEqual([100, 100]);
  });
});
