import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { DnsQuestion } from '../../../src/domain/health/guard.ts';
import { createDnsCheck } from '../../../src/gates/guard-checks/dns-check.ts';
import { about, ask as askedGate } from '../../support/asked-gate.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const one of sockets.splice(0)) one.close();
});

/** A name server with one A record, 192.0.2.10, for every name; or with this rcode, or silent. */
async function nameServer(how: 'good' | 'silent' | number): Promise<number> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (query, { port, address }) => {
    if (how === 'silent') return;
    const questionEnd = 12 + query.subarray(12).indexOf(0) + 5;
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 10]);
    const isGood = how === 'good';
    const head = Buffer.from([
      0x81,
      0x80 | (isGood ? 0 : how),
      0,
      1,
      0,
      Number(isGood),
      0,
      0,
      0,
      0,
    ]);
    const question = query.subarray(12, questionEnd);
    const parts = [query.subarray(0, 2), head, question, ...(isGood ? [answer] : [])];
    socket.send(Buffer.concat(parts), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}

const ask = async (how: Parameters<typeof nameServer>[0], more: Partial<DnsQuestion> = {}) =>
  createDnsCheck(
    { name: 'www.example.com', type: 'A', ...more },
    '127.0.0.1',
    await nameServer(how),
  );

describe('a check of a name server', () => {
  it('passes with a record of the type, and with the one that is wanted', async () => {
    expect(await askedGate(await ask('good'))).toEqual({ passed: true, detail: 'A: 192.0.2.10' });
    const wanted = await ask('good', { answer: '192.0.2.10' });
    expect(await askedGate(wanted)).toMatchObject({ passed: true });
  });

  it.each([
    ['another record', 'good', { answer: '192.0.2.11' }, 'no A 192.0.2.11, but 192.0.2.10'],
    ['NXDOMAIN', 3, {}, 'NXDOMAIN: it knows no www.example.com'],
    ['SERVFAIL', 2, {}, 'SERVFAIL'],
    ['REFUSED', 5, {}, 'REFUSED'],
  ] as const)('fails with %s, and says so', async (_, how, more, detail) => {
    expect(await askedGate(await ask(how, more))).toEqual({ passed: false, detail });
  });

  it('is given up when it is told so, and says how long nobody answered', async () => {
    const giveUp = new AbortController();
    const asked = (await ask('silent')).ask(about, giveUp.signal);
    giveUp.abort();
    expect(await asked).toEqual({
      passed: false,
      detail: expect.stringMatching(/^no answer within /),
    });
  });
});
