import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { exchange } from '../http/exchange.ts';

/** The socket of Docker's engine where nobody says otherwise. */
const usualSocket = '/var/run/docker.sock';

/** A description of a container has its environment and labels in it, of any length. */
const mostBodyBytes = 8 * 1024 * 1024;
const answerWithinMs = 10_000;

/** An answer of the engine that is no failure of asking: `body` is JSON. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The engine's socket by `DOCKER_HOST`; an engine elsewhere has containers of another machine. */
export function socketOf(dockerHost: string | undefined): Result<string> {
  if (dockerHost === undefined || dockerHost === '') return ok(usualSocket);
  const [, path] = /^unix:\/\/(\/.+)$/.exec(dockerHost) ?? [];
  return path === undefined ? fail(elsewhere(dockerHost)) : ok(path);
}

/** Asks the engine for `path`, as `/containers/web-2/json`. */
export async function askEngine(socketPath: string, path: string): Promise<Result<EngineAnswer>> {
  try {
    await access(socketPath, constants.R_OK | constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(code === 'EACCES' ? noPermission(socketPath) : noSocket(socketPath));
  }
  const answer = await exchange(
    { url: new URL(`http://docker${path}`), socketPath, headers: {}, mostBodyBytes },
    { timeoutMs: answerWithinMs },
  );
  if (answer.kind !== 'answered') {
    return fail(noAnswer(socketPath, 'message' in answer ? answer.message : 'no answer in 10s'));
  }
  const body = parsed(answer.body);
  return body === undefined
    ? fail(noAnswer(socketPath, 'the answer is no JSON'))
    : ok({ status: answer.status, body });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const elsewhere = (dockerHost: string): Failure => ({
  kind: 'usage',
  what: `DOCKER_HOST is ${printable(dockerHost)}, and drain asks an engine on this machine only`,
  where: 'DOCKER_HOST',
  next: 'give the address of the container instead, or run drain on that machine; unix:///PATH names a socket here',
});

const noPermission = (socket: string): Failure => ({
  kind: 'preflight',
  what: `Docker's engine may not be asked: no permission for ${printable(socket)}`,
  where: socket,
  next: 'run drain as root or as a member of the group docker, or give the address of the container',
});

const noSocket = (socket: string): Failure => ({
  kind: 'preflight',
  what: `there is no Docker engine on this machine: no socket ${printable(socket)}`,
  where: socket,
  next: 'start it (`systemctl start docker`), name its socket with DOCKER_HOST=unix:///PATH, or give the address of the container',
});

const noAnswer = (socket: string, why: string): Failure => ({
  kind: 'preflight',
  what: `Docker's engine does not answer on ${printable(socket)}: ${printable(why)}`,
  where: socket,
  next: 'look at it with `docker version`, or give the address of the container',
});
