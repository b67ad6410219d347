import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import { fileKindOf } from '../../../src/config/files/file-kind.ts';
import { parsePlanFile } from '../../../src/config/files/plan-file.ts';
import { layered } from '../../../src/config/options/options.ts';
import { readSettings } from '../../../src/config/settings/settings.ts';
import { weekdays } from '../../../src/domain/time/windows.ts';

const plan = (windows: string) =>
  parsePlanFile(`from: a\nto: b\nwindows: ${windows}\n`, 'plan.yaml');
const settingsOf = (windows: string) => {
  const plans = plan(windows);
  if (!plans.ok) throw new Error(plans.failure.what);
  const settings = readSettings(plans.value[0] ?? new Map());
  return settings.ok ? settings.value.windows : settings.failure;
};
const failureOf = (windows: string) => {
  const plans = plan(windows);
  return plans.ok ? undefined : plans.failure;
};

describe('windows of a plan file', () => {
  it('are days and hours in a zone', () => {
    expect(settingsOf('[{days: mon-fri, hours: 08:00-18:00, zone: Europe/Berlin}]')).toEqual([
      {
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
        fromMinute: 480,
        toMinute: 1_080,
        zone: 'Europe/Berlin',
      },
    ]);
  });

  it('may have several hours and days each, or leave them out', () => {
    expect(
      settingsOf('[{days: [mon, wed], hours: [08:00-12:00, 13:00-17:00], zone: UTC}, {zone: UTC}]'),
    ).toEqual([
      { days: ['mon', 'wed'], fromMinute: 480, toMinute: 720, zone: 'UTC' },
      { days: ['mon', 'wed'], fromMinute: 780, toMinute: 1_020, zone: 'UTC' },
      { days: weekdays, fromMinute: 0, toMinute: 1_440, zone: 'UTC' },
    ]);
  });

  it.each([
    ['[]', 'steps would never come', 3, 10],
    ['[{hours: 08:00-08:00, zone: UTC}]', '"08:00-08:00" never open', 3, 19],
    ['[{hours: 8-18, zone: UTC}]', '"8-18" are no hours', 3, 19],
    ['[{days: mo, zone: UTC}]', '"mo" is no day', 3, 18],
    ['[{hours: 08:00-18:00}]', 'name a time zone', 3, 11],
    ['[{zone: Europe/Berlln}]', 'did you mean Europe/Berlin?', 3, 18],
    ['[{zone: 1}]', 'name a time zone', 3, 18],
    ['{zone: UTC}', 'a list is needed', 3, 10],
  ])('%s are refused: %s, at their place', (windows, what, line, column) => {
    expect(failureOf(windows)).toMatchObject({
      kind: 'usage',
      what: expect.stringContaining(what),
      place: { file: 'plan.yaml', line, column },
    });
  });

  it('say which fields there are where one is misspelt', () => {
    expect(failureOf('[{hour: 08:00-18:00, zone: UTC}]')).toMatchObject({
      what: '"hour" is no field here (did you mean hours?)',
      next: 'allowed are days, hours, zone',
    });
  });
});

describe('windows of a config file', () => {
  const windows = '[{hours: 08:00-18:00, zone: UTC}]';
  const config = (text: string) => parseConfig(text, 'drain.yaml');

  it.each([`windows: ${windows}`, `defaults: {windows: ${windows}}`])(
    'are those of every rollout that has none of its own: %s',
    (text) => {
      const read = config(text);
      if (!read.ok) throw new Error(read.failure.what);
      const of = (file: string) => {
        const plans = parsePlanFile(file, 'plan.yaml');
        if (!plans.ok) throw new Error(plans.failure.what);
        const settings = readSettings(layered(plans.value[0] ?? new Map(), read.value.defaults));
        return settings.ok ? settings.value.windows?.map(({ fromMinute }) => fromMinute) : [];
      };
      expect(of('{from: a, to: b}')).toEqual([480]);
      expect(of('{from: a, to: b, windows: [{hours: 09:00-10:00, zone: UTC}]}')).toEqual([540]);
    },
  );

  it('stand in one place', () => {
    const read = config(`windows: ${windows}\ndefaults: {windows: ${windows}}`);
    expect(read).toMatchObject({ failure: { what: 'windows stands here and under defaults' } });
  });

  it('make a file a config file, where nothing else does', () => {
    expect(fileKindOf(`windows: ${windows}`)).toBe('config');
    expect(fileKindOf(`from: a\nwindows: ${windows}`)).toBe('plan');
  });
});
