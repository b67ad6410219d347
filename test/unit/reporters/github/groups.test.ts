import { describe, expect, it } from 'vitest';
import type { DrainEvent, EventBody } from '../../../../src/domain/events/event.ts';
import { createAnnotations } from '../../../../src/reporters/github/annotations.ts';
import { createLogGroups } from '../../../../src/reporters/github/groups.ts';
import { readCommands } from '../../../support/github/runner-reads.ts';

const at = { director: 'local', service: 'tcp/10.0.0.100:80' };
const server = { ...at, server: '10.0.0.1:80' };
const event = (body: EventBody): DrainEvent => ({
  v: 1,
  at: '2026-01-01T00:00:00.000Z',
  rollout: '20260101-000000-0000',
  ...body,
});
const planned = event({ type: 'planned', services: [], from: [], to: [], overMs: 0, everyMs: 0 });
const warning = event({ type: 'warning', code: 'scheduler', message: 'a warning' });
const step = event({
  type: 'step-applied',
  ...at,
  step: 1,
  of: 1,
  weights: {},
  movedFraction: 1,
  lateMs: 0,
  applyMs: 1,
});
const quiesced = event({ type: 'quiesced', ...server });
const goingBack = event({ type: 'rollback-started', reason: 'a gate', cause: 'gate' });
const notDraining = (connections: number) =>
  event({ type: 'not-draining', ...server, reason: 'persistence', connections });
const finished = (outcome: 'done' | 'held' | 'refused', exitCode: number) =>
  event({ type: 'finished', outcome, exitCode, message: 'over' });

/** The log, with a dot for each line of the reporter. */
function logOf(events: readonly DrainEvent[]): string {
  let log = '';
  const write = (text: string): void => {
    log += text;
  };
  const groups = createLogGroups({ write });
  for (const one of events) {
    groups.event(one);
    log += '.\n';
  }
  void groups.close();
  return log.replaceAll('\n', ' ').trim();
}

describe('the groups of a log', () => {
  it('are the plan with its warnings, the ramp and the drain, with the end outside', () => {
    expect(logOf([planned, warning, step, step, quiesced, finished('done', 0)])).toBe(
      '::group::Plan . . ::endgroup:: ::group::Ramp . . ::endgroup:: ::group::Drain . ::endgroup:: .',
    );
  });

  it('have the whole way back in one', () => {
    expect(logOf([planned, step, goingBack, step, quiesced, finished('held', 5)])).toBe(
      '::group::Plan . ::endgroup:: ::group::Ramp . ::endgroup:: ::group::Rollback . . . ::endgroup:: .',
    );
  });

  it('are never left open', () => {
    expect(logOf([planned])).toBe('::group::Plan . ::endgroup::');
  });
});

function annotationsOf(events: readonly DrainEvent[]) {
  let text = '';
  const annotate = createAnnotations((command) => {
    text += command;
  });
  for (const one of events) annotate(one);
  return readCommands(text);
}

describe('the annotations of a rollout', () => {
  it('say a warning once, and once why a server does not drain', () => {
    const read = annotationsOf([warning, warning, notDraining(7), notDraining(5)]);
    expect(read.map(({ command, properties }) => [command, properties.title])).toEqual([
      ['warning', 'drain: scheduler'],
      ['warning', 'drain: persistence'],
    ]);
    expect(read[1]?.message).toContain('10.0.0.1:80 in tcp/10.0.0.100:80 does not drain: 7');
  });

  it('are no more warnings than GitHub shows', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      event({ type: 'warning', code: 'many', message: `warning ${index}` }),
    );
    expect(annotationsOf(many)).toHaveLength(10);
  });

  it('say with an error how a held rollout is gone on with, and with a notice that it is done', () => {
    expect(annotationsOf([finished('held', 4)])).toEqual([
      {
        command: 'error',
        properties: { title: 'drain: exit code 4' },
        message:
          'over\ngo on: drain resume 20260101-000000-0000\ngo back: drain rollback 20260101-000000-0000',
      },
    ]);
    expect(annotationsOf([finished('done', 0)])).toMatchObject([{ command: 'notice' }]);
  });

  it('leave a refusal to its failures, which know the place in the file', () => {
    expect(annotationsOf([finished('refused', 2)])).toEqual([]);
  });
});
