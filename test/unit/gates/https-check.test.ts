import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSchema } from '../../../src/config/checks/check-schema.ts';
import { createChecks } from '../../../src/gates/create-gates.ts';
import { ask } from '../../support/asked-gate.ts';
import { longEnough } from '../../support/long-enough.ts';
import { listen, listenRaw } from '../../support/loopback-servers.ts';
import { type SelfSigned, selfSigned } from '../../support/self-signed.ts';

let folder: string;
let good: SelfSigned;
let expired: SelfSigned;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-https-'));
  good = await selfSigned('app.example');
  expired = await selfSigned('app.example', true);
  await writeFile(join(folder, 'good.pem'), good.cert);
  await writeFile(join(folder, 'expired.pem'), expired.cert);
  await writeFile(join(folder, 'text.pem'), 'no certificate');
  await writeFile(
    join(folder, 'torn.pem'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names: unknown[] = [];
const answering = (options: ServerOptions) =>
  listen(
    createServer(options, (request, response) => {
      names.push((request.socket as TLSSocket & { servername?: unknown }).servername);
      response.end('ok');
    }),
  );

const checks = (port: number, fields: object) =>
  createChecks(checkSchema.parse({ url: 'https://{address}:{port}/', ...fields }), [
    { address: '127.0.0.1', port },
  ]);

async function check(port: number, fields: object) {
  const gates = await checks(port, fields);
  if (!gates.ok || gates.value[0] === undefined) throw new Error('no check');
  return ask(gates.value[0]);
}

describe('an HTTPS check', () => {
  it('trusts no certificate that nobody signed', async () => {
    expect(await check(await answering(good), {})).toEqual({
      passed: false,
      detail: 'self-signed certificate',
    });
  });

  it('trusts any with `insecure`, an expired one for another name too', async () => {
    const port = await answering(expired);
    expect(await check(port, { insecure: true, serverName: 'other.example' })).toEqual({
      passed: true,
      detail: '200 OK',
    });
  });

  it('trusts what `ca` holds, if it is for the address or for the name', async () => {
    const port = await answering(good);
    const ca = join(folder, 'good.pem');
    names.length = 0;
    expect(await check(port, { ca })).toMatchObject({ passed: true });
    expect(await check(port, { ca, serverName: 'app.example' })).toMatchObject({ passed: true });
    expect(await check(port, { ca, host: 'app.example:443' })).toMatchObject({ passed: true });
    expect(await check(port, { ca, serverName: '127.0.0.1' })).toMatchObject({ passed: true });
    expect(names).toEqual([false, 'app.example', 'app.example', false]);
  });

  it.each(['other.example', '10.0.0.100'])('fails for another name, %s', async (serverName) => {
    const port = await answering(good);
    expect(await check(port, { ca: join(folder, 'good.pem'), serverName })).toEqual({
      passed: false,
      detail: expect.stringMatching(
        new RegExp(`does not match certificate's altnames: .*${serverName}`),
      ),
    });
  });

  it('says when a certificate has expired', async () => {
    const ca = join(folder, 'expired.pem');
    expect(await check(await answering(expired), { ca })).toEqual({
      passed: false,
      detail: 'certificate has expired',
    });
  });

  it('says when the other end speaks no TLS', async () => {
    const port = await listenRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await check(port, {})).toEqual({
      passed: false,
      detail: expect.stringMatching(/^no TLS handshake: (wrong version number|packet length)/),
    });
  });

  it('says when the handshake is never done', async () => {
    const gates = await checks(await listenRaw(() => {}), {});
    const gate = gates.ok ? gates.value[0] : undefined;
    await longEnough(100, async (limitMs) =>
      expect(await gate?.ask({} as never, AbortSignal.timeout(limitMs))).toEqual({
        passed: false,
        detail: expect.stringMatching(/^no TLS handshake within \d+ms$/),
      }),
    );
  });

  it.each([
    ['gone.pem', 'ENOENT'],
    ['text.pem', 'it holds no certificate in PEM'],
    ['torn.pem', 'asn1'],
  ])('is refused before it is asked when its `ca` is %s', async (file, why) => {
    expect(await checks(1, { ca: join(folder, file) })).toEqual({
      ok: false,
      failure: expect.objectContaining({
        kind: 'usage',
        what: expect.stringMatching(new RegExp(`${file} cannot be used: .*${why}`)),
      }),
    });
  });
});
