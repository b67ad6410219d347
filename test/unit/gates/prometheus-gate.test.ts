import { createServer, type IncomingMessage } from 'node:http';
import { afterAll, describe, expect, it, test, vi } from 'vitest';
import { parseGatePrometheus } from '../../../src/config/checks/gate-specs.ts';
import type { SideComparison } from '../../../src/domain/health/gate.ts';
import { createGates } from '../../../src/gates/create-gates.ts';
import type { Gate } from '../../../src/rollout/ports.ts';
import { ask } from '../../support/asked-gate.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/loopback-servers.ts';
import { startPrometheus } from '../../support/prometheus.ts';

const aboutNothing = { rollout: 'r', step: 1, of: 4, movedFraction: 0.5, from: [], to: [] };

async function gateOf(text: string): Promise<Gate> {
  const spec = parseGatePrometheus(text);
  if (!spec.ok) throw new Error(spec.failure.what);
  const gates = await createGates([spec.value]);
  const gate = gates.ok ? gates.value[0] : undefined;
  if (gate === undefined) throw new Error('no gate');
  return gate;
}

const askFor = async (text: string) => ask(await gateOf(text));

/** Something that answers every query with this. */
const answering = (body: string, status = 200) =>
  listen(createServer((_request, response) => response.writeHead(status).end(body)));

const vector = (...values: readonly string[]): string =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: values.map((value, i) => ({ metric: { job: `j${i}` }, value: [1, value] })),
    },
  });

async function verdictOn(body: string, condition: string, status = 200) {
  return askFor(`http://127.0.0.1:${await answering(body, status)}#x${condition}`);
}

describe('a Prometheus gate', () => {
  it('asks the query API below the URL, with the Authorization of the environment', async () => {
    const seen: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      seen.push(request);
      response.end(vector('1'));
    });
    const port = await listen(server);
    const at = `127.0.0.1:${port}/prom/?tenant=a`;
    vi.stubEnv('DRAIN_GATE_AUTHORIZATION', 'Bearer secret');
    const gate = await gateOf(`http://${at}#sum(rate(x{a="b&c"}[1m])) + 1 # why <= 5`);
    expect(gate.name).toBe(`gate-prometheus http://${at}#sum(rate(x{a="b&c"}[1m])) + 1 # why<=5`);
    expect(await ask(gate)).toEqual({ passed: true, detail: '1 <= 5' });
    const { pathname, searchParams } = new URL(seen[0]?.url ?? '', 'http://any');
    expect(pathname).toBe('/prom/api/v1/query');
    expect([...searchParams]).toEqual([
      ['tenant', 'a'],
      ['query', 'sum(rate(x{a="b&c"}[1m])) + 1 # why'],
    ]);
    const { authorization } = seen[0]?.headers ?? {};
    expect(authorization).toBe('Bearer secret');
    vi.unstubAllEnvs();
  });

  it.each([
    ['<=5', ['5'], true],
    ['<5', ['5'], false],
    ['>=5', ['5'], true],
    ['>5', ['5'], false],
    ['==5', ['5'], true],
    ['==5', ['4'], false],
    ['!=5', ['4'], true],
    ['!=5', ['5'], false],
    ['< 1e-3', ['1e-05'], true],
    ['>-1', ['-0.5'], true],
    ['<5', ['+Inf'], false],
    ['>5', ['+Inf'], true],
    ['<5', ['-Inf'], true],
    ['<5', ['1', '2', '9'], false],
    ['<5', ['1', '2', '3'], true],
  ])('holds every sample against its limit: %s, %j', async (condition, values, passed) => {
    expect(await verdictOn(vector(...values), condition)).toMatchObject({ passed });
  });

  it.each(['<=1', '>=1', '!=1', '==1', '<1', '>1'])(
    'takes NaN for no answer: %s',
    async (condition) => {
      expect(await verdictOn(vector('NaN'), condition)).toEqual({
        passed: false,
        noData: 'empty',
        detail: 'the query gave no number: NaN ({job="j0"})',
      });
    },
  );

  it('says no beside a NaN where one sample is bad, and nothing where the others are good', async () => {
    expect(await verdictOn(vector('NaN', '9'), '<=5')).toEqual({
      passed: false,
      detail: '1 of 2 samples: 9 is not <= 5 ({job="j1"})',
    });
    expect(await verdictOn(vector('1', 'NaN'), '<=5')).toMatchObject({ noData: 'empty' });
  });

  it('says how many samples are bad, and which is the first', async () => {
    expect(await verdictOn(vector('1', '7', '9'), '<=5')).toEqual({
      passed: false,
      detail: '2 of 3 samples: 7 is not <= 5 ({job="j1"})',
    });
    expect(await verdictOn(vector('1', '2'), '<=5')).toEqual({
      passed: true,
      detail: 'all 2 samples <= 5',
    });
  });

  it.each([
    ['<html>', 200, '200 OK: it does not answer like Prometheus'],
    ['{"status":"success"}', 200, '200 OK: it does not answer like Prometheus'],
    [' '.repeat(1_100_000), 200, '200 OK, but the answer is larger than 1 MB'],
  ])('fails for any other answer: %#', async (body, status, detail) => {
    expect(await verdictOn(body, '<=5', status)).toEqual({ passed: false, detail });
  });

  it.each([
    ['', 502, 'no-answer', '502 Bad Gateway: it does not answer like Prometheus'],
    [vector('1'), 500, 'no-answer', '500 Internal Server Error'],
    [
      '{"status":"error","errorType":"unavailable","error":"starting"}',
      503,
      'no-answer',
      '503 Service Unavailable: unavailable: starting',
    ],
    ['', 429, 'no-answer', '429 Too Many Requests: it does not answer like Prometheus'],
    [vector(), 200, 'empty', 'the query gave nothing: no series matches it'],
    [vector('one'), 200, 'empty', 'the query gave no number: NaN ({job="j0"})'],
    [
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1,{}]}]}}',
      200,
      'empty',
      'the query gave no number: NaN ({a="b"})',
    ],
  ])('says nothing with an answer such as %j, %d', async (body, status, noData, detail) => {
    expect(await verdictOn(body, '<=5', status)).toEqual({ passed: false, noData, detail });
  });

  it('quotes a long complaint in a few words', async () => {
    const error = JSON.stringify({ status: 'error', errorType: 'x', error: 'y'.repeat(9_999) });
    const { passed, detail } = await verdictOn(error, '<=5', 400);
    expect(passed).toBe(false);
    expect(detail).toMatch(/^400 Bad Request: x: yyy/);
    expect(detail.length).toBeLessThan(310);
  });
});

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';
const started = await startPrometheus();
if (started.kind === 'unavailable' && !required) {
  process.stderr.write(`left out: the tests on a real Prometheus, because ${started.reason}\n`);
}

