import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/domain/failure.ts';
import { formatPlan } from '../../../src/reporters/plan/plan-table.ts';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { plan, servicePlan, web } from './builders.ts';

const format = (
  planned = plan(),
  diagnostics: readonly Diagnostic[] = [],
  width = 80,
): readonly string[] => formatPlan(planned, diagnostics, width).trimEnd().split('\n');

/** Without the breaks between lines. */
const sentences = (lines: readonly string[]): string => lines.map((line) => line.trim()).join(' ');

const numbered = (count: number, first = 1): readonly string[] =>
  Array.from({ length: count }, (_, index) => `10.0.0.${first + index}:80`);

describe('a plan as a table', () => {
  it('shows every step, what follows, and why the weights are what they are', () => {
    expect(format(plan({ services: [servicePlan({ added: true })] }))).toEqual([
      '10.0.0.1:80 → 10.0.0.2:80, 4 steps over 1m, one every 15s',
      '',
      'tcp/10.0.0.100:80, scheduler wrr',
      "  weights ÷ 5, adding up to 25: of about 1,500 connections a step, a server's",
      '  share is off by 2.6 at most',
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
    const steps = (n: number): readonly string[] =>
      format(plan({ services: [servicePlan({ steps: n })] }))
        .map((line) => line.trim().split(/ +/)[0] ?? '')
        .filter((first) => /^(\d+|…)$/.test(first));
    expect(steps(24)).toHaveLength(25);
    const shortened = steps(100);
    expect(shortened).toHaveLength(21);
    expect(shortened.slice(8, 13)).toEqual(['8', '9', '…', '91', '92']);
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

  it('are never wider than the terminal', () => {
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
        expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });
});
