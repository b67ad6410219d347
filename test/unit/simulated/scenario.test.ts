import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { demoScenario } from '../../../src/ipvs/simulated/scenario/demo-scenario.ts';
import { parseScenario } from '../../../src/ipvs/simulated/scenario/scenario.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';

const table = `table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1
  -A -f 7 -s sh
  -A -f 8
`;

function problem(text: string): string {
  const scenario = parseScenario(text, 'lab.yaml');
  if (scenario.ok) throw new Error('no problem');
  const { kind, what, where, next } = scenario.failure;
  expect(kind).toBe('usage');
  return `${where}: ${what}. ${next}`;
}

test('the example file says what the demo runs on', () => {
  const file = new URL('../../../plans/sim-blue-green.yaml', import.meta.url);
  expect(parseScenario(readFileSync(file, 'utf8'), 'sim-blue-green.yaml')).toEqual({
    ok: true,
    value: demoScenario,
  });
});

test('everything but the table may be left out', () => {
  const scenario = parseScenario(table, 'lab.yaml');
  expect(scenario).toMatchObject({
    ok: true,
    value: { seed: 1, speed: 0, warmUpMs: 0, traffic: [] },
  });
  if (scenario.ok)
    expect(createSimulatedIpvsadm(scenario.value).kernel.table.services.length).toBe(3);
});

test('a mark says where its traffic goes to', () => {
  const traffic = 'traffic: [{service: fwm/8, to: "tcp/10.0.0.9:443", perSecond: 5, life: 2s}]';
  expect(parseScenario(table + traffic, 'lab.yaml')).toMatchObject({
    value: {
      traffic: [{ service: 'fwm/8', target: { address: '10.0.0.9', port: 443, mark: 8 } }],
    },
  });
});

test.each([
  ['an unknown field', `${table}sped: 3\n`, /^lab\.yaml:6:1: .*"sped".*Allowed are seed, speed, /],
  [
    'an unknown field further in',
    `${table}traffic:\n  - service: tcp/10.0.0.100:80\n    perSecond: 1\n    life: 1s\n    lives: 9\n`,
    /^lab\.yaml:10:5: .*"lives".*Allowed are service, to, perSecond, /,
  ],
  ['a wrong type', `${table}seed: one\n`, /^lab\.yaml:6:7: .*expected number/],
  [
    'a wrong word',
    `${table}traffic: [{service: fwm/8, perSecond: 1, life: 1s, arrivals: odd}]`,
    /expected one of "even"\|"poisson"/,
  ],
  ['a wrong duration', `${table}warmUp: soon\n`, /^lab\.yaml:6:9: .*duration such as 500ms/],
  ['a missing field', 'seed: 1\n', /^lab\.yaml:1:1: .*"table"/],
  [
    'a line that ipvsadm refuses',
    'seed: 1\ntable: |\n  -A -t 10.0.0.1:80\n\n  -a -t 10.0.0.2:80 -r 10.0.0.3\n',
    /^lab\.yaml:5:1: .*"-a -t 10\.0\.0\.2:80 -r 10\.0\.0\.3": Service not defined/,
  ],
  [
    'traffic of no service',
    `${table}traffic: [{service: "tcp/10.0.0.1:80", perSecond: 1, life: 1s}]`,
    /^lab\.yaml:6:21: the table has no service tcp\/10\.0\.0\.1:80\. It has tcp\/10\.0\.0\.100:80, fwm\/7/,
  ],
  [
    'traffic of a scheduler that is not modelled',
    `${table}traffic: [{service: fwm/7, perSecond: 1, life: 1s}]`,
    /cannot say where sh sends.*It can for rr, wrr, lc, wlc/,
  ],
  [
    'traffic of a mark to nowhere',
    `${table}traffic: [{service: fwm/8, perSecond: 1, life: 1s}]`,
    /needs a `to`/,
  ],
  ['no YAML', 'table: [\n', /^lab\.yaml:2:1: lab\.yaml is no YAML/],
  ['an empty file', '', /^lab\.yaml:1:1: .*expected object/],
])('%s is named with its place', (_, text, expected) => {
  expect(problem(text)).toMatch(expected);
});
