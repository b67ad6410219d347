import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseGuardFile } from '../../../src/config/files/guard-file.ts';

const example = fileURLToPath(new URL('../../../plans/guard.yaml', import.meta.url));
const read = (text: string) => parseGuardFile(text, 'guard.yaml');
const guardOf = (text: string) => {
  const parsed = read(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.value;
};
const failureOf = (text: string) => {
  const parsed = read(text);
  return parsed.ok ? undefined : parsed.failure;
};
const http = {
  kind: 'http',
  url: 'http://{address}:{port}/healthz',
  status: [{ from: 200, to: 299 }],
  tls: { insecure: false },
};

describe('the example in plans/', () => {
  it('is read as its comments say', () => {
    const config = guardOf(readFileSync(example, 'utf8'));
    const usual = {
      timing: { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
      rampUpMs: 30_000,
      minHealthy: { kind: 'count', count: 1 },
    };
    expect(config).toEqual({
      maintenance: '/run/drain/out.d',
      notify: [
        {
          kind: 'webhook',
          url: 'https://hooks.example.com/drain',
          on: ['down', 'up', 'floor', 'all-dead'],
          ...{ groupForMs: 5_000, everyMs: 60_000 },
        },
        {
          kind: 'command',
          words: ['./page.sh', '{event}'],
          on: ['all-dead'],
          ...{ groupForMs: 0, everyMs: 60_000 },
        },
      ],
      pollMs: 5_000,
      services: [
        {
          ...usual,
          service: 'tcp/10.0.0.100:80',
          check: { kind: 'probe', probe: http },
          minHealthy: { kind: 'percent', percent: 50 },
          agent: { port: 9_999, send: 'web\n', least: 10, intervalMs: 2_000, timeoutMs: 1_000 },
          fallback: [{ server: { address: '10.0.0.99', port: 8_080 } }],
        },
        {
          ...usual,
          service: 'tcp/10.0.0.100:443',
          check: {
            kind: 'probe',
            probe: {
              ...http,
              url: 'https://{address}:{port}/healthz',
              body: { kind: 'text', text: 'ok' },
              host: 'www.example.com',
              tls: { insecure: true },
            },
          },
          timing: { ...usual.timing, intervalMs: 5_000, timeoutMs: 3_000 },
        },
        {
          ...usual,
          service: 'tcp/10.0.0.100:5432',
          check: { kind: 'probe', probe: { kind: 'tcp' } },
          rampUpMs: 0,
          fallback: [{ server: { address: '10.0.0.98' }, weight: 10, forwarding: 'masq' }],
        },
        {
          ...usual,
          service: 'udp/10.0.0.100:53',
          check: {
            kind: 'dns',
            question: { name: 'www.example.com', type: 'A', answer: '192.0.2.10' },
          },
          clients: 'move',
        },
        {
          ...usual,
          service: 'tcp/10.0.0.100:50051',
          check: { kind: 'grpc', question: { service: 'shop.Cart' } },
        },
        {
          ...usual,
          service: 'tcp/10.0.0.100:25',
          check: { kind: 'command', words: ['./check-mail', '{address}', '{port}'] },
          timing: { ...usual.timing, intervalMs: 10_000 },
        },
      ],
    });
  });
});

describe("a guard's file", () => {
  it('needs nothing but a service and its check', () => {
    expect(guardOf('services: [{service: "fwm/7", check: tcp}]')).toEqual({
      pollMs: 5_000,
      services: [
        {
          service: 'fwm/7',
          check: { kind: 'probe', probe: { kind: 'tcp' } },
          timing: { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
          rampUpMs: 30_000,
          minHealthy: { kind: 'count', count: 1 },
        },
      ],
    });
  });

  it('has the service before the check before the defaults', () => {
    const [service] = guardOf(`
defaults: { interval: 1s, timeout: 100ms, rise: 7, fall: 9 }
services:
  - service: tcp/10.0.0.100:80
    check: { url: tcp, interval: 3s, timeout: 200ms }
    interval: 4s
    fall: 1
`).services;
    expect(service?.timing).toEqual({ intervalMs: 4_000, timeoutMs: 200, rise: 7, fall: 1 });
  });

  it('has TLS of a gRPC check only where it says so, and refuses names and types that are none', () => {
    const check = (text: string) =>
      guardOf(`services: [{ service: fwm/7, check: ${text} }]`).services[0]?.check;
    expect(check("{ grpc: '', tls: true, ca: own.pem }")).toEqual({
      kind: 'grpc',
      question: { service: '', tls: { insecure: false, caFile: 'own.pem' } },
    });
    expect(check('{ dns: example.com }')).toEqual({
      kind: 'dns',
      question: { name: 'example.com', type: 'A' },
    });
    const refused = (text: string) =>
      failureOf(`services: [{ service: fwm/7, check: ${text} }]`)?.what;
    expect(refused("{ grpc: '', insecure: true }")).toContain('write tls: true beside them');
    expect(refused("{ dns: 'two words' }")).toContain('write a name to ask for');
    expect(refused('{ dns: example.com, type: MX }')).toContain('write one of A, AAAA');
    expect(refused('{ dns: example.com, port: 53 }')).toContain('port');
  });

  it('has commands as words or as a list, and names of services in one spelling', () => {
    const { services } = guardOf(`
services:
  - { service: "tcp/[2001:DB8:0::1]:80", check: { command: './check {address} {port}' } }
  - { service: tcp/10.0.0.100:80, check: { command: [./check, "two words"] } }
`);
    expect(services).toMatchObject([
      { service: 'tcp/[2001:db8::1]:80', check: { words: ['./check', '{address}', '{port}'] } },
      { check: { words: ['./check', 'two words'] } },
    ]);
  });

  const one = 'service: tcp/10.0.0.100:80';
  it.each<[string, string, string, RegExp]>([
    ['no service', 'maintenance: /run', 'guard.yaml:1:1', /services/],
    ['an empty list', 'services: []', 'guard.yaml:1:11', /at least one service/],
    ['no check', `services: [{${one}}]`, 'guard.yaml:1:12', /say how a server is asked/],
    [
      'a name that is none',
      'services: [{service: web, check: tcp}]',
      'guard.yaml:1:22',
      /"web" is no virtual service/,
    ],
    [
      'an unknown field',
      `services:\n  - ${one}\n    chek: tcp\n    check: tcp`,
      'guard.yaml:3:5',
      /"chek" is no field here/,
    ],
    [
      'a field of another place',
      `poll: 1s\nrise: 2\nservices: [{${one}, check: tcp}]`,
      'guard.yaml:2:1',
      /"rise" is no field here/,
    ],
    [
      'a wrong URL',
      `services:\n  - ${one}\n    check: ftp://{address}`,
      'guard.yaml:3:12',
      /neither tcp nor/,
    ],
    [
      'a wrong field of a check',
      `services:\n  - ${one}\n    check: {url: tcp, stats: 1}`,
      'guard.yaml:3:23',
      /"stats" is no field here/,
    ],
    [
      'a command and a URL',
      `services:\n  - ${one}\n    check: {command: ./x, url: tcp}`,
      'guard.yaml:3:27',
      /"url" is no field here/,
    ],
    [
      'an empty command',
      `services:\n  - ${one}\n    check: {command: ""}`,
      'guard.yaml:3:22',
      /command is empty/,
    ],
    [
      'a placeholder that is none',
      `services:\n  - ${one}\n    check: {command: "./x {host}"}`,
      'guard.yaml:3:22',
      /\{host\} means nothing/,
    ],
    [
      'a wrong duration',
      `services:\n  - ${one}\n    check: tcp\n    interval: soon`,
      'guard.yaml:4:15',
      /duration such as/,
    ],
    [
      'an interval of nothing',
      `services: [{${one}, check: tcp, interval: 0s}]`,
      'guard.yaml:1:63',
      /duration such as/,
    ],
    [
      'minHealthy: 0',
      `services:\n  - ${one}\n    check: tcp\n    minHealthy: 0`,
      'guard.yaml:4:17',
      /from 1/,
    ],
    [
      'minHealthy: 101%',
      `services:\n  - ${one}\n    check: tcp\n    minHealthy: 101%`,
      'guard.yaml:4:17',
      /100%/,
    ],
    [
      'an agent without a port',
      `services:\n  - ${one}\n    check: tcp\n    agent: {send: x}`,
      'guard.yaml:4:12',
      /port/,
    ],
    [
      'a percentage of an agent that is none',
      `services:\n  - ${one}\n    check: tcp\n    agent: {port: 1, least: 0%}`,
      'guard.yaml:4:29',
      /from 1% to 100%/,
    ],
    [
      'an unknown field of an agent',
      `services:\n  - ${one}\n    check: tcp\n    agent: {port: 1, addr: x}`,
      'guard.yaml:4:22',
      /"addr" is no field here/,
    ],
    [
      'a fallback by a name',
      `services:\n  - ${one}\n    check: tcp\n    fallback: sorry.example.com`,
      'guard.yaml:4:15',
      /"sorry.example.com" is no server/,
    ],
    [
      'a fallback without a server',
      `services:\n  - ${one}\n    check: tcp\n    fallback: [{weight: 1}]`,
      'guard.yaml:4:16',
      /server/,
    ],
    [
      'an unknown field of a fallback',
      `services:\n  - ${one}\n    check: tcp\n    fallback: {server: 10.0.0.9, wait: 1}`,
      'guard.yaml:4:34',
      /"wait" is no field here/,
    ],
    [
      'a fallback of weight 0',
      `services:\n  - ${one}\n    check: tcp\n    fallback: [{server: 10.0.0.9, weight: 0}]`,
      'guard.yaml:4:43',
      /from 1 to 65535/,
    ],
    [
      'a fallback twice',
      `services:\n  - ${one}\n    check: tcp\n    fallback: [10.0.0.9, {server: 10.0.0.9}]`,
      'guard.yaml:4:15',
      /10.0.0.9 is here twice/,
    ],
    ['rise: 0', `defaults: {rise: 0}\nservices: [{${one}, check: tcp}]`, 'guard.yaml:1:18', /1/],
    [
      'a service twice',
      `services:\n  - {${one}, check: tcp}\n  - {${one}, check: tcp}`,
      'guard.yaml:3:15',
      /here twice/,
    ],
  ])('with %s is refused with the place', (_, text, where, says) => {
    const failure = failureOf(text);
    expect(failure).toMatchObject({ kind: 'usage', where });
    expect(failure?.what).toMatch(says);
  });
});
