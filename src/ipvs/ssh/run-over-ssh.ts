import { constants } from 'node:os';
import type { CommandWords } from '../../domain/command-words.ts';
import type { Failure } from '../../domain/failure.ts';
import type { SshAddress } from '../../domain/places/ssh-address.ts';
import { randomHex } from '../../files/hex.ts';
import type { CommandResult } from '../../rollout/ports.ts';
import { type CommandLimits, runLocalCommand } from '../local-command.ts';
import { answerIn, type RemoteAnswer, remoteScript, uptimeAfter } from './remote-script.ts';
import { createSshConnection, type OpenConnection, type SshConnection } from './ssh-connection.ts';
import { noShell, placeOf } from './ssh-failure.ts';
import { sessionWords } from './ssh-words.ts';

export interface OverSshOptions extends CommandLimits {
  readonly address: SshAddress;
  /** The command for ssh(1). */
  readonly ssh?: CommandWords;
  /** The time limit of a connection: name, handshake, login and login scripts. */
  readonly connectLimitMs?: number;
  /** A connection that others use too; without it these commands have one of their own. */
  readonly connection?: SshConnection;
}

export type RunOverSsh = (command: CommandWords, stdin: string) => Promise<CommandResult>;

/** The time limit of a director's command, from here: with the way there and back. */
const usualTimeLimitMs = 10_000;
export const usualConnectLimitMs = 15_000;

/**
 * Runs commands on another machine, as `runLocalCommand` does on this one: all through one
 * connection, which is made when first needed, and again when lost.
 */
export function createRunOverSsh(options: OverSshOptions): RunOverSsh {
  const { address, ssh = ['ssh'], timeLimitMs = usualTimeLimitMs, ...limits } = options;
  const { connectLimitMs = usualConnectLimitMs } = options;
  const connection =
    options.connection ?? createSshConnection({ address, ssh, timeLimitMs: connectLimitMs });
  let uptime: OpenConnection['uptime'];
  let last: OpenConnection | undefined;

  return async (command, stdin) => {
    const opened = await connection.open();
    if (!opened.ok) return { kind: 'unreachable', failure: opened.failure, mayHaveRun: false };
    if (opened.value !== last) uptime = opened.value.uptime;
    last = opened.value;

    const mark = `drain-${randomHex(16)}`;
    const latestStart =
      uptime && Math.floor(uptime.value + (performance.now() - uptime.atMs + timeLimitMs) / 10);
    const end = await runLocalCommand(
      sessionWords(ssh, address.host, opened.value.socket),
      remoteScript({ command, stdin, mark, ...(latestStart === undefined ? {} : { latestStart }) }),
      { ...limits, timeLimitMs },
    );
    if (end.kind !== 'exited') return end;
    const value = uptimeAfter(mark, end.stderr);
    if (value !== undefined) uptime = { value, atMs: performance.now() };
    const answer = answerIn(mark, end.stdout, end.stderr);
    if (answer) return resultOf(address, answer);
    return cutOff(address, opened.value, end);
  };
}

function resultOf(address: SshAddress, { ended, stdout, stderr }: RemoteAnswer): CommandResult {
  if (ended === 'late')
    return { kind: 'unreachable', failure: tooLate(address), mayHaveRun: false };
  // As the shell says it (POSIX, exit status for commands).
  if (ended === 126 || ended === 127) {
    const reason = ended === 127 ? 'not-found' : 'not-permitted';
    return { kind: 'not-started', reason, message: stderr.trim() };
  }
  const signal = ended > 128 ? signalNames.get(ended - 128) : undefined;
  if (signal !== undefined) return { kind: 'killed', signal, stderr };
  return { kind: 'exited', exitCode: ended, stdout, stderr };
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, code]) => [code, name]));

const tooLate = (address: SshAddress): Failure => ({
  kind: 'unreachable',
  what: `${placeOf(address)} got a command so late that it did not begin it`,
  next: 'One of the two machines stood still, or its clock did. Look at the table again.',
});

/** The time in which ssh has to say why the connection is over, once a session has ended. */
const reasonWithinMs = 200;

/** The failure of a session that ended before its command: with the connection, or its shell. */
async function cutOff(
  address: SshAddress,
  { over }: OpenConnection,
  { stderr }: { readonly stderr: string },
): Promise<CommandResult> {
  const reason = await within(reasonWithinMs, over);
  if (!reason) {
    return { kind: 'unreachable', failure: noShell(address, stderr), mayHaveRun: true };
  }
  const what = `the connection to ${placeOf(address)} was lost: ${reason.what}`;
  return { kind: 'unreachable', failure: { ...reason, what }, mayHaveRun: true };
}

function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
