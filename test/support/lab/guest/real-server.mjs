// One real server inside the lab's kernel. Argument: {name, tcp: ports, udp: ports, vips, controlPort}.
//
//   GET /                    its name; keep-alive unless asked otherwise
//   GET /stream?seconds=S    its name again and again for S seconds, also after the client's FIN
//
// Commands on standard input, JSON lines with an id, answered with {id, result}:
//   {op: 'behave', mode: 'ok' | 'error' | 'hang' | 'reset' | 'abrupt', port?, path?}
//   {op: 'refuse', port}     listens there no more, until the next reset or `accept`
//   {op: 'accept', port}     listens there again
//   {op: 'abort'}            ends all connections with a RST
//   {op: 'stats'}            connections, requests, datagrams and restarts so far, open connections
import dgram from 'node:dgram';
import net from 'node:net';
import { createInterface } from 'node:readline';

const { name, tcp, udp, vips, controlPort } = JSON.parse(process.argv[2]);
const body = `${name}\n`;
const ok = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n`;
const error = `HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n`;
const open = new Set();
const counts = { connections: 0, requests: 0, datagrams: 0, restarts: 0 };
let behaviours = [];

const behaviour = (port, path) =>
  behaviours.find((one) => (one.port ?? port) === port && (one.path ?? path) === path)?.mode ??
  'ok';

function stream(socket, seconds) {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n');
  socket.write(body);
  const ticker = setInterval(() => socket.write(body), 250);
  const end = setTimeout(() => socket.end(), seconds * 1000);
  socket.on('close', () => {
    clearInterval(ticker);
    clearTimeout(end);
  });
}

function serve(socket, port, head) {
  counts.requests++;
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
  const mode = behaviour(port, path);
  if (mode === 'hang') return;
  if (mode === 'reset') {
    socket.resetAndDestroy();
    return;
  }
  if (path.startsWith('/stream?seconds=')) {
    socket.streaming = true;
    stream(socket, Number(path.slice(16)));
    return;
  }
  const answer = mode === 'error' ? error : ok;
  const content = mode === 'error' ? '' : body;
  if (mode === 'abrupt') {
    socket.write(`${answer}\r\n${content}`);
    setTimeout(() => socket.resetAndDestroy(), 20);
    return;
  }
  if (/\r\nconnection: close/i.test(head)) {
    socket.end(`${answer}Connection: close\r\n\r\n${content}`);
  } else {
    socket.write(`${answer}\r\n${content}`);
  }
}

function accept(socket) {
  counts.connections++;
  open.add(socket);
  const port = socket.localPort;
  let pending = '';
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
      const head = pending.slice(0, end + 2);
      pending = pending.slice(end + 4);
      serve(socket, port, head);
    }
  });
  socket.on('end', () => {
    if (!socket.streaming) socket.end();
  });
  socket.on('error', () => {});
  socket.on('close', () => open.delete(socket));
}

const listeners = new Map();
const listen = (port) =>
  new Promise((resolve) => {
    const server = net.createServer({ allowHalfOpen: true }, accept);
    listeners.set(port, server);
    server.listen({ port, host: '::', backlog: 1024 }, resolve);
  });
const listening = tcp.map(listen);

// For a command that restarts or stops this server from outside: see restart.mjs.
const control = net.createServer((socket) => {
  socket.setEncoding('utf8').once('data', async (text) => {
    const [order, downMs] = text.trim().split(' ');
    for (const server of listeners.values()) server.close();
    listeners.clear();
    for (const one of open) one.destroy();
    await new Promise((resolve) => setTimeout(resolve, Number(downMs)));
    if (order === 'restart') {
      await Promise.all(tcp.map(listen));
      counts.restarts++;
    }
    socket.end(`${order} done\n`);
  });
  socket.on('error', () => {});
});
listening.push(
  new Promise((resolve) => control.listen({ port: controlPort, host: '::' }, resolve)),
);

// An answer must carry the address the question was sent to, so each virtual address has a socket.
for (const address of ['0.0.0.0', '::', ...vips]) {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  for (const port of udp) {
    const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6', reuseAddr: true });
    socket.on('message', (_message, from) => {
      counts.datagrams++;
      if (behaviour(port) === 'ok') socket.send(name, from.port, from.address, () => {});
    });
    listening.push(new Promise((resolve) => socket.bind({ port, address }, resolve)));
  }
}

const operations = {
  behave: ({ mode, port, path }) => {
    behaviours = behaviours.filter((one) => one.port !== port || one.path !== path);
    if (mode !== 'ok') behaviours.push({ mode, port, path });
  },
  refuse: ({ port }) => {
    listeners.get(port).close();
    listeners.delete(port);
  },
  accept: async ({ port }) => {
    if (!listeners.has(port)) await listen(port);
  },
  reset: () => {
    behaviours = [];
    for (const port of tcp) if (!listeners.has(port)) listen(port);
    for (const socket of open) socket.destroy();
  },
  abort: () => {
    for (const socket of open) socket.resetAndDestroy();
  },
  stats: () => ({ ...counts, open: open.size }),
};

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
createInterface({ input: process.stdin }).on('line', async (text) => {
  const request = JSON.parse(text);
  send({ id: request.id, result: (await operations[request.op](request)) ?? true });
});
await Promise.all(listening);
send({ ready: true });
