import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/domain/events/event.ts';
import {
  describeEvent,
  describeFailure,
  describePlannedService,
} from '../../../src/reporters/wording.ts';
import { atBlue, blue, event, green, sample, stepApplied, third, web } from './builders.ts';

const planned: Extract<EventBody, { type: 'planned' }> = {
  type: 'planned',
  services: [
    {
      service: web,
      scheduler: 'wrr',
      steps: [
        { step: 0, atMs: 0, weights: { [blue]: 100, [green]: 0, [third]: 25 } },
        { step: 1, atMs: 60_000, weights: { [blue]: 0, [green]: 100, [third]: 25 } },
      ],
    },
  ],
  from: [blue],
  to: [green],
  overMs: 60_000,
  everyMs: 60_000,
};

const sentences: readonly (readonly [EventBody, string])[] = [
  [planned, 'plan: 10.0.0.1:80 → 10.0.0.2:80 in tcp/10.0.0.100:80, over 1m, a step every 1m'],
  [{ ...planned, overMs: 0 }, 'plan: 10.0.0.1:80 → 10.0.0.2:80 in tcp/10.0.0.100:80, in one step'],
  [
    { ...planned, until: 0.125 },
    'plan: 10.0.0.1:80 → 10.0.0.2:80 until 12.5 % in tcp/10.0.0.100:80, over 1m, a step every 1m',
  ],
  [{ type: 'warning', code: 'x', message: 'mind this' }, 'warning: mind this'],
  [
    { type: 'warning', code: 'x', message: 'mind this', service: web },
    'warning: tcp/10.0.0.100:80: mind this',
  ],
  [
    stepApplied(7, 20, { [blue]: 65, [green]: 35, [third]: 25 }),
    'tcp/10.0.0.100:80 on local: step 7 of 20, 35 % moved; weights 10.0.0.1:80 65, 10.0.0.2:80 35, 10.0.0.3:80 25',
  ],
  [
    { ...stepApplied(1, 8, { [blue]: 7 }), lateMs: 1_234 } as EventBody,
    'tcp/10.0.0.100:80 on local: step 1 of 8, 1.2s late, 12.5 % moved; weights 10.0.0.1:80 7',
  ],
  [
    sample(blue, 1, 340),
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 at weight 0 has 1 active connection, 340 inactive',
  ],
  [
    { ...sample(blue, 2), persistConn: 3 } as EventBody,
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 at weight 0 has 2 active connections, 0 inactive, 3 persistence templates',
  ],
  [
    { type: 'gate-passed', gate: 'http', gateKind: 'check', step: 3, detail: '200 OK' },
    'gate http passed before step 3: 200 OK',
  ],
  [
    { type: 'gate-failed', gate: 'http', gateKind: 'check', step: 3, detail: '503' },
    'gate http failed before step 3: 503',
  ],
  [{ type: 'paused', reason: 'drain pause' }, 'paused: drain pause'],
  [{ type: 'held', reason: 'SIGINT: held at step 7 of 20' }, 'SIGINT: held at step 7 of 20'],
  [{ type: 'rolled-back', reason: 'rolled back: all as before' }, 'rolled back: all as before'],
  [
    { type: 'rollback-started', reason: 'gate http failed', cause: 'gate' },
    'going back: gate http failed',
  ],
  [
    { type: 'quiesced', ...atBlue },
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 is at weight 0; its connections are left to end',
  ],
  [
    { type: 'not-draining', ...atBlue, reason: 'long-lived-connections', connections: 12 },
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 does not drain: 12 connections that clients keep open; have the old server close them (a graceful stop, keep-alive off), or stop it, which cuts them off',
  ],
  [
    {
      type: 'not-draining',
      ...atBlue,
      reason: 'port-reuse',
      connections: 3,
      newConnections: 40,
      silentForMs: 1_000,
      clients: [{ address: '192.0.2.7', connections: 2 }],
    },
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 does not drain: 3 connections, and clients that use a source port again come back here (40 came at weight 0); most from 192.0.2.7 (2); sysctl -w net.ipv4.vs.conn_reuse_mode=1 lets them move',
  ],
  [
    {
      type: 'not-draining',
      ...atBlue,
      reason: 'dead-peer',
      connections: 1,
      newConnections: 0,
      openForMs: 600_000,
      silentForMs: 65_000,
      clients: [],
    },
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 does not drain: 1 connection that may be over, for answers do not pass the director (open for at least 10m, silent for 1m5s); they leave the table when their timeout has passed (ipvsadm -L --timeout)',
  ],
  [
    { type: 'drained', ...atBlue, afterMs: 134_123 },
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 is empty, 2m14s after its weight became 0',
  ],
  [
    { type: 'removed', ...atBlue, afterMs: 340 },
    'tcp/10.0.0.100:80 on local: 10.0.0.1:80 is removed, 340ms after its weight became 0',
  ],
  [
    { type: 'drift-detected', director: 'lb1', service: web, expected: 'a', found: 'b' },
    'tcp/10.0.0.100:80 on lb1: somebody else changed it: expected a, found b',
  ],
  [
    { type: 'finished', outcome: 'held', exitCode: 4, message: 'not empty after 10m' },
    'not empty after 10m (held, exit code 4)',
  ],
];

