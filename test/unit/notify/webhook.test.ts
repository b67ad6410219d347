import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Ending } from '../../../src/notify/target.ts';
import { createWebhook, type WebhookOptions } from '../../../src/notify/webhook.ts';
import { until } from '../../support/eventually.ts';
import { listen, listenRaw } from '../../support/loopback-servers.ts';
import { jumpingClock, standingClock } from '../../support/notice-clocks.ts';
import { heldNotice } from '../../support/notices.ts';
import { selfSigned } from '../../support/self-signed.ts';

type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>];

/** Answers these in turn, the last one for good, and keeps what it was sent. */
async function receiver(...answers: readonly Answer[]) {
  const got: {
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
    readonly url: string;
  }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const [status, headers] = answers[Math.min(got.length, answers.length - 1)] ?? [200];
      got.push({ headers: request.headers, body, url: request.url ?? '' });
      response.writeHead(status, { ...headers }).end('T0KEN of the caller');
    });
  });
  return { got, url: `http://127.0.0.1:${await listen(server)}/services/T0KEN?key=s3cret` };
}

const goingOn: Ending = {
  near: new AbortController().signal,
  over: new AbortController().signal,
  deadlineMs: () => Number.POSITIVE_INFINITY,
};

const webhook = (url: string, more: Partial<WebhookOptions> = {}) =>
  createWebhook({ url, clock: jumpingClock(), random: () => 0, ...more });

describe('a webhook', () => {
  it('gets the notice as it is, named and signed so that a library of others believes it', async () => {
    const { got, url } = await receiver([204]);
    const secret = 'a secret of some length';
    const clock = jumpingClock(Date.now());
    const target = webhook(url, { key: Buffer.from(secret), clock });
    expect(await target.deliver(heldNotice, goingOn)).toEqual({ kind: 'delivered' });
    const [only] = got;
    expect(got).toHaveLength(1);
    expect(only?.url).toBe('/services/T0KEN?key=s3cret');
    expect(only?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': heldNotice.id,
    });
    const raw = new Webhook(secret, { format: 'raw' });
    expect(raw.verify(only?.body ?? '', only?.headers as Record<string, string>)).toEqual(
      heldNotice,
    );
  });

  it('that fails twice gets it a third time, under the same id, signed anew', async () => {
    const { got, url } = await receiver([500], [503], [200]);
    const clock = jumpingClock();
    const target = webhook(url, { clock, key: Buffer.alloc(32) });
    expect(await target.deliver(heldNotice, goingOn)).toEqual({ kind: 'delivered' });
    expect(clock.waits).toEqual([1_000, 2_000]);
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual(Array(3).fill(heldNotice.id));
    expect(new Set(got.map(({ body }) => body)).size).toBe(1);
    const at = got.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(at.map((second) => second - (at[0] ?? 0))).toEqual([0, 1, 3]);
    expect(new Set(got.map(({ headers }) => headers['webhook-signature'])).size).toBe(3);
  });

  it('that never works is given up within a minute', async () => {
    const { got, url } = await receiver([502]);
    const clock = jumpingClock();
    const given = await webhook(url, { clock }).deliver(heldNotice, goingOn);
    expect(given).toEqual({ kind: 'failed', detail: '502 Bad Gateway, 7 times' });
    expect(got).toHaveLength(7);
    expect(clock.waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000]);
  });

  it('that names a time is asked no sooner, and not at all when that is too late', async () => {
    const busy = await receiver([429, { 'retry-after': '30' }], [200]);
    const clock = jumpingClock();
    const delivery = await webhook(busy.url, { clock }).deliver(heldNotice, goingOn);
    expect(delivery).toEqual({ kind: 'delivered' });
    expect(clock.waits).toEqual([30_000]);

    const closed = await receiver([503, { 'retry-after': '3600' }]);
    expect(await webhook(closed.url).deliver(heldNotice, goingOn)).toEqual({
      kind: 'failed',
      detail: '503 Service Unavailable',
    });
    expect(closed.got).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 422])('that says %i is not asked again', async (status) => {
    const { got, url } = await receiver([status]);
    expect(await webhook(url).deliver(heldNotice, goingOn)).toMatchObject({ kind: 'failed' });
    expect(got).toHaveLength(1);
  });

  it('that says 410 wants no more', async () => {
    const { url } = await receiver([410]);
    expect(await webhook(url).deliver(heldNotice, goingOn)).toEqual({
      kind: 'gone',
      detail: '410 Gone',
    });
  });

  it.each([301, 302, 303, 307, 308])('is not followed elsewhere (%i)', async (status) => {
    const elsewhere = await receiver([200]);
    const { got, url } = await receiver([status, { location: elsewhere.url }]);
    const delivery = await webhook(url).deliver(heldNotice, goingOn);
    expect(delivery).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/, which is not followed$/),
    });
    expect([got.length, elsewhere.got.length]).toEqual([1, 0]);
  });

  it('that hangs, closes or speaks no HTTP is tried again, and said to in a few words', async () => {
    const twice = { tryForMs: 1_500 };
    const silent = await listenRaw(() => {});
    const patient = webhook(`http://127.0.0.1:${silent}/`, { ...twice, tryTimeoutMs: 100 });
    expect(await patient.deliver(heldNotice, goingOn)).toEqual({
      kind: 'failed',
      detail: 'no answer in time, 2 times',
    });
    const closing = await listenRaw((socket) => socket.destroy());
    expect(
      await webhook(`http://127.0.0.1:${closing}/`, twice).deliver(heldNotice, goingOn),
    ).toEqual({
      kind: 'failed',
      detail: 'other side closed, 2 times',
    });
    const dumb = await listenRaw((socket) => socket.end('220 smtp.example.com ESMTP\r\n'));
    expect(
      await webhook(`http://127.0.0.1:${dumb}/`, twice).deliver(heldNotice, goingOn),
    ).toMatchObject({ kind: 'failed', detail: expect.stringMatching(/HTTP/) });
    const server = createServer();
    const gone = await listen(server);
    await new Promise((done) => server.close(done));
    const refusing = webhook(`http://127.0.0.1:${gone}/T0KEN`, twice);
    expect(await refusing.deliver(heldNotice, goingOn)).toEqual({
      kind: 'failed',
      detail: `connect ECONNREFUSED 127.0.0.1:${gone}, 2 times`,
    });
  });

  it('on a port that no browser would ask is not tried again and again', async () => {
    expect(await webhook('http://127.0.0.1:6667/').deliver(heldNotice, goingOn)).toEqual({
      kind: 'failed',
      detail: 'the fetch standard lets no request go to this port',
    });
  });

  it('gets nothing over TLS that cannot prove who it is', async () => {
    const { key, cert } = await selfSigned('hooks.example.com');
    let asked = 0;
    const server = createTlsServer({ key, cert }, (_request, response) => {
      asked++;
      response.end();
    });
    const url = `https://127.0.0.1:${await listen(server)}/`;
    expect(await webhook(url, { tryForMs: 0 }).deliver(heldNotice, goingOn)).toEqual({
      kind: 'failed',
      detail: 'self-signed certificate',
    });
    expect(asked).toBe(0);
  });

  it('is called by scheme and host, and nothing that it says is repeated', async () => {
    const { url } = await receiver([500]);
    const target = webhook(url);
    const delivery = await target.deliver(heldNotice, goingOn);
    const { port } = new URL(url);
    expect(target.name).toBe(`http://127.0.0.1:${port}`);
    expect(JSON.stringify(delivery)).not.toMatch(/T0KEN|s3cret/);
  });
});

