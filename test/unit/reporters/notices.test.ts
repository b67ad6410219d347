import { describe, expect, it } from 'vitest';
import type { DrainEvent, EventBody, RollbackCause } from '../../../src/domain/events/event.ts';
import type { Notice } from '../../../src/domain/events/notice.ts';
import { createNoticeReporter } from '../../../src/reporters/notices/notice-reporter.ts';
import type { StopRequest } from '../../../src/rollout/ports.ts';
import type { ControlRequest } from '../../../src/rollout/requests.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

const rollout = '20261123-141530042-7f3a';
const planned: EventBody = {
  type: 'planned',
  services: [{ service: 'tcp/10.0.0.100:80', scheduler: 'wrr', steps: [] }],
  from: ['10.0.0.1:80'],
  to: ['10.0.0.2:80'],
  overMs: 300_000,
  everyMs: 15_000,
};
const step: EventBody = {
  type: 'step-applied',
  director: 'local',
  service: 'tcp/10.0.0.100:80',
  step: 7,
  of: 20,
  weights: {},
  movedFraction: 0.35,
  lateMs: 0,
  applyMs: 9,
};
const finished = (
  outcome: 'done' | 'held' | 'rolled-back' | 'refused',
  exitCode: number,
  message = 'the end',
) => ({ type: 'finished', outcome, exitCode, message }) as const;
const resumed: EventBody = {
  type: 'continued',
  reason: 'resumed at step 7 of 20; 5m later',
  cause: 'resumed',
};

/** What is told of these, a second apart. */
function told(...heard: readonly (EventBody | 'opened')[]): readonly Notice[] {
  const notices: Notice[] = [];
  const reporter = createNoticeReporter({
    host: 'lb1',
    report: '/var/www/rollout.html',
    send: (notice) => void notices.push(notice),
    close: async () => {},
  });
  heard.forEach((one, second) => {
    if (one === 'opened') reporter.opened?.(rollout);
    else {
      const at = new Date(1_795_443_330_000 + 1_000 * second).toISOString();
      reporter.event({ v: 1, at, rollout, ...one } as DrainEvent);
    }
  });
  return notices;
}

const briefly = (notices: readonly Notice[]) =>
  notices.map(({ type, failure }) => (failure ? `${type}!` : type));

describe('what is told of a rollout', () => {
  it('is its start and its end, and nothing of what is between', () => {
    const notices = told(planned, 'opened', step, finished('done', 0, 'all moved'));
    expect(notices).toEqual([
      {
        v: 1,
        id: `msg_${rollout}_started_1795443330000`,
        type: 'started',
        at: '2026-11-23T14:15:30.000Z',
        rollout,
        host: 'lb1',
        from: ['10.0.0.1:80'],
        to: ['10.0.0.2:80'],
        services: ['tcp/10.0.0.100:80'],
        failure: false,
        message: '10.0.0.1:80 → 10.0.0.2:80 in tcp/10.0.0.100:80, over 5m',
        text: `drain on lb1, rollout ${rollout}: started: 10.0.0.1:80 → 10.0.0.2:80 in tcp/10.0.0.100:80, over 5m.`,
      },
      {
        v: 1,
        id: `msg_${rollout}_done_1795443333000`,
        type: 'done',
        at: '2026-11-23T14:15:33.000Z',
        rollout,
        host: 'lb1',
        from: ['10.0.0.1:80'],
        to: ['10.0.0.2:80'],
        services: ['tcp/10.0.0.100:80'],
        step: 7,
        of: 20,
        movedFraction: 0.35,
        failure: false,
        message: 'all moved',
        outcome: 'done',
        exitCode: 0,
        goBack: `drain rollback ${rollout}`,
        report: '/var/www/rollout.html',
        text: `drain on lb1, rollout ${rollout}: done: all moved. Go back: drain rollback ${rollout}.`,
      },
    ]);
  });

  it('says where it was held what to type there', () => {
    const [, notice] = told(planned, 'opened', finished('held', 7, 'held at step 7 of 20'));
    expect(notice?.text).toBe(
      `drain on lb1, rollout ${rollout}: held at step 7 of 20. Go on: drain resume ${rollout}. Go back: drain rollback ${rollout}.`,
    );
  });

  it('says who and why, once', () => {
    const actor = { user: 'anna', host: 'lb1', reason: 'deploy 42' };
    const by = <T extends EventBody>(body: T) => ({ ...body, actor });
    const why = { reason: 'asked to by anna on lb1: deploy 42', cause: 'asked' } as const;
    const notices = told(
      by(planned),
      'opened',
      by({ type: 'rollback-started', ...why }),
      by(finished('rolled-back', 5, 'rolled back: as before')),
    );
    expect(notices.map((one) => one.actor)).toEqual([actor, actor, actor]);
    for (const { text } of notices)
      expect(text.match(/y anna on lb1: deploy 42\./g)).toHaveLength(1);
    expect(notices[0]?.text).toMatch(/over 5m\. By anna on lb1: deploy 42\.$/);
  });

  it('is one thing where a pause waits for somebody, with the command that goes on', () => {
    const paused: EventBody = { type: 'paused', reason: 'asked to' };
    const notices = told(
      planned,
      'opened',
      paused,
      { type: 'continued', reason: 'asked to', cause: 'asked' },
      step,
    );
    expect(briefly(notices)).toEqual(['started', 'paused']);
    expect(notices[1]).toMatchObject({ goOn: `drain continue ${rollout}` });
  });

  it('is a failure where a gate turns it back, and none where somebody does', () => {
    const gate = 'gate check tcp 10.0.0.2:80 failed before step 8 of 20: refused';
    const back = (reason: string, cause: RollbackCause): EventBody => ({
      type: 'rollback-started',
      reason,
      cause,
    });
    const end = finished('rolled-back', 5, 'rolled back: as before');
    const heldEvent: EventBody = { type: 'rolled-back', reason: 'rolled back: as before' };
    expect(briefly(told(planned, 'opened', step, back(gate, 'gate'), heldEvent, end))).toEqual([
      'started',
      'rollback-started!',
      'rolled-back!',
    ]);
    expect(briefly(told(planned, 'opened', step, back('asked to', 'asked'), end))).toEqual([
      'started',
      'rollback-started',
      'rolled-back',
    ]);
    const stopped = [
      planned,
      'opened',
      back('SIGTERM', 'sigterm'),
      finished('rolled-back', 143),
    ] as const;
    expect(briefly(told(...stopped))).toEqual(['started', 'rollback-started', 'rolled-back']);
  });

  it.each([
    [4, 'held!'],
    [5, 'held!'],
    [6, 'held!'],
    [7, 'held!'],
    [130, 'held'],
    [143, 'held'],
  ])('held with exit code %i is %s', (exitCode, expected) => {
    expect(briefly(told(planned, 'opened', finished('held', exitCode))).at(-1)).toBe(expected);
  });

  it('that never began is a failure, and no start', () => {
    const notices = told(planned, finished('refused', 6, 'another rollout holds the lock'));
    expect(briefly(notices)).toEqual(['refused!']);
    expect(notices[0]).not.toHaveProperty('goOn');
    expect(notices[0]).not.toHaveProperty('report');
  });

  it('that is gone on with is that, and not a second start', () => {
    expect(briefly(told('opened', planned, resumed, step, finished('done', 0)))).toEqual([
      'resumed',
      'done',
    ]);
    expect(briefly(told('opened', planned, resumed, finished('held', 143)))).toEqual([
      'resumed',
      'held',
    ]);
  });

  it('that is gone back with is that alone', () => {
    const back: EventBody = { type: 'rollback-started', reason: 'asked to', cause: 'asked' };
    const end = finished('rolled-back', 0);
    expect(briefly(told('opened', planned, resumed, back, end))).toEqual([
      'rollback-started',
      'rolled-back',
    ]);
  });

  it('never has the same id twice, and none with a full stop', () => {
    const before = told(planned, 'opened', step);
    const after = told('opened', planned, resumed, step, finished('held', 7));
    const ids = [...before, ...after].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w-]+$/);
  });
});

