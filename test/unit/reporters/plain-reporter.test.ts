import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/domain/events/event.ts';
import type { CommandContext } from '../../../src/domain/rollout/rollout-status.ts';
import { createPlainReporter } from '../../../src/reporters/plain-reporter.ts';
import {
  atBlue,
  blue,
  event,
  fakeOutput,
  green,
  plan,
  sample,
  stepApplied,
  web,
} from './builders.ts';

/** What is written, without the time of day. */
function report(events: readonly (readonly [number, EventBody])[], directors?: readonly string[]) {
  const { output, lines } = fakeOutput();
  const reporter = createPlainReporter(output);
  reporter.plan(plan({ directors: directors ?? ['local'] }), []);
  for (const [seconds, body] of events) reporter.event(event(seconds, body));
  reporter.close();
  for (const line of lines()) expect(line).toMatch(/^\d\d:\d\d:\d\d /);
  return lines().map((line) => line.slice(9));
}

describe('a log of a rollout', () => {
  it('begins every line with the time of day here', () => {
    const { output, lines } = fakeOutput();
    const at = new Date(2026, 0, 1, 14, 3, 22).toISOString();
    createPlainReporter(output).event({
      v: 1,
      at,
      rollout: 'r1',
      type: 'paused',
      reason: 'asked to',
    });
    expect(lines()).toEqual(['14:03:22 paused: asked to']);
  });

  it('has one line for the plan and one for each service, said once for equal directors', () => {
    const service = {
      service: web,
      scheduler: 'wrr',
      steps: [
        { step: 0, atMs: 0, weights: { [blue]: 20, [green]: 0 } },
        { step: 1, atMs: 15_000, weights: { [blue]: 0, [green]: 20 } },
      ],
    };
    const planned: EventBody = {
      type: 'planned',
      services: [service, service],
      from: [blue],
      to: [green],
      overMs: 15_000,
      everyMs: 15_000,
    };
    expect(report([[0, planned]], ['lb1', 'lb2'])).toEqual([
      'plan: 10.0.0.1:80 → 10.0.0.2:80 in 2 services, over 15s, a step every 15s',
      'tcp/10.0.0.100:80 (wrr): 1 step; weights 10.0.0.1:80 20 → 0, 10.0.0.2:80 0 → 20',
    ]);
  });

  it('names the director only where there are several', () => {
    const step = stepApplied(1, 4, { [blue]: 15, [green]: 5 });
    const sentence = 'step 1 of 4, 25 % moved; weights 10.0.0.1:80 15, 10.0.0.2:80 5';
    expect(report([[0, step]])).toEqual([`tcp/10.0.0.100:80: ${sentence}`]);
    expect(report([[0, step]], ['local', 'lb2'])).toEqual([
      `tcp/10.0.0.100:80 on local: ${sentence}`,
    ]);
  });

  it('shows no sample during the ramp', () => {
    expect(report([[1, sample(blue, 5)]])).toEqual([]);
  });

  it('shows samples of a draining server every ten seconds, when they have changed', () => {
    const lines = report([
      [0, { type: 'quiesced', ...atBlue }],
      [1, sample(blue, 5)],
      [1, sample(green, 50)],
      [2, sample(blue, 4)],
      [10.9, sample(blue, 3)],
      [11, sample(blue, 2)],
      [25, sample(blue, 2)],
      [26, sample(blue, 1)],
      [27, { type: 'drained', ...atBlue, afterMs: 27_000 }],
      [60, sample(blue, 0)],
    ]);
    expect(lines.map((line) => line.replace(`${web}: ${blue} `, ''))).toEqual([
      'is at weight 0; its connections are left to end',
      'at weight 0 has 5 active connections, 0 inactive',
      'at weight 0 has 2 active connections, 0 inactive',
      'at weight 0 has 1 active connection, 0 inactive',
      'is empty, 27s after its weight became 0',
    ]);
  });

  it('begins with the id, and ends with the way back', () => {
    const message = 'drained';
    const show = (outcome: 'done' | 'rolled-back', commands: CommandContext) => {
      const { output, lines } = fakeOutput();
      const reporter = createPlainReporter(output, commands);
      reporter.plan(plan(), []);
      reporter.opened?.('20260102-1');
      reporter.event(event(0, { type: 'quiesced', ...atBlue }));
      reporter.event(event(9, { type: 'finished', outcome, exitCode: 0, message }));
      return lines().map((line) => line.slice(9));
    };
    const said = `${web}: ${blue} is at weight 0; its connections are left to end`;
    expect(show('done', { options: ['--state', '/srv/my drain'] })).toEqual([
      'rollout 20260102-1',
      said,
      'drained (done, exit code 0)',
      "to go back: drain rollback 20260102-1 --state '/srv/my drain'",
    ]);
    expect(show('rolled-back', {})).toHaveLength(3);
    expect(show('done', { isPassing: true })).toEqual([said, 'drained (done, exit code 0)']);
  });

  it('does not say again at the end of a rollback why it went back', () => {
    const reason = 'gate a failed before step 2 of 4: 503';
    const rolled = `${reason}; rolled back: ${blue} has the weight from before the rollout`;
    expect(
      report([
        [0, { type: 'rollback-started', reason, cause: 'gate' }],
        [1, { type: 'rolled-back', reason: rolled }],
        [1, { type: 'finished', outcome: 'rolled-back', exitCode: 5, message: rolled }],
      ]),
    ).toEqual([
      `going back: ${reason}`,
      `rolled back: ${blue} has the weight from before the rollout`,
      'finished: rolled-back, exit code 5',
    ]);
  });

  it('does not say the last word twice', () => {
    const message = 'SIGINT: held at step 7 of 20';
    const finished: EventBody = { type: 'finished', outcome: 'held', exitCode: 130, message };
    expect(
      report([
        [0, { type: 'held', reason: message }],
        [0, finished],
      ]),
    ).toEqual(['SIGINT: held at step 7 of 20', 'finished: held, exit code 130']);
    expect(report([[0, finished]])).toEqual(['SIGINT: held at step 7 of 20 (held, exit code 130)']);
  });

  it('says once of each gate that it passes, and always that it fails', () => {
    const passed = (gate: string, step: number): EventBody => ({
      type: 'gate-passed',
      gate,
      gateKind: 'check',
      step,
      detail: '200 OK',
    });
    expect(
      report([
        [0, passed('a', 0)],
        [0, passed('b', 0)],
        [1, passed('a', 1)],
        [1, passed('b', 1)],
        [2, { type: 'gate-failed', gate: 'a', gateKind: 'check', step: 2, detail: '503' }],
        [2, { type: 'gate-failed', gate: 'a', gateKind: 'check', step: 2, detail: '503' }],
      ]),
    ).toEqual([
      'gate a passed before step 0: 200 OK',
      'gate b passed before step 0: 200 OK',
      'gate a failed before step 2: 503',
      'gate a failed before step 2: 503',
    ]);
  });
});