describe('a webhook at the end of the process', () => {
  const ending = (deadlineMs: number) => {
    const near = new AbortController();
    const over = new AbortController();
    return {
      near,
      over,
      signals: { near: near.signal, over: over.signal, deadlineMs: () => deadlineMs },
    };
  };

  it('is tried once more at once instead of being waited for', async () => {
    const { got, url } = await receiver([500], [200]);
    const clock = standingClock();
    const { near, signals } = ending(clock.nowMs() + 10_000);
    const delivery = webhook(url, { clock }).deliver(heldNotice, signals);
    await until(() => clock.sleepers.size === 1);
    near.abort();
    expect(await delivery).toEqual({ kind: 'delivered' });
    expect(got).toHaveLength(2);
  });

  it('is not asked before it wants to be', async () => {
    const { got, url } = await receiver([429, { 'retry-after': '15' }], [200]);
    const clock = standingClock();
    const { near, signals } = ending(clock.nowMs() + 20_000);
    const delivery = webhook(url, { clock }).deliver(heldNotice, signals);
    await until(() => clock.sleepers.size === 1);
    near.abort();
    await until(() => clock.sleepers.size === 1);
    expect(got).toHaveLength(1);
    clock.moveOn(15_000);
    expect(await delivery).toEqual({ kind: 'delivered' });
  });

  it('is not tried in a loop without a pause', async () => {
    const { got, url } = await receiver([500]);
    const clock = jumpingClock();
    const { near, signals } = ending(clock.nowMs() + 10_000);
    near.abort();
    expect(await webhook(url, { clock }).deliver(heldNotice, signals)).toMatchObject({
      kind: 'failed',
    });
    expect(got).toHaveLength(4);
    expect(clock.waits).toEqual([1_000, 2_000, 4_000]);
  });

  it('is cut off when it is over', async () => {
    const port = await listenRaw(() => {});
    const { over, signals } = ending(Number.POSITIVE_INFINITY);
    const delivery = webhook(`http://127.0.0.1:${port}/`).deliver(heldNotice, signals);
    over.abort();
    expect(await delivery).toEqual({ kind: 'failed', detail: 'no answer in time' });
  });
});
