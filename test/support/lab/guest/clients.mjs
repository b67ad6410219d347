// All the lab's clients in one process, in the client's namespace. JSON lines on standard input,
// each with an id, answered with {id, result} or {id, error}. Operations: see the end of the file.
// Each connection has a source port of its own that is not used again for tens of thousands.
import dgram from 'node:dgram';
import net from 'node:net';
import { createInterface } from 'node:readline';

const firstPort = 10_000;
const lastPort = 64_999;
let lastUsed = firstPort + Math.floor(Math.random() * 1000);

function freshPort() {
  lastUsed = lastUsed < lastPort ? lastUsed + 1 : firstPort;
  return lastUsed;
}

const request = (path, connection) =>
  `GET ${path} HTTP/1.1\r\nHost: lab\r\nConnection: ${connection}\r\n\r\n`;

/** Calls back exactly once with (server) or (undefined, error). */
function exchangeTcp(target, source, done) {
  const socket = net.connect({
    host: target.address,
    port: target.port,
    localAddress: source,
    localPort: target.sourcePort ?? freshPort(),
  });
  let text = '';
  const finish = (server, error) => {
    clearTimeout(timer);
    socket.destroy();
    done?.(server, error);
    done = undefined;
  };
  const timer = setTimeout(() => finish(undefined, 'timeout'), target.timeoutMs);
  socket.setNoDelay(true);
  socket.on('connect', () => socket.write(target.request));
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('end', () => {
    const server = /^HTTP\/1.1 200 [\s\S]*\r\n\r\n(\S+)/.exec(text)?.[1];
    if (server) finish(server);
    else finish(undefined, text ? text.slice(9, 12) : 'closed');
  });
  socket.on('error', (error) => finish(undefined, error.code));
}

function exchangeUdp(target, source, done) {
  const v6 = target.address.includes(':');
  const socket = dgram.createSocket(v6 ? 'udp6' : 'udp4');
  const finish = (server, error) => {
    clearTimeout(timer);
    if (!done) return;
    socket.close();
    done(server, error);
    done = undefined;
  };
  const timer = setTimeout(() => finish(undefined, 'timeout'), target.timeoutMs);
  socket.on('message', (message) => finish(message.toString()));
  socket.on('error', (error) => finish(undefined, error.code));
  socket.bind(
    { address: source ?? (v6 ? '::' : '0.0.0.0'), port: target.sourcePort ?? freshPort() },
    () => {
      // Connected, so that an ICMP error is reported.
      socket.connect(target.port, target.address, (error) => {
        if (error) finish(undefined, error.code);
        else if (done) socket.send('?');
      });
    },
  );
}

function target({ protocol = 'tcp', address, port, path = '/', timeoutMs = 15_000, sourcePort }) {
  const exchange = protocol === 'udp' ? exchangeUdp : exchangeTcp;
  return { exchange, address, port, timeoutMs, sourcePort, request: request(path, 'close') };
}

/** A table of names, so that a row holds small numbers. */
function names() {
  const list = [];
  const index = new Map();
  return {
    list,
    of: (name) => {
      if (name === undefined) return -1;
      let at = index.get(name);
      if (at === undefined) {
        at = list.push(name) - 1;
        index.set(name, at);
      }
      return at;
    },
  };
}

// Open-loop load: connection k is due at start + k/perSecond, whatever became of the ones before.
const loads = new Map();

function startLoad(options) {
  const to = target(options);
  const { perSecond, seconds, sources } = options;
  const total = seconds === undefined ? Number.POSITIVE_INFINITY : Math.round(seconds * perSecond);
  const load = {
    startedAt: Date.now(),
    rows: [],
    servers: names(),
    errors: names(),
    started: 0,
    inFlight: 0,
    worstLateMs: 0,
    stopped: false,
  };
  const origin = performance.now();
  const begin = (dueMs) => {
    const startedMs = performance.now() - origin;
    load.worstLateMs = Math.max(load.worstLateMs, startedMs - dueMs);
    const source = sources?.[load.started % sources.length];
    load.started++;
    load.inFlight++;
    to.exchange(to, source, (server, error) => {
      load.inFlight--;
      const tookMs = performance.now() - origin - startedMs;
      load.rows.push([
        Math.round(startedMs),
        load.servers.of(server),
        Math.round(tookMs * 10) / 10,
        load.errors.of(error),
      ]);
    });
  };
  const tick = () => {
    if (load.stopped) return;
    const nowMs = performance.now() - origin;
    let dueMs = (load.started * 1000) / perSecond;
    while (dueMs <= nowMs && load.started < total) {
      begin(dueMs);
      dueMs = (load.started * 1000) / perSecond;
    }
    if (load.started >= total) load.stopped = true;
    else load.timer = setTimeout(tick, dueMs - (performance.now() - origin));
  };
  tick();
  return load;
}

