import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { floorOf } from '../../../src/domain/floor/floor.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const parsed = (text: string) => parseConfig(`minServing: ${text}\n`, 'drain.yaml');

it.each([
  ['3', { kind: 'count', count: 3 }],
  ['"3"', { kind: 'count', count: 3 }],
  ['50%', { kind: 'percent', percent: 50 }],
  ['100%', { kind: 'percent', percent: 100 }],
])('minServing %s is a floor of every service', (text, floor) => {
  const config = parsed(text);
  expect(config.ok && floorOf(config.value.floors, web)).toEqual(floor);
});

it('a floor of one service goes before that of all, in whatever form its name is', () => {
  const config = parsed('{all: 50%, "tcp/10.0.0.100:080": 2, "udp/[2001:DB8::1]:53": 1}');
  if (!config.ok) throw new Error(config.failure.what);
  const { floors } = config.value;
  expect(floorOf(floors, 'udp/[2001:db8::1]:53' as ServiceKey)).toEqual({
    kind: 'count',
    count: 1,
  });
  expect(floorOf(floors, 'fwm/7' as ServiceKey)).toEqual({ kind: 'percent', percent: 50 });
});

it.each(['0', '-1', '101%', '0%', '1.5', 'half', '[2]', '{web: 2}', `{${web}: 0}`])(
  'minServing %s is refused with its place',
  (text) => {
    const config = parsed(text);
    if (config.ok) throw new Error('was taken');
    expect(config.failure.what).toMatch(/^minServing/);
    expect(config.failure.where).toMatch(/^drain\.yaml:1:/);
  },
);

it('a config file without it has no floor', () => {
  const config = parseConfig('names: {}\n', 'drain.yaml');
  expect(config.ok && floorOf(config.value.floors, web)).toBeUndefined();
});
