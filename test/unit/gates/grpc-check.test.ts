import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createGrpcCheck } from '../../../src/gates/guard-checks/grpc-check.ts';
import { healthRequest, servingStatus } from '../../../src/gates/guard-checks/grpc-health.ts';
import { about, ask as askedGate } from '../../support/asked-gate.ts';
import { selfSigned } from '../../support/self-signed.ts';

const servers: Http2Server[] = [];
afterEach(() => {
  for (const one of servers.splice(0)) one.close();
});

const message = (...body: number[]) => Buffer.from([0, 0, 0, 0, body.length, ...body]);

/** Answers as a gRPC server does: headers, a message, and the status in the trailers. */
function answerWith(status: number, body: Buffer, text = '') {
  return (stream: ServerHttp2Stream): void => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': text }),
    );
    stream.end(body);
  };
}

async function grpcServer(answer: (stream: ServerHttp2Stream) => void, isTls = false) {
  const asked: { path: string; body: Buffer }[] = [];
  const server = (
    isTls ? createSecureServer(await selfSigned('localhost')) : createServer()
  ) as Http2Server;
  servers.push(server);
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      asked.push({ path: String(headers[':path']), body: Buffer.concat(chunks) });
      answer(stream);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, port: (server.address() as AddressInfo).port };
}

const check = (port: number, service = '') =>
  createGrpcCheck({ question: { service }, address: '127.0.0.1', port });

describe('a check by the health protocol of gRPC', () => {
  it('passes when the service is SERVING, and asks for it by its name', async () => {
    const { asked, port } = await grpcServer(answerWith(0, message(0x08, 1)));
    expect(await askedGate(check(port, 'shop.Cart'))).toEqual({ passed: true, detail: 'SERVING' });
    const body = Buffer.concat([Buffer.from([0, 0, 0, 0, 11, 0x0a, 9]), Buffer.from('shop.Cart')]);
    expect(asked).toEqual([{ path: '/grpc.health.v1.Health/Check', body }]);
  });

  it.each([
    ['NOT_SERVING', answerWith(0, message(0x08, 2)), 'NOT_SERVING'],
    ['no status, which is UNKNOWN', answerWith(0, message()), 'UNKNOWN'],
    [
      'a service that it does not know',
      answerWith(5, Buffer.alloc(0), 'nope'),
      'grpc-status 5 (NOT_FOUND: it knows no such service): nope',
    ],
    [
      'no health service',
      answerWith(12, Buffer.alloc(0)),
      'grpc-status 12 (UNIMPLEMENTED: it has no health service)',
    ],
    ['garbage', answerWith(0, Buffer.from('garbage')), 'no health status in its answer'],
    [
      'an answer that is too long',
      answerWith(0, Buffer.alloc(5_000)),
      'its answer is too long for a health status',
    ],
    [
      'a server of web pages',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 404 });
        stream.end('not found');
      },
      'HTTP status 404, so it does not speak gRPC',
    ],
  ])('fails with %s, and says so', async (_, answer, detail) => {
    const { port } = await grpcServer(answer);
    expect(await askedGate(check(port))).toEqual({ passed: false, detail });
  });

  it('over TLS trusts whom it is told to trust, and nobody else', async () => {
    const { port } = await grpcServer(answerWith(0, message(0x08, 1)), true);
    const ask = (insecure: boolean) => {
      const tls = { insecure, serverName: undefined };
      const question = { service: '', tls: { insecure } };
      return askedGate(createGrpcCheck({ question, address: '127.0.0.1', port, tls }));
    };
    expect(await ask(true)).toEqual({ passed: true, detail: 'SERVING' });
    expect(await ask(false)).toEqual({ passed: false, detail: 'self-signed certificate' });
  });

  it('fails where nobody listens, and is given up when it is told so', async () => {
    const { port } = await grpcServer(() => {});
    const giveUp = new AbortController();
    const hanging = check(port).ask(about, giveUp.signal);
    giveUp.abort();
    expect(await hanging).toMatchObject({ passed: false });
    expect(await askedGate(check(1))).toMatchObject({
      passed: false,
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('the messages of the health protocol', () => {
  it('have the length of a long name as a varint', () => {
    const request = healthRequest('x'.repeat(300));
    expect([...request.subarray(0, 8)]).toEqual([0, 0, 0, 1, 47, 0x0a, 0xac, 0x02]);
  });

  it.each([
    [message(0x08, 3), 'SERVICE_UNKNOWN'],
    [message(0x08, 9), undefined],
    [message(0x10, 1), undefined],
    [Buffer.from([1, 0, 0, 0, 0]), undefined],
    [Buffer.alloc(0), undefined],
  ])('%j is %s', (bytes, status) => {
    expect(servingStatus(bytes)).toBe(status);
  });
});
