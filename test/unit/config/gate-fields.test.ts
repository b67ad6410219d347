import { describe, expect, it } from 'vitest';
import { parsePlanFile } from '../../../src/config/files/plan-file.ts';

const fileOf = (gates: string) => parsePlanFile(`from: a\nto: b\n${gates}\n`, 'plan.yaml');

/** The gates under a field of a plan file. */
function gatesOf(text: string, field: 'gateCommand' | 'gateHttp' | 'gatePrometheus') {
  const parsed = fileOf(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.value[0]?.get(field)?.gates;
}

const refusal = (text: string) => {
  const parsed = fileOf(text);
  return parsed.ok ? undefined : `${parsed.failure.where}: ${parsed.failure.what}`;
};

describe('a gate of a plan file', () => {
  it('is a text as on the command line, or a mapping with terms, or a list of both', () => {
    const list = `gateCommand:
  - ./smoke.sh --quick
  - command: ./smoke.sh {new}
    every: 15s
    failures: { of: 5, allowed: 2 }
    after: { connections: 100 }
    noData: fail
    onFailure: report`;
    expect(gatesOf(list, 'gateCommand')).toEqual([
      { kind: 'command', words: ['./smoke.sh', '--quick'] },
      {
        kind: 'command',
        words: ['./smoke.sh', '{new}'],
        everyMs: 15_000,
        failures: { of: 5, allowed: 2 },
        after: { kind: 'connections', connections: 100 },
        noData: 'fail',
        onFailure: 'report',
      },
    ]);
  });

  it('asks a URL, from a time on', () => {
    expect(gatesOf('gateHttp: { url: "http://a/", after: 5m, noData: pass }', 'gateHttp')).toEqual([
      expect.objectContaining({
        url: 'http://a/',
        after: { kind: 'time', ms: 300_000 },
        noData: 'pass',
      }),
    ]);
  });

  it('asks Prometheus a query with a limit, apart or as one text', () => {
    const gate = { kind: 'prometheus', url: 'http://p:9090', query: 'up', comparison: '<=' };
    for (const text of [
      '{ url: "http://p:9090", query: up, limit: "<= 0.5" }',
      '{ url: "http://p:9090#up<=.5" }',
      'http://p:9090#up<=0.5',
    ]) {
      expect(gatesOf(`gatePrometheus: ${text}`, 'gatePrometheus')).toEqual([
        { ...gate, limit: 0.5 },
      ]);
    }
  });

  it.each([
    ['newOverOld: "<= 1.2", minimum: 100', { by: 'ratio', minimum: 100 }, 1.2],
    ['newMinusOld: "<= 0.01"', { by: 'difference' }, 0.01],
  ])('compares both sides: %s', (sides, compare, limit) => {
    const gate = `gatePrometheus: { url: "http://p", query: 'e{x="{new}"}', compare: { ${sides} } }`;
    expect(gatesOf(gate, 'gatePrometheus')).toEqual([
      {
        kind: 'prometheus',
        url: 'http://p',
        query: 'e{x="{new}"}',
        comparison: '<=',
        limit,
        compare,
      },
    ]);
  });

  it.each([
    ['gateCommand: ./smoke {news}', 'plan.yaml:3:14: gateCommand.0: --gate-command holds {news}'],
    ['gateHttp: { url: "http://a/", evry: 5s }', 'plan.yaml:3:31: "evry" is no field here'],
    ['gateHttp: { url: "http://a/", noData: never }', 'gateHttp.0.noData: Invalid option'],
    [
      'gateHttp: { url: "http://a/", failures: { of: 2, allowed: 2 } }',
      'allowed has to be less than of',
    ],
    ['gateHttp: { url: "http://a/", failures: { off: 2 } }', '"off" is no field here'],
    ['gateHttp: { url: "http://a/", after: soon }', 'write a duration such as 5m, or {connections'],
    ['gatePrometheus: { url: "http://p", query: up }', 'limit is needed'],
    [
      'gatePrometheus: { url: "http://p#up<1", query: up, limit: "<1" }',
      'the query stands here twice',
    ],
    ['gatePrometheus: { url: "http://p", query: up, compare: {} }', 'compare needs newOverOld or'],
    [
      'gatePrometheus: { url: "http://p", query: up, compare: { newOverOld: "1.2" } }',
      'compare needs one of <=',
    ],
    [
      'gatePrometheus: { url: "http://p", query: up, compare: { newOverOld: "<1.2" } }',
      'names the servers of a side as {new}',
    ],
    [
      `gatePrometheus: { url: "http://p", query: 'e{x="{new}"}', limit: "<1", compare: { newOverOld: "<1.2" } }`,
      'limit and compare stand here both',
    ],
  ])('is refused with its place: %s', (text, said) => {
    expect(refusal(text)).toContain(said);
  });

  it('of a step has the same forms', () => {
    const steps = 'steps: [{ percent: 5, gates: { http: { url: "http://a/", every: 5s } } }, 100]';
    const parsed = fileOf(steps);
    expect(parsed.ok && parsed.value[0]?.get('steps')?.stops?.[0]?.gates).toMatchObject([
      { kind: 'http', everyMs: 5_000 },
    ]);
  });
});