describe('describeEvent', () => {
  it.each(sentences.map(([body, sentence]) => ({ type: body.type, body, sentence })))(
    'has a sentence for $type: $sentence',
    ({ body, sentence }) => {
      expect(describeEvent(event(0, body))).toBe(sentence);
    },
  );

  it('leaves out the director where it goes without saying', () => {
    const text = describeEvent(event(0, { type: 'quiesced', ...atBlue }), { namesDirector: false });
    expect(text).toMatch(/^tcp\/10\.0\.0\.100:80: 10\.0\.0\.1:80 is at weight 0/);
  });

  it('lists six weights at most', () => {
    const weights = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`10.0.0.${index}:80`, index]),
    );
    expect(describeEvent(event(0, stepApplied(1, 2, weights)))).toMatch(
      /10\.0\.0\.5:80 5 and 3 more$/,
    );
  });

  it.each(sentences.map(([body]) => body))(
    'shows no control character of the outside in $type',
    (body) => {
      expect(describeEvent(event(0, poisoned(body)))).not.toMatch(/\p{Cc}/u);
    },
  );
});

/** The event with an escape sequence in every string that comes from outside; the rest are the engine's words. */
function poisoned(body: EventBody): EventBody {
  const known = new Set(['type', 'outcome', body.type === 'not-draining' ? 'reason' : '']);
  const poison = (value: unknown, key = 'value'): unknown => {
    if (typeof value === 'string') return known.has(key) ? value : `\x1b[2J${value}\r\n`;
    if (Array.isArray(value)) return value.map((item) => poison(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        key === 'weights' ? `\x1b[2J${name}` : name,
        poison(item, name),
      ]),
    );
  };
  return poison(body) as EventBody;
}

describe('describePlannedService', () => {
  it('names what moves and counts the rest', () => {
    expect(planned.services.map((one) => describePlannedService(one))).toEqual([
      'tcp/10.0.0.100:80 (wrr): 1 step; weights 10.0.0.1:80 100 → 0, 10.0.0.2:80 0 → 100, 1 other unchanged',
    ]);
  });

  it('says of a ramp that ends for now how its weights go on', () => {
    expect(planned.services.map((one) => describePlannedService(one, { until: 0.1 }))).toEqual([
      'tcp/10.0.0.100:80 (wrr): 1 step, until 10 % for now; weights all the way 10.0.0.1:80 100 → 0, 10.0.0.2:80 0 → 100, 1 other unchanged',
    ]);
  });
});

describe('describeFailure', () => {
  it('says what happened, where, and what to do next', () => {
    const failure = {
      kind: 'usage',
      what: 'a plan has no field "form" here',
      where: 'plan.yaml:3:1',
      next: 'Allowed are from, to, over.',
    } as const;
    expect(describeFailure(failure).split('\n')).toEqual([
      'drain: a plan has no field "form" here',
      '  where: plan.yaml:3:1',
      '  next:  Allowed are from, to, over.',
    ]);
  });

  it('has one line when nothing more is known', () => {
    expect(describeFailure({ kind: 'director', what: 'gone\x1b[1m\n' })).toBe(
      'drain: gone\\x1b[1m\\x0a',
    );
  });
});