describe('a real Prometheus', () => {
  if (started.kind === 'unavailable') {
    test.runIf(required)('is there to be asked (DRAIN_REQUIRE_KERNEL=1)', () => {
      throw new Error(started.reason);
    });
    return;
  }
  const { url, stop } = started.prometheus;
  afterAll(stop);

  it('says 1 for `up` of itself, once it has looked', async () => {
    // It looks for targets every 5 s.
    await eventually(async () =>
      expect(await askFor(`${url}#up==1`)).toMatchObject({ passed: true }),
    );
    expect(await askFor(`${url}/#up<1`)).toEqual({
      passed: false,
      detail: expect.stringMatching(
        /^1 is not < 1 \(up\{instance="127\.0\.0\.1:\d+", job="self"\}\)$/,
      ),
    });
  });

  it.each([
    ['up > 0 == 1', '1 == 1'],
    ['1 + 1 == 2', '2 == 2'],
    ['vector(1) / 0 > 1e9', 'Infinity > 1000000000'],
    ['{__name__=~"go_.*"} >= 0', expect.stringMatching(/^all \d+ samples >= 0$/)],
  ])('passes %s', async (condition, detail) => {
    expect(await askFor(`${url}#${condition}`)).toEqual({ passed: true, detail });
  });

  it.each([
    ['up[5m] <= 5', '200 OK: the query gives a matrix, and a vector or scalar is needed'],
    ['up{ <= 5', expect.stringMatching(/^400 Bad Request: bad_data: .*parse error/)],
    ['up{job=~"("} <= 5', expect.stringMatching(/^400 Bad Request: bad_data: .*parse error/)],
  ])('fails %s', async (condition, detail) => {
    expect(await askFor(`${url}#${condition}`)).toEqual({ passed: false, detail });
  });

  it.each([
    ['up == 0 == 0', 'the query gave nothing: no series matches it'],
    ['no_such_metric <= 5', 'the query gave nothing: no series matches it'],
    ['0 / 0 <= 5', 'the query gave no number: NaN'],
  ])('says nothing to %s', async (condition, detail) => {
    const said = { passed: false, noData: 'empty', detail };
    expect(await askFor(`${url}#${condition}`)).toEqual(said);
  });

  const bothSides = async (compare: SideComparison, comparison: '<=' | '>', limit: number) => {
    const query = 'sum(up{instance=~"{new|regex}"} or on() vector(4))';
    const spec = { kind: 'prometheus', url, query, comparison, limit, compare } as const;
    const values = { new: ['10.0.0.2:80'], old: [url.slice('http://'.length)], service: [] };
    const gates = await createGates([spec], values);
    if (!gates.ok) throw new Error(gates.failure.what);
    return gates.value[0]?.ask(
      { ...aboutNothing, connections: { new: 120, old: 5_000 } },
      new AbortController().signal,
    );
  };

  it('is asked of both sides, whose answers are held against each other', async () => {
    expect(await bothSides({ by: 'ratio', minimum: 120 }, '>', 3)).toEqual({
      passed: true,
      detail: 'new/old 4 (new 4, old 1) > 3',
    });
    expect(await bothSides({ by: 'ratio' }, '<=', 1.2)).toEqual({
      passed: false,
      detail: 'new/old 4 (new 4, old 1) is not <= 1.2',
    });
    expect(await bothSides({ by: 'difference' }, '<=', 3)).toMatchObject({ passed: true });
    expect(await bothSides({ by: 'ratio', minimum: 121 }, '>', 3)).toEqual({
      passed: false,
      noData: 'empty',
      detail:
        'each side needs 121 connections first: the new servers have got 120, the old ones 5000',
    });
  });

  it('that is gone says nothing', async () => {
    await stop();
    expect(await askFor(`${url}#up==1`)).toEqual({
      passed: false,
      noData: 'no-answer',
      detail: expect.stringMatching(/^connect ECONNREFUSED 127\.0\.0\.1:\d+$/),
    });
  });
});
