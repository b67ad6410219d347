import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  isAskedFor,
  type Notice,
  type NoticeGroup,
  noticeGroups,
} from '../../../src/domain/events/notice.ts';
import { createNotifier } from '../../../src/notify/notifier.ts';
import { openNotifier } from '../../../src/notify/open-notifier.ts';
import type { Delivery, Target } from '../../../src/notify/target.ts';
import { withFolder } from '../../support/drain-command.ts';
import { until } from '../../support/eventually.ts';
import { jumpingClock, standingClock } from '../../support/notice-clocks.ts';
import { heldNotice } from '../../support/notices.ts';

afterEach(() => void vi.unstubAllEnvs());

const of = (type: Notice['type'], failure = false): Notice => ({ ...heldNotice, type, failure });

/** Takes what it is given when it is told to. */
function slowTarget(name: string) {
  const got: string[] = [];
  const open: ((delivery: Delivery) => void)[] = [];
  const target: Target<Notice> = {
    name,
    deliver: ({ type }, { over }) =>
      new Promise((resolve) => {
        got.push(type);
        open.push(resolve);
        over.addEventListener('abort', () => resolve({ kind: 'failed', detail: 'cut off' }));
      }),
  };
  const answer = async (delivery: Delivery): Promise<void> => {
    await until(() => open.length > 0);
    open.shift()?.(delivery);
  };
  return { got, target, answer };
}

function notifying(targets: readonly Target<Notice>[], on: readonly NoticeGroup[] = noticeGroups) {
  const warnings: string[] = [];
  const clock = standingClock();
  const listening = targets.map((target) => ({
    target,
    isAskedFor: (notice: Notice) => isAskedFor(notice, on),
  }));
  const about = ({ rollout }: Notice): string => `of ${rollout}`;
  const words = { about, whole: 'this rollout' };
  const warn = (line: string): void => void warnings.push(line);
  return { warnings, clock, notifier: createNotifier({ ...words, listening, clock, warn }) };
}

describe('notices', () => {
  it('reach each target in order, and none waits for another', async () => {
    const [slow, quick] = [slowTarget('slow'), slowTarget('quick')];
    const { notifier, warnings } = notifying([slow.target, quick.target]);
    notifier.send(of('started'));
    notifier.send(of('done'));
    await quick.answer({ kind: 'delivered' });
    await quick.answer({ kind: 'delivered' });
    expect(quick.got).toEqual(['started', 'done']);
    expect(slow.got).toEqual(['started']);
    await slow.answer({ kind: 'delivered' });
    await slow.answer({ kind: 'delivered' });
    await notifier.close();
    expect(slow.got).toEqual(['started', 'done']);
    expect(warnings).toEqual([]);
  });

  it('that fail are one line each, and do not keep the next one back', async () => {
    const one = slowTarget('https://hooks.example.com');
    const { notifier, warnings } = notifying([one.target]);
    notifier.send(of('started'));
    notifier.send(of('done'));
    await one.answer({ kind: 'failed', detail: '500 Internal Server Error, 7 times' });
    await one.answer({ kind: 'delivered' });
    await notifier.close();
    expect(warnings).toEqual([
      'drain: the notification "started" of 20261123-141530042-7f3a to https://hooks.example.com was not delivered: 500 Internal Server Error, 7 times',
    ]);
  });

  it('go no more to whoever wants no more', async () => {
    const one = slowTarget('https://hooks.example.com');
    const { notifier, warnings } = notifying([one.target]);
    for (const type of ['started', 'paused', 'done'] as const) notifier.send(of(type));
    await one.answer({ kind: 'gone', detail: '410 Gone' });
    await notifier.close();
    expect(one.got).toEqual(['started']);
    expect(warnings).toEqual([
      expect.stringContaining('410 Gone; it gets no more of this rollout'),
    ]);
  });

  it('are waited for at the end for ten seconds, and then named', async () => {
    const one = slowTarget('https://hooks.example.com');
    const { notifier, warnings, clock } = notifying([one.target]);
    notifier.send(of('started'));
    notifier.send(of('done'));
    await until(() => one.got.length === 1);
    let hasClosed = false;
    const closed = notifier.close().then(() => {
      hasClosed = true;
    });
    clock.moveOn(9_999);
    await new Promise(setImmediate);
    expect(hasClosed).toBe(false);
    clock.moveOn(1);
    await closed;
    expect(warnings).toEqual([
      expect.stringMatching(/"started".* was not delivered: cut off$/),
      expect.stringMatching(/"done".* was not sent: what came before it took too long$/),
    ]);
  });

  it('are not waited for where there are none', async () => {
    const { notifier, clock } = notifying([slowTarget('one').target]);
    await notifier.close();
    expect(clock.sleepers.size).toBe(0);
  });

  it.each([
    ['start', ['started', 'resumed']],
    ['hold', ['paused', 'held', 'held!']],
    ['failure', ['held!', 'rollback-started!', 'rolled-back!', 'refused!', 'failed!']],
    ['rollback', ['rollback-started', 'rollback-started!', 'rolled-back', 'rolled-back!']],
    ['done', ['done']],
  ] as const)('on %s are %j', async (group, expected) => {
    const got: string[] = [];
    const target: Target<Notice> = {
      name: 'all',
      async deliver({ type, failure }) {
        got.push(failure ? `${type}!` : type);
        return { kind: 'delivered' };
      },
    };
    const { notifier } = notifying([target], [group]);
    for (const type of ['started', 'resumed', 'paused', 'held'] as const) notifier.send(of(type));
    notifier.send(of('held', true));
    for (const type of ['rollback-started', 'rolled-back'] as const) {
      notifier.send(of(type));
      notifier.send(of(type, true));
    }
    for (const type of ['refused', 'failed'] as const) notifier.send(of(type, true));
    notifier.send(of('done'));
    await notifier.close();
    expect(new Set(got)).toEqual(new Set(expected));
    expect(got).toHaveLength(expected.length);
  });
});

describe('a webhook whose secret cannot be had', () => {
  const open = async (secretFile?: string) => {
    const warnings: string[] = [];
    const url = 'https://hooks.example.com/T0KEN';
    const secret = secretFile === undefined ? {} : { secretFile };
    await openNotifier([{ kind: 'webhook', on: ['done'], url, ...secret }], {
      clock: jumpingClock(),
      random: () => 0,
      warn: (line) => void warnings.push(line),
    });
    return warnings;
  };

  it('gets nothing, and it is said why, without the secret or the path of the URL', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'secret');
      const to = 'drain: notifications are not sent to https://hooks.example.com: the secret in';
      expect(await open(file)).toEqual([`${to} ${file} cannot be read: there is no such file`]);
      await writeFile(file, 'too short\n');
      expect(await open(file)).toEqual([`${to} ${file} is no good: it is shorter than 16 bytes`]);
      vi.stubEnv('DRAIN_NOTIFY_SECRET', 'whsec_?');
      expect(await open()).toEqual([
        `${to} DRAIN_NOTIFY_SECRET is no good: what follows whsec_ in it is no base64`,
      ]);
      await writeFile(file, 'long enough to be a secret\n');
      expect(await open(file)).toEqual([]);
    }));
});
