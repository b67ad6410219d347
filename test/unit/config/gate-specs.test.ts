import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseBodyMatch,
  parseCheck,
  parseStatusRanges,
} from '../../../src/config/checks/check-spec.ts';
import {
  parseGateCommand,
  parseGateHttp,
  parseGatePrometheus,
} from '../../../src/config/checks/gate-specs.ts';
import { gateSpecSchema } from '../../../src/files/gate-schema.ts';

const refused = (what: string, next = '') => ({
  ok: false,
  failure: {
    kind: 'usage',
    what: expect.stringContaining(what),
    next: expect.stringContaining(next),
  },
});

const usual = { timeoutMs: 1_000, intervalMs: 3_000, rise: 2, fall: 2 };

describe('--check', () => {
  it('is tcp', () => {
    expect(parseCheck('tcp')).toEqual({ ok: true, value: { probe: { kind: 'tcp' }, ...usual } });
  });

  it.each([
    'http://{address}:{port}/healthz',
    'https://{address}/',
    'http://[{address}]:9000/?port={port}&as=me@example.com',
    'http://agent.example/ask?server={address}:{port}',
  ])('is a URL: %s', (url) => {
    expect(parseCheck(url)).toEqual({
      ok: true,
      value: {
        probe: {
          kind: 'http',
          url,
          status: [{ from: 200, to: 299 }],
          tls: { insecure: false },
        },
        ...usual,
      },
    });
  });

  it.each([
    ['', 'is neither tcp nor'],
    ['udp', 'is neither tcp nor'],
    ['file:///etc/passwd', 'is neither tcp nor'],
    ['http://', 'is neither tcp nor'],
    ['{address}:{port}/healthz', 'is neither tcp nor'],
    ['http://{address}:{port}0000/', 'is neither tcp nor'],
    ['http://{addres}:{port}/', 'holds {addres}'],
    ['http://{address}:{port/', 'holds {port/'],
  ])('is refused with an example: "%s"', (text, why) => {
    expect(parseCheck(text)).toEqual(refused(why, 'http://{address}:{port}/healthz'));
  });

  it('that asks the same URL for every server is taken for a gate', () => {
    expect(parseCheck('http://10.0.0.2/')).toEqual(
      refused('would ask the same address for every server', '--gate-http'),
    );
  });

  it('is never shown with its password', () => {
    for (const at of ['10.0.0.2', '{address}:{port}']) {
      const failure = parseCheck(`http://me:secret@${at}/`);
      expect(failure).toEqual(
        refused('had a user or a password in it', 'a health check has to do'),
      );
      expect(JSON.stringify(failure)).not.toMatch(/secret|me:/);
    }
  });
});

describe('status codes', () => {
  it.each([
    ['200', [{ from: 200, to: 200 }]],
    [
      '200-299, 301',
      [
        { from: 200, to: 299 },
        { from: 301, to: 301 },
      ],
    ],
    ['2xx', undefined],
    ['299-200', undefined],
    ['200-', undefined],
    ['20', undefined],
    ['600', undefined],
    ['', undefined],
  ])('"%s"', (text, ranges) => {
    expect(parseStatusRanges(text)).toEqual(ranges);
  });
});

describe('a body', () => {
  it.each([
    ['ok', { kind: 'text', text: 'ok' }],
    ['/', { kind: 'text', text: '/' }],
    ['//', { kind: 'text', text: '//' }],
    // The path of a file is not taken for a pattern without a word.
    ['/a/b', undefined],
    ['/^ok$/im', { kind: 'pattern', source: '^ok$', flags: 'im' }],
    ['/(/', undefined],
    ['/ok/ii', undefined],
    ['/ok/g', undefined],
  ])('"%s"', (text, match) => {
    expect(parseBodyMatch(text)).toEqual(match);
  });
});

describe('--gate-http', () => {
  it('is any URL', () => {
    expect(parseGateHttp('https://status.example.com/ready')).toEqual({
      ok: true,
      value: {
        kind: 'http',
        url: 'https://status.example.com/ready',
        status: [{ from: 200, to: 299 }],
        tls: { insecure: false },
      },
    });
  });

  it.each([
    ['status.example.com', 'is no http:// or https:// URL'],
    ['ftp://host/', 'is no http:// or https:// URL'],
    ['http://host:99999/', 'is no URL'],
  ])('is refused: %s', (text, why) => {
    expect(parseGateHttp(text)).toEqual(refused(why, 'https://status.example.com/ready'));
  });
});

describe('a gate that asks a URL', () => {
  it.each([
    'http://me:secret@host/ready',
    'https://secret@host',
    'http://:secret@host/',
    'http://me:sec%ret@host:99999/',
  ])('is refused with a user or password in it, and says what to do instead: %s', (url) => {
    for (const failure of [parseGateHttp(url), parseGatePrometheus(`${url}#up==1`)]) {
      expect(failure).toEqual(refused('had a user or a password', 'DRAIN_GATE_AUTHORIZATION'));
      expect(JSON.stringify(failure)).not.toMatch(/secret|sec%|me:/);
    }
  });

  it('is refused with a password in a compiled plan or journal too', () => {
    const gate = (url: string) => ({
      kind: 'prometheus',
      url,
      query: 'up',
      comparison: '>',
      limit: 0,
    });
    expect(gateSpecSchema.safeParse(gate('http://p:9090/a@b')).success).toBe(true);
    expect(gateSpecSchema.safeParse(gate('http://me:secret@p:9090')).success).toBe(false);
  });
});

