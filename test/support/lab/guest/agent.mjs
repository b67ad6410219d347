// Runs inside the lab's kernel, in the director's namespace: starts and watches processes for the
// tests. JSON lines both ways over the serial line given as argument.
//
//   {id, op: 'run', argv, ...how}           -> {id, result: {exitCode, signal, timedOut, stdout, stderr, ms}}
//   {id, op: 'spawn', argv, ...how}         -> {id, result: {pid}}, then {process: id, stdout|stderr: line}
//                                              and at last {process: id, exitCode, signal}
//   {id, op: 'write', process, text, end}   -> {id, result: true}
//   {id, op: 'signal', process, signal}     -> {id, result: whether it still ran}
//   {id, op: 'read-file' | 'write-file' | 'remove', path, text}
//
// Each line is acknowledged with `+`; `@/path` stands for a line that is in that file.
// how: {env, cwd, namespace, uid, stdin, timeoutMs}. A failure is {id, error: text}.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import tty from 'node:tty';

const silenceLimitMs = 120_000;
const line = fs.openSync(process.argv[2], fs.constants.O_RDWR | fs.constants.O_NOCTTY);
const input = new tty.ReadStream(line);
const output = new tty.WriteStream(line);
const send = (message) => output.write(`${JSON.stringify(message)}\n`);
const processes = new Map();

function start({ argv, env, cwd, namespace, uid }) {
  const [command, ...args] = namespace
    ? ['nsenter', `--net=/run/netns/${namespace}`, ...argv]
    : argv;
  return spawn(command, args, {
    env: { ...process.env, ...env },
    cwd: cwd ?? '/run',
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

const operations = {
  ping: () => true,

  run: (request) =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const child = start(request);
      const chunks = { stdout: [], stderr: [] };
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        killGroup(child);
      }, request.timeoutMs ?? 60_000);
      for (const name of ['stdout', 'stderr']) {
        child[name].on('data', (chunk) => chunks[name].push(chunk));
      }
      child.stdin.on('error', () => {});
      child.stdin.end(request.stdin ?? '');
      child.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.on('close', (exitCode, signal) => {
        clearTimeout(timer);
        const text = (name) => Buffer.concat(chunks[name]).toString();
        const ms = Math.round(performance.now() - startedAt);
        resolve({ exitCode, signal, timedOut, stdout: text('stdout'), stderr: text('stderr'), ms });
      });
    }),

  spawn: (request) =>
    new Promise((resolve, reject) => {
      const child = start(request);
      const { id } = request;
      child.on('spawn', () => {
        processes.set(id, child);
        resolve({ pid: child.pid });
      });
      child.on('error', reject);
      child.stdin.on('error', () => {});
      if (request.stdin !== undefined) child.stdin.end(request.stdin);
      for (const name of ['stdout', 'stderr']) {
        createInterface({ input: child[name] }).on('line', (text) =>
          send({ process: id, [name]: text }),
        );
      }
      child.on('close', (exitCode, signal) => {
        processes.delete(id);
        send({ process: id, exitCode, signal });
      });
    }),

  write: ({ process: id, text, end }) => {
    const { stdin } = processes.get(id) ?? {};
    if (!stdin) return false;
    if (text) stdin.write(text);
    if (end) stdin.end();
    return true;
  },

  signal: ({ process: id, signal, group }) => {
    const child = processes.get(id);
    if (!child) return false;
    process.kill(group ? -child.pid : child.pid, signal);
    return true;
  },

  'read-file': ({ path }) => fs.readFileSync(path, 'utf8'),
  'write-file': ({ path, text }) => {
    fs.writeFileSync(path, text);
    return true;
  },
  remove: ({ path }) => {
    fs.rmSync(path, { recursive: true, force: true });
    return true;
  },
};

async function answer(request) {
  try {
    send({ id: request.id, result: await operations[request.op](request) });
  } catch (error) {
    send({ id: request.id, error: error.message });
  }
}

function takeFile(path) {
  const text = fs.readFileSync(path, 'utf8');
  fs.rmSync(path);
  return text;
}

// The host pings every few seconds; when it is gone for good nothing here is of use any more.
let watchdog;
function heard() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => process.exit(), silenceLimitMs);
}

createInterface({ input }).on('line', (text) => {
  heard();
  output.write('+\n');
  answer(JSON.parse(text.startsWith('@') ? takeFile(text.slice(1)) : text));
});
heard();
send({ ready: true, release: fs.readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim() });
