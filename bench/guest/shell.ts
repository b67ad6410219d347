import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A shell that is up already, as an operator's is: what it runs starts from a small process. */
export interface Shell {
  /** How long the script took, in milliseconds. */
  time(script: string): Promise<number>;
  close(): void;
}

export function openShell(): Shell {
  const child = spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  return {
    time: (script) =>
      new Promise((resolve) => {
        const startMs = performance.now();
        lines.once('line', () => resolve(performance.now() - startMs));
        child.stdin.write(`${script}\necho done\n`);
      }),
    close: () => child.stdin.end(),
  };
}