describe('the reasons of the engine itself', () => {
  const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
`;

  type Interrupt = { readonly stop: StopRequest } | { readonly ask: ControlRequest };

  /** What is told of a rollout to which this happens after ten seconds. */
  async function toldAfter(what: Interrupt, onInterrupt: 'hold' | 'rollback' = 'rollback') {
    const { events } = await playRollout(
      { from: '10.0.0.1', to: '10.0.0.2', policy: { onInterrupt } },
      { table, seed: 1 },
      (sim, stop, ask) =>
        sim.at(sim.clock.nowMs() + 10_000, () =>
          'stop' in what ? stop(what.stop) : ask(what.ask),
        ),
    );
    return briefly(told(planned, 'opened', ...events));
  }

  it.each(['sigint', 'sigterm'] as const)('%s turns it back, and is no failure', async (signal) => {
    expect(await toldAfter({ stop: { signal, again: false } })).toEqual([
      'started',
      'rollback-started',
      'rolled-back',
    ]);
    expect(await toldAfter({ stop: { signal, again: false } }, 'hold')).toEqual([
      'started',
      'held',
    ]);
  });

  it('somebody who turns it back is no failure, at once or as a ramp', async () => {
    const expected = ['started', 'rollback-started', 'rolled-back'];
    expect(await toldAfter({ ask: { kind: 'rollback' } })).toEqual(expected);
    const pace = { overMs: 10_000, everyMs: 1_000 };
    expect(await toldAfter({ ask: { kind: 'rollback', pace } })).toEqual(expected);
  });
});

describe('the sentence of a notice', () => {
  const said = (message: string) => told(planned, 'opened', finished('held', 5, message))[1];

  it('wakes nobody by what a gate said, and links nowhere', () => {
    const { text } = said(
      '<!channel> <@U123> <https://x.example|ok> @here, 3 <= 4 <b> a@b.example',
    ) ?? { text: '' };
    expect(text).toContain(
      '< !channel> < @U123> < https://x.example|ok> @ here, 3 <= 4 <b> a@b.example',
    );
  });

  it('is one line that a terminal can show', () => {
    const notice = said('bad\u001b[31m\nnews');
    expect(notice?.message).toBe('bad\\x1b[31m\\x0anews');
    expect(notice?.text).not.toMatch(/\p{Cc}/u);
  });
});
