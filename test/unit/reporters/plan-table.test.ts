import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { Diagnostic } from '../../../src/domain/failure.ts';
import type { ServerDrainEstimate } from '../../../src/domain/ipvs/drain-estimate.ts';
import { formatPlan } from '../../../src/reporters/plan/plan-table.ts';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { blue, green, plan, servicePlan, web } from './builders.ts';

const format = (
  planned = plan(),
  diagnostics: readonly Diagnostic[] = [],
  width = 80,
  estimates: readonly ServerDrainEstimate[] = [],
): readonly string[] =>
  formatPlan(planned, { diagnostics, estimates, width }).trimEnd().split('\n');

/** Without the breaks between lines. */
const sentences = (lines: readonly string[]): string => lines.map((line) => line.trim()).join(' ');

const drainOf = (
  server: string,
  estimate: ServerDrainEstimate['estimate'],
): ServerDrainEstimate => ({
  service: web as ServiceKey,
  server: server as ServerKey,
  estimate,
});

/** The service with so much weight that moves, in so many steps. */
const moving = (weight: number, steps: number) => ({
  ...servicePlan({ steps }),
  steps: Array.from({ length: steps + 1 }, (_, step) => {
    const moved = Math.round((weight * step) / steps);
    return [weight - moved, moved, 5];
  }),
});

/** The numbers of the steps that are shown. */
const stepsShown = (planned: ReturnType<typeof plan>): readonly string[] =>
  format(planned)
    .map((line) => line.trim().split(/ +/)[0] ?? '')
    .filter((first) => /^(\d+|…)$/.test(first));

const numbered = (count: number, first = 1): readonly string[] =>
  Array.from({ length: count }, (_, index) => `10.0.0.${first + index}:80`);

