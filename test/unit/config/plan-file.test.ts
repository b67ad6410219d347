import { describe, expect, it } from 'vitest';
import { parsePlanFile } from '../../../src/config/files/plan-file.ts';
import { layered } from '../../../src/config/options/options.ts';
import { readSettings } from '../../../src/config/settings/settings.ts';

const read = (yaml: string) => parsePlanFile(yaml, 'plan.yaml');
const failureOf = (yaml: string) => {
  const plans = read(yaml);
  return plans.ok ? 'read' : plans.failure;
};
const settingsOf = (yaml: string) => {
  const plans = read(yaml);
  if (!plans.ok) throw new Error(plans.failure.what);
  return plans.value.map((given) => readSettings(given));
};

describe('a plan file', () => {
  it('is one plan', () => {
    expect(settingsOf('{from: a, to: b, over: 1m}')).toMatchObject([
      { ok: true, value: { from: ['a'], to: [{ name: 'b' }], ramp: { overMs: 60_000 } } },
    ]);
  });

  it('may hold several rollouts, with defaults that each may overrule', () => {
    const yaml = `defaults: {over: 1m, service: tcp/10.0.0.100:80}
rollouts:
  - {from: a, to: b}
  - {from: c, to: d, over: 2m}
`;
    expect(settingsOf(yaml)).toMatchObject([
      { ok: true, value: { from: ['a'], ramp: { overMs: 60_000 } } },
      {
        ok: true,
        value: { from: ['c'], ramp: { overMs: 120_000 }, services: ['tcp/10.0.0.100:80'] },
      },
    ]);
  });

  it('lets a rollout choose another kind of ramp than the defaults have', () => {
    const yaml = 'defaults: {steps: [10, 100]}\nrollouts:\n  - {from: a, to: b, curve: s-curve}\n';
    const [settings] = settingsOf(yaml);
    if (!settings?.ok) throw new Error('refused');
    expect(settings.value.ramp).toMatchObject({ curve: 's-curve' });
    expect(settings.value.ramp.percentages).toBeUndefined();
  });

  it('is stronger than the config file, whatever kind of ramp that one has', () => {
    const plans = read('{from: a, to: b, curve: s-curve}');
    const config = read('{steps: [10, 100]}');
    if (!plans.ok || !config.ok) throw new Error('refused');
    const [plan, defaults] = [plans.value[0] ?? new Map(), config.value[0] ?? new Map()];
    const inConfig = new Map([...defaults].map(([k, v]) => [k, { ...v, layer: 'drain.yaml' }]));
    expect(readSettings(layered(plan, inConfig))).toMatchObject({
      value: { ramp: { curve: 's-curve' } },
    });
  });

  it('restores a scheduler only where one is set, and a config file may say so for all', () => {
    const refused = '{from: a, to: b, restoreScheduler: true}';
    expect(settingsOf(refused)).toMatchObject([
      {
        failure: {
          kind: 'usage',
          what: '--restore-scheduler is about a scheduler that the plan switches, and none is asked for',
          place: { line: 1, column: 36 },
        },
      },
    ]);
    const set = '{from: a, to: b, setScheduler: wrr, restoreScheduler: true}';
    expect(settingsOf(set)).toMatchObject([
      { value: { setScheduler: 'wrr', restoreScheduler: true } },
    ]);
    const [plain, config] = [read('{from: a, to: b}'), read('{restoreScheduler: true}')];
    if (!plain.ok || !config.ok) throw new Error('refused');
    const defaults = new Map(
      [...(config.value[0] ?? [])].map(([k, v]) => [k, { ...v, layer: 'config-file' as const }]),
    );
    const settings = readSettings(layered(plain.value[0] ?? new Map(), defaults));
    expect(settings.ok && settings.value.restoreScheduler).toBe(undefined);
    expect(settings.ok).toBe(true);
  });

  it('still refuses what excludes each other in one place', () => {
    const yaml = 'rollouts:\n  - {from: a, to: b, curve: s-curve, steps: [100]}\n';
    expect(settingsOf(yaml)).toMatchObject([
      { ok: false, failure: { where: expect.stringMatching(/^plan\.yaml:2:\d+, curve$/) } },
    ]);
  });

  it.each([
    ['rollouts: []', 'at least one rollout', 'plan.yaml:1:11'],
    ['rollouts: [{from: a, too: b}]', '"too" is no field here', 'plan.yaml:1:22'],
    ['rollouts: [{from: a}, {over: [1]}]', 'rollouts.1.over', 'plan.yaml:1:30'],
    ['rollouts: [{rollouts: []}]', '"rollouts" is no field here', 'plan.yaml:1:13'],
    ['over: 1m\nrollouts: [{from: a}]', '"over" stands beside rollouts', 'plan.yaml:1:1'],
    ['from: a\ndefaults: {over: 1m}', 'defaults are for the rollouts of a list', 'plan.yaml:2:1'],
    ['defaults: {ovr: 1m}\nrollouts: [{from: a}]', '"ovr" is no field', 'plan.yaml:1:12'],
  ])('is refused where it is wrong: %s', (yaml, what, where) => {
    expect(failureOf(yaml)).toMatchObject({
      kind: 'usage',
      what: expect.stringContaining(what),
      where,
    });
  });

  it('has steps with holds, gates and somebody who looks', () => {
    const yaml = `from: a
to: b
every: 1m
steps:
  - {percent: 5, hold: 10m, gates: {command: ./smoke.sh, http: [http://a/, http://b/]}}
  - {percent: 50, manual: true}
  - 100
`;
    expect(settingsOf(yaml)).toMatchObject([
      {
        ok: true,
        value: {
          ramp: {
            percentages: [5, 50, 100],
            everyMs: 60_000,
            overMs: 720_000,
            stops: [
              { holdMs: 600_000, gates: [{ kind: 'command' }, { kind: 'http' }, { kind: 'http' }] },
              { manual: true },
              {},
            ],
          },
        },
      },
    ]);
  });

  it.each([
    ['[{percent: 100, hold: 5m}]', 'has a hold, and no step comes after it', 'plan.yaml:3:8'],
    ['[{percent: 5, wait: 5m}, 100]', '"wait" is no field', 'plan.yaml:3:22'],
    ['[{percent: 5, hold: 5}, 100]', 'a duration is needed', 'plan.yaml:3:28'],
    [
      '[{percent: 5, gates: {http: "http://me:secret@a/"}}, 100]',
      'DRAIN_GATE_AUTH',
      'plan.yaml:3:36',
    ],
    ['[50, 5, 100]', 'are no steps', 'plan.yaml:3:8'],
  ])('refuses steps that are wrong: %s', (steps, what, where) => {
    const yaml = `from: a\nto: b\nsteps: ${steps}`;
    const plans = read(yaml);
    const settings = plans.ok && plans.value[0] ? readSettings(plans.value[0]) : plans;
    expect(JSON.stringify(settings)).not.toContain('secret');
    expect(settings).toMatchObject({
      ok: false,
      failure: { where: expect.stringContaining(where) },
    });
    expect(JSON.stringify(settings)).toContain(what.replaceAll('"', '\\"'));
  });
});
