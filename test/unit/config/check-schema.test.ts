import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkFields, checkSchema } from '../../../src/config/checks/check-schema.ts';
import { checkYaml } from '../../../src/config/files/checked-file.ts';

const plan = z.strictObject({ check: checkSchema.optional() });
const read = (yaml: string) => checkYaml(yaml, 'plan.yaml', plan, () => checkFields);
const checkOf = (yaml: string) => {
  const read_ = read(yaml);
  return read_.ok ? read_.value.value.check : read_.failure;
};

describe('`check` in a file', () => {
  it('is a text, as on the command line', () => {
    const usual = { timeoutMs: 1_000, intervalMs: 3_000, rise: 2, fall: 2 };
    expect(checkOf('check: tcp')).toEqual({ probe: { kind: 'tcp' }, ...usual });
    expect(checkOf('check: http://{address}:{port}/healthz')).toEqual({
      probe: {
        kind: 'http',
        url: 'http://{address}:{port}/healthz',
        status: [{ from: 200, to: 299 }],
        tls: { insecure: false },
      },
      ...usual,
    });
  });

  it('is a mapping', () => {
    const yaml = `check:
  url: https://{address}:{port}/healthz
  status: 200-299,404
  body: /ok/i
  host: app.example:8443
  timeout: 1s
  interval: 500ms
  rise: 1
  fall: 5
  insecure: true
  ca: /etc/ssl/own.pem
  serverName: app.example
`;
    expect(checkOf(yaml)).toEqual({
      probe: {
        kind: 'http',
        url: 'https://{address}:{port}/healthz',
        status: [
          { from: 200, to: 299 },
          { from: 404, to: 404 },
        ],
        body: { kind: 'pattern', source: 'ok', flags: 'i' },
        host: 'app.example:8443',
        tls: { insecure: true, caFile: '/etc/ssl/own.pem', serverName: 'app.example' },
      },
      timeoutMs: 1_000,
      intervalMs: 500,
      rise: 1,
      fall: 5,
    });
  });

  it('takes a status as a number, and tcp with other times', () => {
    expect(checkOf('check: {url: "http://{address}/", status: 204}')).toMatchObject({
      probe: { status: [{ from: 204, to: 204 }] },
    });
    expect(checkOf('check: {url: tcp, rise: 1}')).toEqual({
      probe: { kind: 'tcp' },
      timeoutMs: 1_000,
      intervalMs: 3_000,
      rise: 1,
      fall: 2,
    });
  });

  it('may be left out', () => {
    expect(checkOf('{}')).toBeUndefined();
  });

  it.each([
    ['check: ftp', 'neither tcp nor', 'plan.yaml:1:8'],
    ['check: 5', 'expected object', 'plan.yaml:1:8'],
    ['check: {rise: 1}', 'check.url', 'plan.yaml:1:8'],
    ['check: {url: "http://10.0.0.2/"}', 'the same address', 'plan.yaml:1:14'],
    ['check: {url: tcp, rise: 0}', 'check.rise', 'plan.yaml:1:25'],
    ['check: {url: tcp, timeout: 2}', 'duration above 0', 'plan.yaml:1:28'],
    ['check: {url: tcp, timeout: 0s}', 'duration above 0', 'plan.yaml:1:28'],
    ['check: {url: tcp, body: ok}', 'body has no meaning for a tcp check', 'plan.yaml:1:8'],
    ['check: {url: tcp, insecure: true}', 'insecure has no meaning', 'plan.yaml:1:8'],
    ['check: {url: "http://{address}/", ca: x}', 'write https://', 'plan.yaml:1:8'],
    ['check: {url: "http://{address}/", status: 2xx}', '200-299', 'plan.yaml:1:43'],
    ['check: {url: "http://{address}/", body: "/(/"}', 'regular expression', 'plan.yaml:1:41'],
    ['check: {url: "http://{address}/", body: ""}', 'regular expression', 'plan.yaml:1:41'],
    ['check: {url: "http://{address}/", host: "a\\r\\nX: y"}', 'no host name', 'plan.yaml:1:41'],
  ])('is refused where it is wrong: %s', (yaml, what, where) => {
    expect(checkOf(yaml)).toMatchObject({
      kind: 'usage',
      what: expect.stringContaining(what),
      where,
    });
  });

  it('names what is allowed for a field that it does not know', () => {
    expect(checkOf('check: {url: tcp, retries: 3}')).toMatchObject({
      what: '"retries" is no field here',
      where: 'plan.yaml:1:19',
      next: expect.stringContaining('url, status, body, host, timeout'),
    });
  });
});
