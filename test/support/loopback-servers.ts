import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';

const opened = new Set<Server>();
const sockets = new Set<Socket>();

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([...opened].map((server) => new Promise((done) => server.close(done))));
});

/** Any server of node on a free port, which it gives; closed with what is open when the file ends. */
export function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  opened.add(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** A server that says these bytes once it is asked something, and then does with the socket what it likes. */
export function listenRaw(answer: (socket: Socket) => void, host?: string): Promise<number> {
  return listen(
    createServer((socket) => socket.once('data', () => answer(socket))),
    host,
  );
}
