import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { CommandWords } from '../../domain/command-words.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { SshAddress } from '../../domain/places/ssh-address.ts';
import { randomHex } from '../../files/hex.ts';
import { childEnvironment } from '../../processes/child-environment.ts';
import { signalGroup } from '../../processes/process-group.ts';
import { nextControlSocket } from './control-folder.ts';
import { holdingScript, uptimeAfter } from './remote-script.ts';
import { failureOfConnection, noShell, noSsh } from './ssh-failure.ts';
import { connectWords } from './ssh-words.ts';

export interface SshConnectionOptions {
  readonly address: SshAddress;
  readonly ssh: CommandWords;
  /** The time limit for all of the opening: name, handshake, login, login scripts. */
  readonly timeLimitMs: number;
}

export interface SshConnection {
  /** Returns the open connection, or opens one: callers in the meantime wait for the same. */
  open(): Promise<Result<OpenConnection>>;
}

export interface OpenConnection {
  /** The path where ssh's other processes find the connection. */
  readonly socket: string;
  /** The director's uptime in hundredths of a second, and the time here then, or later. */
  readonly uptime?: { readonly value: number; readonly atMs: number };
  /** The reason why the connection is over, where it is: resolves when ssh has ended. */
  readonly over: Promise<Failure>;
}

/**
 * Creates a connection to a director, for all commands that this process runs there: ssh's control
 * master, with a shell on the other side that waits for the end of its input. So the connection
 * ends with this process, however that ends, and nothing is left behind on either side.
 */
export function createSshConnection(options: SshConnectionOptions): SshConnection {
  let current: Promise<Result<OpenConnection>> | undefined;
  return {
    open() {
      if (current) return current;
      const opening = openNew(options);
      current = opening;
      const forget = () => {
        if (current === opening) current = undefined;
      };
      opening.then((opened) => (opened.ok ? opened.value.over.then(forget) : forget()));
      return opening;
    },
  };
}

const shared = new Map<string, SshConnection>();

/** The connection of this process to a machine: one, whoever asks for it, and whatever for. */
export function sharedConnection(options: SshConnectionOptions): SshConnection {
  const key = JSON.stringify([options.address, options.ssh]);
  const connection = shared.get(key) ?? createSshConnection(options);
  shared.set(key, connection);
  return connection;
}

async function openNew(options: SshConnectionOptions): Promise<Result<OpenConnection>> {
  const socket = await nextControlSocket();
  return socket.ok ? connect(options, socket.value) : socket;
}

type Master = ChildProcessByStdio<Writable, Readable, Readable>;

/** The most output before a command: more than any login script says. */
const mostNoise = 65_536;

async function connect(
  { address, ssh, timeLimitMs }: SshConnectionOptions,
  socket: string,
): Promise<Result<OpenConnection>> {
  const [program, ...args] = connectWords(ssh, address, socket);
  const mark = `drain-${randomHex(16)}`;
  // In a session of its own: a Ctrl-C in the terminal must not cut the connection.
  const master: Master = spawn(program, args, {
    detached: true,
    stdio: 'pipe',
    env: childEnvironment(),
  });
  const said = listenTo(master);
  let isReady = false;
  const ended = endOf(master, program).then(
    (startFailure) => startFailure ?? whyEnded(address, said, isReady),
  );
  master.stdin.on('error', () => {});
  master.stdin.write(holdingScript(mark));
  const marked = new Promise<void>((resolve, reject) => {
    said.onOutput = (text) => {
      if (text.includes(`${mark} `) && text.endsWith('\n')) resolve();
      if (text.length > mostNoise) reject();
    };
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    const what = `no answer within ${timeLimitMs / 1_000} s`;
    timer = setTimeout(() => resolve(failureOfConnection(address, what)), timeLimitMs);
  });
  const failure = await Promise.race([
    marked.then(
      () => undefined,
      () => noShell(address, said.output()),
    ),
    ended,
    late,
  ]);
  clearTimeout(timer);
  if (failure) {
    signalGroup(master.pid, 'SIGKILL');
    return fail(failure);
  }
  const value = uptimeAfter(mark, said.output());
  isReady = true;
  leaveAlone(master, said);
  const uptime = value === undefined ? {} : { uptime: { value, atMs: performance.now() } };
  return ok({ socket, over: ended, ...uptime });
}

interface Said {
  output(): string;
  complaint(): string;
  onOutput: (text: string) => void;
}

/** Listens to what ssh and the other side say, of either output as much as an error needs. */
function listenTo(master: Master): Said {
  let output = '';
  let complaint = '';
  const said: Said = {
    output: () => output,
    complaint: () => complaint,
    onOutput: () => {},
  };
  master.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    output = (output + chunk).slice(0, mostNoise + 1);
    said.onOutput(output);
  });
  master.stderr.setEncoding('latin1').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-mostNoise);
  });
  return said;
}

/** The time that ssh's last words may take when somebody else holds its outputs open. */
const lastWordsMs = 100;

function endOf(master: Master, program: string): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    master.on('error', ({ message }) => resolve(noSsh(program, message)));
    master.once('close', () => resolve(undefined));
    master.once('exit', () => setTimeout(() => resolve(undefined), lastWordsMs));
  });
}

/** The reason of the end, by what ssh said; a shell that just ends says nothing. */
function whyEnded(address: SshAddress, said: Said, isReady: boolean): Failure {
  const silent = said.complaint().trim() === '';
  return silent && !isReady
    ? noShell(address, said.output())
    : failureOfConnection(address, said.complaint());
}

/**
 * Lets go of ssh so that it keeps this process from ending no longer; when this process ends, so
 * does ssh's standard input.
 */
function leaveAlone(master: Master, said: Said): void {
  said.onOutput = () => {};
  master.unref();
  for (const pipe of [master.stdin, master.stdout, master.stderr]) {
    if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  }
}
