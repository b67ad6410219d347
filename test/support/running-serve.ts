import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const drainJs = fileURLToPath(new URL('../../bin/drain.js', import.meta.url));

/** The built `drain serve`, on a port that was free. */
export interface RunningServe {
  /** `http://127.0.0.1:34567`. */
  readonly url: string;
  readonly pid: number;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly stderr: string }>;
}

/** Resolves when it listens; rejects with what it said when it does not. */
export async function startServe(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = drainJs,
): Promise<RunningServe> {
  const child = execa(process.execPath, [program, 'serve', '--listen', '127.0.0.1:0', ...args], {
    reject: false,
    cwd: tmpdir(),
    env: { NO_COLOR: '1', ...env },
    stdin: 'ignore',
    timeout: 120_000,
    buffer: { stdout: false },
  });
  const ended = child.then(({ exitCode, stderr }) => ({ exitCode, stderr }));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /(https?:\/\/\S+?)\/ /.exec(text)?.[1];
      if (found) resolve(found);
    });
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  return { url, pid: child.pid ?? 0, signal: (signal) => void child.kill(signal), ended };
}
