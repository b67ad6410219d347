import { expect, it } from 'vitest';
import { createJsonReporter } from '../../../src/reporters/json-reporter.ts';
import { atBlue, blue, event, fakeOutput, plan, sample } from './builders.ts';

it('writes every event as one line of JSON and nothing else', () => {
  const { output, text } = fakeOutput();
  const reporter = createJsonReporter(output);
  const events = [
    event(1, sample(blue, 1)),
    event(2, { type: 'quiesced', ...atBlue }),
    event(3, { type: 'warning', code: 'x', message: 'line one\nline two' }),
  ];
  reporter.plan(plan(), [{ severity: 'warning', code: 'x', message: 'said by an event' }]);
  for (const one of events) reporter.event(one);
  reporter.close();
  expect(text()).toMatch(/^(\{.*\}\n){3}$/);
  expect(
    text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(events);
});

it('has the fields that every event has in front', () => {
  const { output, text } = fakeOutput();
  createJsonReporter(output).event(event(0, { type: 'paused', reason: 'asked to' }));
  expect(text()).toBe(
    '{"v":1,"at":"2026-01-01T00:00:00.000Z","rollout":"r1","type":"paused","reason":"asked to"}\n',
  );
});

it('says in front of the next event how many lines nobody has read', () => {
  const { output, text } = fakeOutput();
  const lost = [{ texts: 3, minor: 2 }, undefined];
  const reporter = createJsonReporter({ ...output, takeDropped: () => lost.shift() });
  for (const one of [event(1, sample(blue, 1)), event(2, sample(blue, 2))]) reporter.event(one);
  const lines = text()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual(['warning', 'sampled', 'sampled']);
  expect(lines[0]).toEqual({
    ...{ v: 1, at: event(1, sample(blue, 1)).at, rollout: 'r1', type: 'warning' },
    code: 'output-dropped',
    message: '3 lines of output before this one dropped, 2 of them samples, for nobody read them',
  });
});