describe('a plan as a table', () => {
  it('shows every step, what follows, and why the weights are what they are', () => {
    expect(format(plan({ services: [servicePlan({ added: true })] }))).toEqual([
      '10.0.0.1:80 → 10.0.0.2:80, 4 steps over 1m, one every 15s',
      '',
      'tcp/10.0.0.100:80, scheduler wrr',
      "  weights ÷ 5, adding up to 25: of about 1,500 connections a step, a server's",
      '  share is off by 2.6 connections at most (0.2 %)',
      '  10.0.0.2:80 is added at the start, with weight 0 (masq)',
      '',
      '                              old          new',
      '  step   time  moved  10.0.0.1:80  10.0.0.2:80  10.0.0.3:80',
      '     0   0:00    0 %           20            0            5',
      '     1   0:15   25 %           15            5            5',
      '     2   0:30   50 %           10           10            5',
      '     3   0:45   75 %            5           15            5',
      '     4   1:00  100 %            0           20            5',
      '   end  empty                   –          100           25',
      '',
      'Check: a TCP connect to each new server before the first step, where it can be',
      '  reached from here (--no-check leaves it out).',
      'Gates: none but IPVS itself.',
      'After the ramp: wait until 10.0.0.1:80 has no connection left and none comes for',
      '  5s, then remove it, and take the scale of the weights back (row "end").',
      'If that takes longer than 10m: stop, with it at weight 0 (exit code 4).',
    ]);
  });

  it('promises no connection to simulated servers, where none is made', () => {
    const text = formatPlan(plan(), { diagnostics: [], width: 200, isSimulated: true });
    expect(text).toContain(
      'Check: none, for nobody connects to simulated servers (--check asks a URL all through).',
    );
    expect(text).not.toContain('TCP connect');
  });

  it('shows old servers that are kept at weight 0 in the end', () => {
    const lines = format(plan({ policy: { keep: true, settleMs: 0 } }));
    expect(lines.find((line) => line.includes('end  empty'))).toBe(
      '   end  empty                   0          100           25',
    );
    expect(sentences(lines)).toContain('no connection left, then keep it in the table at weight 0');
  });

  it.each([
    ['remove', 'remove it all the same, which cuts its connections off'],
    ['rollback', 'go back to the weights from before (exit code 4)'],
  ] as const)('says what happens at the deadline with --on-timeout %s', (onTimeout, words) => {
    expect(sentences(format(plan({ policy: { onTimeout } })))).toContain(
      `If that takes longer than 10m: ${words}.`,
    );
  });

  it('says so when the weights need no scale', () => {
    const scale = { multiplier: 1, divisor: 1, totalWeight: 125 };
    const lines = format(plan({ services: [servicePlan({ scale })] }));
    expect(lines[3]).toMatch(/^ {2}weights as they are, adding up to 125: /);
    expect(lines.join('\n')).not.toContain('scale of the weights');
  });

  it('says when the traffic was not known, but not for a switch in one step', () => {
    const { connectionsPerStep: _, ...scale } = servicePlan().scale;
    const unknown = { ...servicePlan({ steps: 1 }), scale };
    const words = 'no new connections seen';
    expect(format(plan({ services: [unknown] })).join('\n')).toContain(words);
    expect(format(plan({ services: [unknown], stepMs: 0 })).join('\n')).not.toContain(words);
  });

  it('names a scheduler that the plan switches', () => {
    const services = [servicePlan({ scheduler: 'wrr', schedulerBefore: 'rr' })];
    const switched = 'tcp/10.0.0.100:80, scheduler rr switched to wrr';
    expect(format(plan({ services }))[2]).toBe(switched);
    const restored = services.map((one) => ({ ...one, restoresScheduler: true as const }));
    expect(format(plan({ services: restored }))[2]).toBe(`${switched}, and back at the end`);
  });

  it('has fractions of seconds where the steps have', () => {
    const lines = format(plan({ stepMs: 2_500 }));
    expect(lines.filter((line) => /^ +\d /.test(line)).map((line) => line.split(/ +/)[2])).toEqual([
      '0s',
      '2.5s',
      '5s',
      '7.5s',
      '10s',
    ]);
  });

  it('shows the first and last ten rows of a ramp longer than 24 steps', () => {
    const steps = (n: number): readonly string[] => {
      return stepsShown(plan({ services: [moving(n, n)] }));
    };
    expect(steps(24)).toHaveLength(25);
    const shortened = steps(100);
    expect(shortened).toHaveLength(21);
    expect(shortened.slice(8, 13)).toEqual(['8', '9', '…', '91', '92']);
  });

  it('shows only the steps that change something, and says how many do', () => {
    // Of 2,880 steps that move 20 units of weight, 20 change one; the last ends the ramp.
    const day = plan({ services: [moving(20, 2_880)], stepMs: 30_000 });
    const lines = format(day);
    expect(lines[0]).toBe('10.0.0.1:80 → 10.0.0.2:80, 2,880 steps over 1d, one every 30s');
    expect(lines).toContain('  2,880 steps, of which 20 change a weight; the others are not shown');
    const shown = stepsShown(day);
    expect(shown).toHaveLength(22);
    expect(shown.slice(0, 3)).toEqual(['0', '72', '216']);
    expect(shown.slice(-2)).toEqual(['2808', '2880']);
  });

  it('shows a step that waits for somebody, although it changes no weight', () => {
    const { schedule, ...rest } = plan({ services: [servicePlan({ steps: 100 })] });
    const waiting = schedule.map((at, step) => (step === 50 ? { ...at, manual: true } : at));
    expect(stepsShown({ ...rest, schedule: waiting }).slice(9, 13)).toEqual([
      '43',
      '48',
      '50',
      '53',
    ]);
  });

  it('says where it stays, waits for somebody, or asks gates of its own', () => {
    const whole = plan({ stepMs: 60_000 });
    const command = { kind: 'command', words: ['./smoke.sh', '{new}'] } as const;
    const schedule = [
      { atMs: 0, fraction: 0 },
      { atMs: 60_000, fraction: 0.05, gates: [command] },
      { atMs: 660_000, fraction: 0.25, manual: true },
      { atMs: 720_000, fraction: 0.5, manual: true, gates: [command] },
      { atMs: 1_020_000, fraction: 1 },
    ];
    const lines = format({ ...whole, schedule, overMs: 1_020_000 }, [], 100, [
      drainOf(blue, { kind: 'about', ms: 12_000, openAtEnd: 0 }),
    ]);
    expect(lines[0]).toBe('10.0.0.1:80 → 10.0.0.2:80, 4 steps over 17m');
    expect(lines.filter((line) => line.startsWith('Step '))).toEqual([
      'Step 1 (5 %): stays for 10m; asks gate-command ./smoke.sh {new} before the rollout goes on.',
      'Step 2 (25 %): waits until somebody continues it (drain continue).',
      'Step 3 (50 %): stays for 5m; waits until somebody continues it (drain continue); asks gate-command',
    ]);
    expect(sentences(lines)).toContain(
      'Ramp and drain together: about 17m12s, and what it waits for somebody to continue it.',
    );
  });

  it.each([
    [
      { kind: 'about', ms: 9_000, openAtEnd: 50.5, meanLifeMs: 2_000 },
      'Expected drain: about 9s (a connection lives for 2s on average, and 51 connections will still be open then). Ramp and drain together: about 1m9s.',
    ],
    [
      { kind: 'at-least', ms: 360_000, persistenceS: 360 },
      'Expected drain: 6m or longer: it lasts while clients come back within their persistence of 360 s. Ramp and drain together: 7m or longer.',
    ],
    [
      { kind: 'unknown', open: 3 },
      'Expected drain: cannot be told: 3 connections open, and no new ones to learn from how long one lives. Ramp and drain together: 1m, and what the drain takes.',
    ],
  ] as const)('says how long it takes in all: %j', (estimate, words) => {
    const lines = format(plan(), [], 80, [drainOf(blue, estimate)]);
    expect(sentences(lines).endsWith(` ${words}`)).toBe(true);
  });

  it('promises no drain where the ramp ends for now', () => {
    const estimate = { kind: 'about', ms: 9_000, openAtEnd: 50 } as const;
    const lines = format({ ...plan(), until: 0.25 }, [], 80, [drainOf(blue, estimate)]);
    expect(lines[0]).toBe('10.0.0.1:80 → 10.0.0.2:80 until 25 %, 4 steps over 1m, one every 15s');
    expect(lines.join('\n')).not.toMatch(/Expected drain|After the ramp|removed?\b|^ +end/m);
    expect(sentences(lines).endsWith(' drain rollback goes back.')).toBe(true);
  });

  it('counts with the slowest of several drains', () => {
    const of = (server: string, ms: number) => drainOf(server, { kind: 'about', ms, openAtEnd: 0 });
    expect(format(plan(), [], 80, [of(blue, 5_000), of(green, 20_000)]).slice(-2)).toEqual([
      'Expected drain of the slowest, 10.0.0.2:80: about 20s.',
      'Ramp and drain together: about 1m20s.',
    ]);
  });

  it('puts warnings below the service they are about', () => {
    const lines = format(plan(), [
      { severity: 'warning', code: 'a', service: web, message: 'persistent', next: 'wait' },
      { severity: 'warning', code: 'b', service: 'fwm/7', message: 'left alone' },
      { severity: 'warning', code: 'c', message: 'about everything' },
    ]);
    expect(lines[5]).toBe('  ! persistent – wait');
    expect(lines.slice(-9, -6)).toEqual(['! fwm/7: left alone', '! about everything', '']);
  });

  it('lists a service that directors have alike once', () => {
    const lines = format(plan({ directors: ['lb1', 'lb2'] }));
    expect(lines.filter((line) => line.includes('scheduler'))).toEqual([
      'tcp/10.0.0.100:80 on lb1, lb2, scheduler wrr',
    ]);
  });

  it('sums up what comes after the fifth service', () => {
    const services = Array.from({ length: 7 }, (_, index) =>
      servicePlan({ service: `tcp/10.0.0.100:${8000 + index}` }),
    );
    const lines = format(plan({ services }), [
      { severity: 'warning', code: 'a', service: 'tcp/10.0.0.100:8006', message: 'mind this' },
    ]);
    expect(lines.filter((line) => line.includes('scheduler'))).toHaveLength(5);
    expect(lines).toContain(
      '2 more services with the same steps: tcp/10.0.0.100:8005, tcp/10.0.0.100:8006',
    );
    expect(lines).toContain('! tcp/10.0.0.100:8006: mind this');
  });
});

