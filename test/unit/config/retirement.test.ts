import { describe, expect, it } from 'vitest';
import type { GivenOption, GivenOptions, OptionName } from '../../../src/config/options/options.ts';
import { readRetirement } from '../../../src/config/settings/retirement-settings.ts';

const option = (value: string, layer: GivenOption['layer'], section?: string): GivenOption => ({
  values: [value],
  where: `${section ?? layer}`,
  layer,
  section,
});

const given = (...options: readonly (readonly [OptionName, GivenOption])[]): GivenOptions =>
  new Map([['from', option('10.0.0.1', 'plan-file', 'plan.yaml rollouts.0')], ...options]);

const aboutNew = [
  ['weight', '50'],
  ['setScheduler', 'wrr'],
  ['restoreScheduler', 'true'],
  ['check', 'tcp'],
] as const;

describe('a retirement', () => {
  it.each(aboutNew)(
    'goes on where %s is the default of a file for other rollouts',
    (name, value) => {
      for (const [layer, section] of [
        ['config-file', 'drain.yaml defaults'],
        ['plan-file', 'plan.yaml defaults'],
      ] as const) {
        const read = readRetirement(given([name, option(value, layer, section)]));
        expect(read).toMatchObject({ ok: true, value: { from: ['10.0.0.1'] } });
        expect(read.ok && read.value).not.toHaveProperty('gates');
      }
    },
  );

  it.each(aboutNew)(
    'never ignores %s that is typed, or that stands beside its from',
    (name, value) => {
      for (const meant of [
        option(value, 'command-line'),
        option(value, 'plan-file', 'plan.yaml rollouts.0'),
      ]) {
        expect(readRetirement(given([name, meant]))).toMatchObject({
          ok: false,
          failure: { kind: 'usage', what: `${name} is about new servers, and there are none` },
        });
      }
    },
  );
});
