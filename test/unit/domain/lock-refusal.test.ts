import { describe, expect, it } from 'vitest';
import { guardHolder, lockedBy } from '../../../src/domain/rollout/lock-refusal.ts';
import { commandText } from '../../../src/domain/rollout/rollout-status.ts';

const holder = { rollout: 'r1', pid: 42, sinceMs: 0 };
const refusal = (by: Partial<Parameters<typeof lockedBy>[1]>) =>
  lockedBy('fwm/7 on ipvsadm', { ...holder, ...by });

describe('the refusal of a lock', () => {
  it('names the rollout, and the way to have it back', () => {
    expect(refusal({})).toEqual({
      kind: 'conflict',
      what: 'fwm/7 on ipvsadm is in rollout r1 (process 42) since 1970-01-01 00:00 UTC',
      next: ['wait for it, or ask it to go back: ', ['rollback', 'r1'], ''],
    });
  });

  it('names host, user and state folder where they are others, in a command that can be pasted', () => {
    const { what, next } = refusal({ host: 'lb2', user: 'anna', state: "/home/anna/it's" });
    expect(what).toContain("(process 42 on lb2 of anna with the state in /home/anna/it's)");
    expect(next).toContainEqual(['rollback', 'r1', '--state', "/home/anna/it's"]);
  });

  it.each([
    [true, /^try again: a guard has it for one edit only/],
    [undefined, /^stop that guard, or leave the service out of its file$/],
  ])(
    'of a guard (for a moment: %s) advises no rollback of a rollout that is none',
    (momentary, says) => {
      const { what, next } = refusal({ rollout: guardHolder, momentary });
      expect(what).toContain('is in the hands of drain guard (process 42)');
      expect(next).toMatch(says);
      expect(JSON.stringify(next)).not.toContain('rollback');
    },
  );

  it('of servers that are gone around waits, or ends what runs there: it takes no request', () => {
    expect(refusal({ rollout: '20261123-141530042-7f3a-around', isStopped: true })).toEqual({
      kind: 'conflict',
      what: 'fwm/7 on ipvsadm is in 20261123-141530042-7f3a-around (process 42, which is stopped) since 1970-01-01 00:00 UTC',
      next: 'let it go on with kill -CONT 42; then wait for it, or stop it with SIGTERM (process 42): the commands in hand end, and it can be resumed',
    });
  });

  it.each([
    [8.64e15, '+275760-09-13 00:00 UTC'],
    [-8.64e15, '-271821-04-20 00:00 UTC'],
    [8.64e15 + 1, 'an unknown time'],
    [Number.NaN, 'an unknown time'],
  ])('shows a time of %d as %s', (sinceMs, shown) => {
    expect(refusal({ sinceMs }).what).toMatch(new RegExp(` since ${shown.replace('+', '\\+')}$`));
  });

  it('says who wanted it, and why, where that is known', () => {
    const by = { user: 'anna', host: 'lb2', reason: 'deploy 42' };
    expect(refusal({ actor: by }).what).toBe(
      'fwm/7 on ipvsadm is in rollout r1 (process 42) since 1970-01-01 00:00 UTC, by anna on lb2: deploy 42',
    );
    const around = { rollout: '20261123-141530042-7f3a-around', actor: { ...by, program: 'x' } };
    expect(refusal(around).what).toMatch(/, by x of anna on lb2: deploy 42$/);
  });

  it('shows no control character of somebody else', () => {
    const bad = '\u001b[2J';
    const actor = { user: bad, host: bad, run: bad, program: bad, reason: bad };
    const { what, next } = refusal({ rollout: bad, host: bad, user: bad, state: bad, actor });
    const [, command] = next ?? [];
    const shown = Array.isArray(command) ? commandText(command as never) : '';
    expect(shown).toContain('rollback');
    expect(what + shown).not.toContain('\u001b');
  });
});
