import { describe, expect, it } from 'vitest';
import type { GuardEvent, GuardEventBody } from '../../../src/domain/events/guard-event.ts';
import { createGuardReporter, describeGuardEvent } from '../../../src/reporters/guard-reporter.ts';

const event = (body: GuardEventBody): GuardEvent => ({
  v: 1,
  at: '2026-01-01T12:00:00.000Z',
  director: 'local',
  ...body,
});
const service = 'tcp/10.0.0.100:80';
const server = '10.0.0.1:80';
const hostile = '\x1b[31m\n\u202e';
const weight = { type: 'weight-set', service, server } as const;

describe('an event of the guard in words', () => {
  it.each<[GuardEventBody, string]>([
    [
      { type: 'guard-started', services: [service], file: 'guard.yaml' },
      `guarding 1 service of guard.yaml: ${service}`,
    ],
    [
      { type: 'server-down', service, server, detail: 'no answer within 1s', rise: 4 },
      `${service}: ${server} is down: no answer within 1s`,
    ],
    [
      { ...weight, reason: 'dead', from: 40, to: 0, wanted: 40 },
      `${service}: ${server} from weight 40 to 0, because it is down (comes back to 40)`,
    ],
    [
      { ...weight, reason: 'maintenance', from: 20, to: 0, wanted: 40 },
      `${service}: ${server} from weight 20 to 0, because of its file in the maintenance folder (comes back to 40)`,
    ],
    [
      { type: 'weights-kept', service, reason: 'min-serving', servers: [server], least: 2 },
      `${service}: WARNING: ${server} should have less weight, or none, and keeps it: the service is at its floor (minServing)`,
    ],
    [
      { ...weight, reason: 'agent', from: 40, to: 30, wanted: 40 },
      `${service}: ${server} from weight 40 to 30 of 40, because its agent says so`,
    ],
    [
      { ...weight, reason: 'agent', from: 30, to: 0, wanted: 40 },
      `${service}: ${server} from weight 30 to 0, because its agent says so (comes back to 40)`,
    ],
    [
      { ...weight, reason: 'ramp', from: 1, to: 4, wanted: 40 },
      `${service}: ${server} from weight 1 to 4 of 40`,
    ],
    [
      { ...weight, reason: 'ramp', from: 36, to: 40, wanted: 40 },
      `${service}: ${server} from weight 36 to 40: back in full`,
    ],
    [
      { type: 'weight-taken', service, server, before: 0, weight: 7 },
      `${service}: somebody else has set ${server} from weight 0 to 7, which counts from now on`,
    ],
    [
      {
        type: 'weights-kept',
        service,
        reason: 'everything-looks-dead',
        servers: [server],
        least: 1,
      },
      `${service}: WARNING: everything looks dead, so the check may be wrong: weights stay as they are (${server})`,
    ],
    [
      { type: 'weights-kept', service, reason: 'min-healthy', servers: [server], least: 2 },
      `${service}: WARNING: ${server} should go to weight 0 and stays: 2 servers must be left (minHealthy)`,
    ],
    [{ type: 'left-to-rollout', service, rollout: 'r1' }, `${service}: left to rollout r1`],
    [{ type: 'listed-again' }, 'the table can be listed again'],
    [{ type: 'warning', code: 'x', message: 'm', service }, `warning: ${service}: m`],
    [
      { type: 'guard-stopped', reason: 'SIGTERM', exitCode: 143 },
      'stopped at SIGTERM; weights stay as they are',
    ],
  ])('%j', (body, sentence) => {
    expect(describeGuardEvent(event(body))).toBe(sentence);
  });

  it.each<GuardEventBody>([
    { type: 'guard-started', services: [hostile], file: hostile },
    { type: 'server-down', service: hostile, server: hostile, detail: hostile, rise: 1 },
    { type: 'maintenance-on', name: hostile, servers: [hostile] },
    { type: 'maintenance-off', name: hostile, servers: [] },
    { type: 'left-to-rollout', service: hostile, rollout: hostile },
    { type: 'reload-refused', message: hostile },
    { type: 'warning', code: hostile, message: hostile },
  ])('is one line that is safe to show: %j', (body) => {
    expect(describeGuardEvent(event(body))).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('the reporter of the guard', () => {
  it.each([
    ['plain' as const, /^2026-01-0[12] \d\d:00:00 tcp\/10\.0\.0\.100:80: left to rollout r1\n$/],
    [
      'json' as const,
      /^\{"v":1,"at":"2026-01-01T12:00:00.000Z","director":"local",.*"rollout":"r1"\}\n$/,
    ],
  ])('writes %s: one line an event', (form, line) => {
    const written: string[] = [];
    const output = { write: (text: string) => void written.push(text) };
    const report = createGuardReporter(output, { form, namesDirector: false });
    report(event({ type: 'left-to-rollout', service, rollout: 'r1' }));
    expect(written).toEqual([expect.stringMatching(line)]);
  });

  it('names the director in front where there are several, whatever it is called', () => {
    const written: string[] = [];
    const output = { write: (text: string) => void written.push(text) };
    const report = createGuardReporter(output, { form: 'plain', namesDirector: true });
    report({ ...event({ type: 'listed-again' }), director: 'lb1' });
    report({ ...event({ type: 'listed-again' }), director: hostile });
    expect(written[0]).toMatch(/:00:00 lb1: the table can be listed again\n$/);
    expect(written[1]?.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
