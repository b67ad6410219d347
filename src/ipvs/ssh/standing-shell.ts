import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { CommandWords } from '../../domain/command-words.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { SshAddress } from '../../domain/places/ssh-address.ts';
import { randomHex } from '../../files/hex.ts';
import { childEnvironment } from '../../processes/child-environment.ts';
import { signalGroup } from '../../processes/process-group.ts';
import type { SshConnection } from './ssh-connection.ts';
import { placeOf } from './ssh-failure.ts';
import { sessionWords } from './ssh-words.ts';

/** A shell that stays, and is asked one script after the other: a process for all of them. */
export interface StandingShell {
  /**
   * Runs a script in the shell, which is started when first needed, and again when lost. `m` is in the
   * script a word that is nowhere else.
   */
  ask(script: string, terms?: { readonly mayStart?: boolean }): Promise<Result<Answer>>;
}

export interface Answer {
  readonly mark: string;
  readonly output: string;
  /** The exit code of the last command. */
  readonly status: number;
}

export interface StandingShellOptions {
  /** The words that start a POSIX shell which reads its standard input. */
  start(): Promise<Result<CommandWords>>;
  /** The script that comes before all others in each shell: functions, settings. */
  readonly prelude: string;
  /** The failure of a shell that has ended, or does not answer. */
  lost(why: string): Failure;
  readonly timeLimitMs?: number;
}

const usualTimeLimitMs = 10_000;
const mostOutput = 16_000_000;

export function createStandingShell(options: StandingShellOptions): StandingShell {
  let current: Promise<Result<Session>> | undefined;
  const session = (): Promise<Result<Session>> => {
    if (current) return current;
    const opening = options
      .start()
      .then((words) => (words.ok ? ok(startSession(words.value, options)) : words));
    current = opening;
    const forget = () => {
      if (current === opening) current = undefined;
    };
    opening.then((opened) => (opened.ok ? opened.value.over.then(forget) : forget()));
    return opening;
  };
  return {
    async ask(script, { mayStart = true } = {}) {
      if (!current && !mayStart) return fail(options.lost('it is not open'));
      const opened = await session();
      return opened.ok ? opened.value.ask(script) : opened;
    },
  };
}

/** A shell in the connection to a machine; its end says why, where the connection has ended. */
export const shellOverSsh = (
  { address, connection, ssh }: ShellOverSsh,
  prelude: string,
): StandingShell =>
  createStandingShell({
    prelude,
    async start() {
      const opened = await connection.open();
      return opened.ok ? ok(sessionWords(ssh, address.host, opened.value.socket)) : opened;
    },
    lost: (why) => ({
      kind: 'unreachable',
      what: `the shell on ${placeOf(address)} was lost: ${why}`,
      next: 'It is started again when that machine can be reached.',
    }),
  });

export interface ShellOverSsh {
  readonly address: SshAddress;
  readonly connection: SshConnection;
  readonly ssh: CommandWords;
}

interface Session {
  ask(script: string): Promise<Result<Answer>>;
  readonly over: Promise<void>;
}

interface Asked {
  readonly mark: string;
  readonly resolve: (answer: Result<Answer>) => void;
}

function startSession(
  [program, ...args]: CommandWords,
  { prelude, lost, timeLimitMs = usualTimeLimitMs }: StandingShellOptions,
): Session {
  // In a session of its own: a Ctrl-C in the terminal must not end it.
  const child = spawn(program, args, { detached: true, env: childEnvironment() });
  const asked: Asked[] = [];
  let output = '';
  let why: string | undefined;
  let ended = (): void => {};
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const end = (reason: string): void => {
    if (why !== undefined) return;
    why = reason;
    signalGroup(child.pid, 'SIGKILL');
    ended();
    for (const { resolve } of asked.splice(0)) resolve(fail(lost(reason)));
  };
  const hear = (chunk: string): void => {
    output += chunk;
    for (let [first] = asked; first; [first] = asked) {
      const answer = answerIn(output, first.mark);
      if (!answer) break;
      output = output.slice(answer.length);
      asked.shift();
      first.resolve(ok(answer));
    }
    if (output.length > mostOutput) end('it printed without end');
  };
  child.on('error', ({ message }) => end(message));
  child.on('close', () => end('it has ended'));
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.resume();
  child.stdin.write(prelude);
  keepsAlive(child, false);

  return {
    over,
    ask: (script) =>
      new Promise((resolve) => {
        if (why !== undefined) return resolve(fail(lost(why)));
        const mark = `drain-${randomHex(16)}`;
        const limit = setTimeout(() => end(`no answer in ${timeLimitMs / 1_000} s`), timeLimitMs);
        keepsAlive(child, true);
        asked.push({
          mark,
          resolve(answer) {
            clearTimeout(limit);
            keepsAlive(child, asked.length > 0);
            resolve(answer);
          },
        });
        child.stdin.write(marked(script, mark));
      }),
  };
}

/** A script as one compound command, of which nothing is done where it arrives in part. */
const marked = (script: string, mark: string): string => `{
m='${mark}'
echo "$m +"
${script}
} </dev/null
s=$?
echo
echo "${mark} = $s"
`;

/** The answer between its marks; all before is from login scripts. */
function answerIn(
  output: string,
  mark: string,
): (Answer & { readonly length: number }) | undefined {
  const end = new RegExp(`\n${mark} = (\\d{1,3})\n`).exec(output);
  const begin = output.indexOf(`${mark} +\n`);
  if (!end || begin < 0) return undefined;
  const text = output.slice(begin + mark.length + 3, end.index);
  return { mark, output: text, status: Number(end[1]), length: end.index + end[0].length };
}

/** Lets a shell keep this process from ending, or not: when it ends, so does the shell's input. */
function keepsAlive(child: ChildProcessWithoutNullStreams, does: boolean): void {
  const what = does ? 'ref' : 'unref';
  child[what]();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) {
    const held = pipe as { readonly ref?: () => void; readonly unref?: () => void };
    held[what]?.();
  }
}