describe('the columns of a plan', () => {
  const header = (width: number, servers: Parameters<typeof servicePlan>[0]): readonly string[] => {
    const lines = format(plan({ services: [servicePlan(servers)] }), [], width);
    const title = lines.findIndex((line) => line.includes('moved'));
    const note = lines.find((line) => line.includes('bystander'));
    return [lines[title]?.split('moved')[1]?.trim() ?? '', ...(note ? [note.trim()] : [])];
  };

  it('are all servers while they fit', () => {
    expect(header(80, { bystanders: numbered(2, 3) })).toEqual([
      '10.0.0.1:80  10.0.0.2:80  10.0.0.3:80  10.0.0.4:80',
    ]);
  });

  it('are without the bystanders when they do not', () => {
    expect(header(80, { bystanders: numbered(3, 3) })).toEqual([
      '10.0.0.1:80  10.0.0.2:80',
      '+ 3 bystanders, shares unchanged',
    ]);
  });

  it('have short names when the long ones do not fit', () => {
    expect(header(80, { old: numbered(5), new: numbered(2, 11), bystanders: [] })).toEqual([
      '…1   …2   …3   …4   …5  …11  …12',
    ]);
    const v6 = { old: ['[2001:db8::1]:80'], new: ['[2001:db8::2]:80'], bystanders: [] };
    expect(header(50, v6)).toEqual(['…1   …2']);
  });

  it('are the sums of old and new when there are too many', () => {
    const lines = format(
      plan({ services: [servicePlan({ old: numbered(30), new: numbered(40, 41) })] }),
    );
    const title = lines.findIndex((line) => line.includes('moved'));
    expect(lines.slice(title - 1, title + 3)).toEqual([
      '                         old     new',
      '  step   time  moved  all 30  all 40',
      '     0   0:00    0 %     600       0',
      '     1   0:15   25 %     450     200',
    ]);
  });

  it('say that only weights stay when the sum of the weights grows', () => {
    const service = servicePlan({ bystanders: numbered(9, 3) });
    const growing = { ...service, steps: service.steps.map(([, ...rest]) => [0, ...rest]) };
    expect(format(plan({ services: [growing] }))).toContain('  + 9 bystanders, weights unchanged');
  });

  it('are never wider than the terminal, or than one word', () => {
    const services = [
      servicePlan({ added: true }),
      servicePlan({ service: 'tcp/[2001:db8::100]:80', bystanders: numbered(9, 3) }),
      servicePlan({ service: 'fwm/7', old: numbered(30), new: numbered(30, 41) }),
    ];
    const warnings: readonly Diagnostic[] = [
      { severity: 'warning', code: 'a', service: web, message: `wide 日本語 ${'x'.repeat(150)}` },
    ];
    for (let width = 20; width <= 200; width += 3) {
      for (const line of format(plan({ services, directors: ['lb1', 'lb2'] }), warnings, width)) {
        if (columnsOf(line) > width) expect(line).toMatch(/^ *\S+$/);
      }
    }
  });
});