describe('--gate-command', () => {
  it('is split into words', () => {
    expect(parseGateCommand('./smoke.sh  --quick $HOME')).toEqual({
      ok: true,
      value: { kind: 'command', words: ['./smoke.sh', '--quick', '$HOME'] },
    });
  });

  it('is refused under its own name', () => {
    expect(parseGateCommand(' ')).toEqual(refused('--gate-command is empty', './smoke.sh'));
    expect(parseGateCommand("sh -c 'x'")).toEqual(
      refused("--gate-command holds a quote: sh -c 'x'"),
    );
  });
});

describe('--gate-prometheus', () => {
  it.each([
    ['http://p:9090#up<=5', 'http://p:9090', 'up', '<=', 5],
    ['http://p:9090#up < 5 ', 'http://p:9090', 'up', '<', 5],
    ['https://p/prom/#up>=-1.5e3', 'https://p/prom/', 'up', '>=', -1500],
    ['http://p#a > 1 < .5', 'http://p', 'a > 1', '<', 0.5],
    ['http://p#a{b!="c"} == 1', 'http://p', 'a{b!="c"}', '==', 1],
    ['http://p#a{b=~"c|d"}!=1', 'http://p', 'a{b=~"c|d"}', '!=', 1],
    ['http://p#a == bool 1 >= 1', 'http://p', 'a == bool 1', '>=', 1],
    ['http://p#a # why\n> 1', 'http://p', 'a # why', '>', 1],
    ['http://p#a{b="#"} > 1', 'http://p', 'a{b="#"}', '>', 1],
  ])('is taken apart: %s', (text, url, query, comparison, limit) => {
    expect(parseGatePrometheus(text)).toEqual({
      ok: true,
      value: { kind: 'prometheus', url, query, comparison, limit },
    });
  });

  it.each([
    ['http://p:9090', 'has no #'],
    ['http://p:9090#', 'does not end with a comparison'],
    ['http://p:9090#up', 'does not end with a comparison'],
    ['http://p:9090#up<=', 'does not end with a comparison'],
    ['http://p:9090#up<=5%', 'does not end with a comparison'],
    ['http://p:9090#up=5', 'does not end with a comparison'],
    ['http://p:9090#sum(a > 1)', 'does not end with a comparison'],
    ['http://p:9090#a == bool 1', 'does not end with a comparison'],
    ['http://p:9090#<=5', 'has no query'],
    ['p:9090#up<=5', 'is no http:// or https:// URL'],
  ])('is refused with an example: %s', (text, why) => {
    expect(parseGatePrometheus(text)).toEqual(refused(why, 'http://prometheus:9090#'));
  });

  it('keeps any query that was written before a comparison to a number', () => {
    const limit = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n));
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((query) => query.trim() !== '' && !query.includes('{')),
        fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
        limit,
        (query, comparison, n) => {
          expect(parseGatePrometheus(`http://p#${query} ${comparison} ${n}`)).toEqual({
            ok: true,
            value: {
              kind: 'prometheus',
              url: 'http://p',
              query: query.trim(),
              comparison,
              limit: n,
            },
          });
        },
      ),
    );
  });

  it('never shows a password', () => {
    for (const text of ['http://me:secret@p', 'http://me:secret@p:x#up<1', 'me:secret@p#up<1']) {
      expect(JSON.stringify(parseGatePrometheus(text))).not.toContain('secret');
    }
  });
});

describe('a placeholder of a gate', () => {
  it.each([
    [parseGateCommand('./smoke {address}'), '--gate-command holds {address}'],
    [parseGateHttp('http://{address}:80/'), '--gate-http'],
    [parseGateHttp('http://status.example/{news}'), '--gate-http holds {news} (did you mean new?)'],
    [parseGatePrometheus('http://p:9090#up{x="{to}"} < 1'), '--gate-prometheus holds {to}'],
    [parseGatePrometheus('http://p:9090#up{x=~"{new|re}"} < 1'), 'holds {new|re}'],
  ])('is refused before anything moves: %#', (result, what) => {
    expect(result).toEqual(refused(what));
  });

  it('names servers of a side or services, also for a regular expression', () => {
    const query = 'up{x=~"{new|regex}",y="{old}",z="{service}"}';
    expect(parseGatePrometheus(`http://p:9090#${query} < 1`)).toMatchObject({ value: { query } });
    const url = 'http://{new}/ready?not={old}';
    expect(parseGateHttp(` ${url}`)).toMatchObject({ ok: true, value: { url } });
    expect(parseGateCommand('./smoke {new}').ok).toBe(true);
  });

  it('is none of the braces that are its own', () => {
    expect(parseGatePrometheus('http://p:9090#up{job="a",x=~"b{3}"} < 1').ok).toBe(true);
    expect(parseGateCommand('curl -w %{http_code} http://a/').ok).toBe(true);
  });
});
