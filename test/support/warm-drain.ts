import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WarmRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const program = fileURLToPath(new URL('warm-drain-process.cjs', import.meta.url));

/** Processes that wait for a command. */
const idle: ChildProcess[] = [];
const mostIdle = 4;

/** As execa hands text over. */
const withoutLastNewline = (text: string): string => text.replace(/\n$/, '');

/** Runs the built command in a process that has run others before: see warm-drain-process.cjs. */
export async function runWarm(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly limitMs: number;
  },
): Promise<WarmRun> {
  const child = idle.pop() ?? fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let ownStderr = '';
  const listen = (chunk: Buffer): void => {
    ownStderr += chunk;
  };
  child.stderr?.on('data', listen);
  child.ref();
  child.channel?.ref();
  const limit = setTimeout(() => child.kill('SIGKILL'), options.limitMs);
  const run = await new Promise<WarmRun>((resolve) => {
    const dies = (exitCode: number | null): void =>
      resolve({ exitCode: exitCode ?? undefined, stdout: '', stderr: ownStderr });
    child.once('exit', dies);
    child.once('message', (answer: WarmRun) => {
      child.off('exit', dies);
      const stderr = withoutLastNewline(ownStderr + answer.stderr);
      resolve({ ...answer, stdout: withoutLastNewline(answer.stdout), stderr });
    });
    child.send({ args, cwd: options.cwd, env: options.env });
  });
  clearTimeout(limit);
  child.stderr?.off('data', listen);
  // Whoever has nothing left to do ends, and does not wait for them.
  child.unref();
  child.channel?.unref();
  if (child.connected && idle.length < mostIdle) idle.push(child);
  else if (child.connected) child.disconnect();
  return run;
}
