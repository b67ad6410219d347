import { describe, expect, it } from 'vitest';
import { createGuardLab, key, web } from '../../../support/simulated-guard.ts';

/** The samples of one metric, as `label: value` of the last label. */
const samplesOf = (lab: ReturnType<typeof createGuardLab>, name: string) =>
  Object.fromEntries(
    [...(lab.board.metrics().find((one) => one.name === name)?.samples ?? [])].map(
      ({ labels, value }) => [Object.values(labels).at(-1), value],
    ),
  );

describe('the board of a guard', () => {
  it('knows who is up, and counts each fall of a server', async () => {
    const lab = createGuardLab();
    const seen: unknown[] = [];
    await lab.guardUntil(120, {
      10: () => lab.answer('2', 'bad'),
      30: () => {
        seen.push(samplesOf(lab, 'drain_check_up'));
        lab.answer('2', 'ok');
      },
      50: () => lab.answer('2', 'bad'),
      70: () => lab.answer('2', 'ok'),
    });
    expect(seen).toEqual([{ [key(1)]: 1, [key(2)]: 0, [key(3)]: 1, [key(4)]: 1 }]);
    expect(samplesOf(lab, 'drain_check_flaps_total')).toEqual({
      ...{ [key(1)]: 0, [key(2)]: 2, [key(3)]: 0, [key(4)]: 0 },
    });
    const [answers] = lab.board
      .metrics()
      .filter(({ name }) => name === 'drain_check_answer_seconds')
      .flatMap(({ samples }) => [...samples].filter(({ suffix }) => suffix === '_count'));
    // Four servers, each asked every 1.8 to 2 seconds.
    expect(answers?.value).toBeGreaterThanOrEqual(4 * 60);
    expect(answers?.value).toBeLessThanOrEqual(4 * 68);
  });

  it('says that everything is dead for as long as it is', async () => {
    const lab = createGuardLab();
    const seen: unknown[] = [];
    const look = () => seen.push(samplesOf(lab, 'drain_check_all_dead'));
    await lab.guardUntil(90, {
      10: () => lab.answer('1 2 3 4', 'bad'),
      30: look,
      40: () => lab.answer('1 2 3 4', 'ok'),
      60: look,
    });
    expect(seen).toEqual([{ [web]: 1 }, { [web]: 0 }]);
  });

  it('is alive while the table can be listed, and ready from then on', async () => {
    let isAway = false;
    const lab = createGuardLab({
      faults: () => (isAway ? { kind: 'killed', signal: 'SIGKILL', stderr: '' } : undefined),
    });
    const seen: unknown[] = [];
    const look = () => seen.push([lab.board.isAlive(), lab.board.unknown()]);
    expect([lab.board.isAlive(), lab.board.unknown()]).toEqual([false, []]);
    await lab.guardUntil(100, {
      10: look,
      11: () => {
        isAway = true;
      },
      60: () => {
        look();
        isAway = false;
      },
      70: look,
    });
    expect(seen).toEqual([
      [true, []],
      [false, ['the table of sim']],
      [true, []],
    ]);
  });
});
