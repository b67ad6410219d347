import { describe, expect, it } from 'vitest';
import {
  adviceText,
  allWays,
  commandText,
  isFinalEnd,
  isForTakeOver,
  isOver,
  rolloutStatuses,
  statusOf,
  warningText,
  waysFrom,
  waysFromAround,
  waysFromEnd,
  waysIn,
} from '../../../src/domain/rollout/rollout-status.ts';

const outcomes = ['done', 'held', 'rolled-back', 'refused', 'failed'] as const;
const words = (ways: ReturnType<typeof waysFrom>): readonly string[] =>
  allWays(ways).map((way) => commandText(way));

describe('the status of a rollout', () => {
  it('is that of its process while one has its locks, whatever its journal ended with before', () => {
    for (const end of [undefined, ...outcomes.map((outcome) => ({ outcome }))]) {
      expect(statusOf({ isRunning: true, end })).toBe('running');
      expect(statusOf({ isRunning: true, isPaused: true, end })).toBe('paused');
    }
  });

  it('is its outcome once the process is gone, and cut off where there is none', () => {
    for (const outcome of outcomes) {
      for (const isPaused of [false, true]) {
        expect(statusOf({ isRunning: false, isPaused, end: { outcome } })).toBe(outcome);
      }
    }
    expect(statusOf({ isRunning: false, isPaused: true, end: undefined })).toBe('cut-off');
  });

  it('is over exactly where nothing makes it go on', () => {
    for (const status of rolloutStatuses) {
      const { pause, on } = waysFrom(status, 'r');
      expect(isOver(status), status).toBe(pause === undefined && on === undefined);
    }
  });

  it('is over for good by every end but held', () => {
    expect(outcomes.filter((outcome) => !isFinalEnd({ outcome }))).toEqual(['held']);
    expect(isFinalEnd(undefined)).toBe(false);
  });
});

describe('the ways from a status', () => {
  it('are the commands that act there', () => {
    expect(
      Object.fromEntries(rolloutStatuses.map((one) => [one, words(waysFrom(one, 'r'))])),
    ).toEqual({
      running: ['drain pause r', 'drain rollback r'],
      paused: ['drain continue r', 'drain rollback r'],
      held: ['drain resume r', 'drain rollback r'],
      'cut-off': ['drain resume r', 'drain rollback r'],
      done: ['drain rollback r'],
      'rolled-back': [],
      refused: [],
      failed: [],
    });
  });

  it('of an around are those of a rollout that stands still, and none while it runs or is over', () => {
    for (const status of rolloutStatuses) {
      const standsStill = status === 'held' || status === 'cut-off';
      expect(waysFromAround(status, 'a')).toEqual(standsStill ? waysFrom(status, 'a') : {});
    }
  });

  it('are open to another process unasked after a crash and after a shutdown only', () => {
    expect(isForTakeOver(undefined)).toBe(true);
    expect(
      [0, 1, 2, 4, 5, 6, 7, 130, 143].filter((exitCode) => isForTakeOver({ exitCode })),
    ).toEqual([143]);
  });
});

describe('a command as it is printed', () => {
  it('has the options that it needs where it is typed behind the id', () => {
    expect(commandText(['resume', 'r'], { options: ['--state', '/tmp/s'] })).toBe(
      'drain resume r --state /tmp/s',
    );
  });

  it('is quoted where a shell would take it apart', () => {
    const context = { options: ['--state', '/srv/my state', '--config', "it's.yaml"] };
    expect(commandText(['resume', 'r'], context)).toBe(
      "drain resume r --state '/srv/my state' --config 'it'\\''s.yaml'",
    );
  });

  it('says how directors are reached where it reaches them anew', () => {
    const context = { reach: ['--ipvsadm', 'ip netns exec lb ipvsadm'] };
    expect(commandText(['resume', 'r'], context)).toBe(
      "drain resume r --ipvsadm 'ip netns exec lb ipvsadm'",
    );
    expect(commandText(['pause', 'r'], context)).toBe('drain pause r');
  });

  it('that says itself where its rollout is, is left as it is', () => {
    expect(commandText(['rollback', 'r', '--state', '/b'], { options: ['--state', '/a'] })).toBe(
      'drain rollback r --state /b',
    );
  });

  it('stands in advice as in a sentence', () => {
    const advice = ['go on with ', ['resume', 'r'], ', or wait'] as const;
    expect(adviceText(advice, { options: ['--state', '/a'] })).toBe(
      'go on with drain resume r --state /a, or wait',
    );
    expect(adviceText('look at it')).toBe('look at it');
  });

  it('is none where nothing of the rollout stays', () => {
    expect(waysIn({ isPassing: true }, waysFrom('held', 'r'))).toEqual({});
    expect(waysIn({}, waysFrom('held', 'r'))).toEqual(waysFrom('held', 'r'));
  });

  it('moves no cursor, whatever the id is', () => {
    expect(commandText(['rollback', 'r\u001b[2J'])).toBe("drain rollback $'r\\033[2J'");
  });
});

describe('the ways from an end', () => {
  const policy = { keep: false };
  const held = (exitCode: number) => ({ outcome: 'held', exitCode }) as const;
  const finish = (...of: Parameters<typeof waysFromEnd>) => waysFromEnd(...of).finish;

  it('have one that removes the old server, where only its clients are waited for', () => {
    expect(waysFromEnd('r', held(4), { policy, isBack: false })).toEqual({
      ...waysFrom('held', 'r'),
      finish: ['resume', 'r', '--on-timeout', 'remove'],
    });
  });

  it('have none where that is no option: kept servers, a rollback, another reason', () => {
    expect(finish('r', held(4), { policy: { keep: true }, isBack: false })).toBeUndefined();
    expect(finish('r', held(4), { policy, isBack: true })).toBeUndefined();
    expect(finish('r', held(4), { isBack: false })).toBeUndefined();
    expect(finish('r', held(5), { policy, isBack: false })).toBeUndefined();
    const gone = { outcome: 'rolled-back', exitCode: 4 } as const;
    expect(finish('r', gone, { policy, isBack: false })).toBeUndefined();
  });
});

it('a warning of the planner has its advice behind it', () => {
  expect(warningText({ message: 'lb2 is slow' })).toBe('lb2 is slow');
  const next = ['see ', ['status'], ''] as const;
  expect(warningText({ message: 'lb2 is slow', next })).toBe('lb2 is slow; see drain status');
});

it('advice to bring a server in or take it out is pasted anywhere as well', () => {
  const context = { options: ['--state', '/srv/a b'], reach: ['--ipvsadm', 'sudo ipvsadm'] };
  expect(adviceText(['first: ', ['in', '10.0.0.1:80'], ', or insist'], context)).toBe(
    "first: drain in 10.0.0.1:80 --state '/srv/a b' --ipvsadm 'sudo ipvsadm', or insist",
  );
});