function stopLoad(load) {
  load.stopped = true;
  clearTimeout(load.timer);
}

// Connections that stay: kind 'keep-alive' asks every everyMs, 'stream' and 'half-closed' read a
// stream for `seconds` (the latter after its own FIN), 'idle' asks once and then says nothing.
const held = new Map();
let lastHeld = 0;

function hold({ kind, address, port, seconds, everyMs = 500, source, sourcePort }) {
  const id = ++lastHeld;
  const state = { id, kind, state: 'connecting', server: null, answers: 0, error: null };
  const socket = net.connect({
    host: address,
    port,
    localAddress: source,
    localPort: sourcePort ?? freshPort(),
    allowHalfOpen: true,
  });
  const entry = { state, socket };
  state.localPort = 0;
  state.lastAnswerMs = null;
  held.set(id, entry);
  socket.setNoDelay(true);
  socket.on('connect', () => {
    state.state = 'open';
    state.localPort = socket.localPort;
    const streams = kind === 'stream' || kind === 'half-closed';
    const ask = request(
      streams ? `/stream?seconds=${seconds}` : '/',
      streams ? 'close' : 'keep-alive',
    );
    if (kind === 'half-closed') socket.end(ask);
    else socket.write(ask);
    if (kind === 'keep-alive') entry.ticker = setInterval(() => socket.write(ask), everyMs);
  });
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      const name = /(?:^|\n)(rs\d+)\n/.exec(chunk.toString('latin1'))?.[1];
      if (!name) return;
      state.server = name;
      state.answers++;
      state.lastAnswerMs = Date.now();
      resolve(state);
    });
    socket.on('end', () => {
      state.state = 'ended';
      clearInterval(entry.ticker);
      socket.end();
      resolve(state);
    });
    socket.on('error', (error) => {
      state.state = 'failed';
      state.error = error.code;
    });
    socket.on('close', () => {
      clearInterval(entry.ticker);
      if (state.state === 'open' || state.state === 'connecting') state.state = 'closed';
      resolve(state);
    });
    setTimeout(() => resolve(state), 5000).unref();
  });
}

function release(ids, reset) {
  for (const id of ids) {
    const entry = held.get(id);
    if (!entry) continue;
    clearInterval(entry.ticker);
    if (reset) entry.socket.resetAndDestroy();
    else entry.socket.destroy();
    held.delete(id);
  }
}

const operations = {
  start: (options) => {
    const load = startLoad(options);
    loads.set(options.load, load);
    return { startedAtMs: load.startedAt };
  },
  take: ({ load: key, from }) => {
    const load = loads.get(key);
    return {
      rows: load.rows.slice(from),
      servers: load.servers.list,
      errors: load.errors.list,
      started: load.started,
      inFlight: load.inFlight,
      stopped: load.stopped,
      worstLateMs: Math.round(load.worstLateMs),
    };
  },
  stop: ({ load: key }) => {
    stopLoad(loads.get(key));
    return true;
  },
  sequence: async (options) => {
    const to = target(options);
    const servers = [];
    for (let count = 0; count < options.count; count++) {
      const source = options.sources?.[count % options.sources.length];
      servers.push(
        await new Promise((resolve) =>
          to.exchange(to, source, (server, error) => resolve(server ?? `!${error}`)),
        ),
      );
    }
    return servers;
  },
  hold: (options) => Promise.all(Array.from({ length: options.count ?? 1 }, () => hold(options))),
  held: () => [...held.values()].map(({ state }) => state),
  release: ({ ids, reset }) => {
    release(ids ?? [...held.keys()], reset);
    return true;
  },
  reset: () => {
    for (const load of loads.values()) stopLoad(load);
    loads.clear();
    release([...held.keys()], true);
    return true;
  },
};

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
createInterface({ input: process.stdin }).on('line', async (text) => {
  const command = JSON.parse(text);
  try {
    send({ id: command.id, result: await operations[command.op](command) });
  } catch (error) {
    send({ id: command.id, error: error.message });
  }
});
send({ ready: true });
