import { execa } from 'execa';
import { onAbort } from '../clock/on-abort.ts';
import type { CommandWords } from '../domain/command-words.ts';
import { printableLines } from '../domain/printable.ts';
import { signalGroup } from '../processes/process-group.ts';
import type { Gate, GateAnswer, GateContext } from '../rollout/ports.ts';
import { outputTail } from './output-tail.ts';
import { waitedSince } from './words.ts';

export interface CommandGateOptions {
  /** How long it may go on after SIGTERM before it gets SIGKILL. */
  readonly graceMs?: number;
}

/** How long output may be open after the command's end: something it left behind holds it. */
const afterglowMs = 200;

/**
 * Runs a command, which learns from its environment where the rollout stands and passes with exit
 * code 0. It gets a process group of its own, and nothing of that group outlives the answer but for
 * the grace after SIGTERM.
 */
export function createCommandGate(words: CommandWords, options: CommandGateOptions = {}): Gate {
  const { graceMs = 1_000 } = options;
  return {
    name: `gate-command ${words.join(' ')}`,
    async ask(about, signal) {
      if (signal.aborted) return { passed: false, detail: 'given up before it was run' };
      const begunMs = performance.now();
      const started = start(words, about);
      const tail = outputTail(started.all);
      const end = await untilAborted(endOf(started), signal);
      if (end === undefined) {
        // Not waited for: the caller's time is up, the command's ends within the grace.
        void endGroup(started, graceMs);
        return answer(false, `it did not end within ${waitedSince(begunMs)}`, tail());
      }
      signalGroup(started.pid, 'SIGKILL');
      letGo(started);
      return answer(end.passed, end.detail, tail());
    },
  };
}

// The return type is what execa makes of these options, far too long to write down.
function start([file, ...args]: CommandWords, about: GateContext) {
  return execa(file, args, {
    all: true,
    buffer: false,
    detached: true,
    reject: false,
    stdin: 'ignore',
    env: environmentOf(about),
  });
}

type Started = ReturnType<typeof start>;

/** On top of the caller's own environment; a fraction is 0...1. */
export function environmentOf(about: GateContext): Readonly<Record<string, string>> {
  return {
    DRAIN_ROLLOUT: about.rollout,
    DRAIN_STEP: String(about.step),
    DRAIN_STEPS: String(about.of),
    DRAIN_FRACTION: String(Number(about.movedFraction.toFixed(6))),
    DRAIN_FROM: about.from.join(','),
    DRAIN_TO: about.to.join(','),
  };
}

/** Its end, which is not put off by a process that it left behind with its output. */
async function endOf(started: Started): Promise<GateAnswer> {
  const exited = new Promise<GateAnswer>((resolve) => {
    started.once('exit', (exitCode, signal) => {
      const end = describeEnd(exitCode ?? undefined, signal ?? undefined);
      setTimeout(resolve, afterglowMs, end).unref();
    });
  });
  const complete = started.then(({ exitCode, signal, originalMessage }) =>
    exitCode === undefined && signal === undefined
      ? { passed: false, detail: `it cannot be run: ${printableLines(originalMessage ?? '')}` }
      : describeEnd(exitCode, signal),
  );
  return Promise.race([complete, exited]);
}

function describeEnd(exitCode: number | undefined, signal: string | undefined): GateAnswer {
  if (signal !== undefined) return { passed: false, detail: `killed by ${signal}` };
  return { passed: exitCode === 0, detail: `exit code ${exitCode}` };
}

function answer(passed: boolean, detail: string, said: string): GateAnswer {
  return { passed, detail: said === '' ? detail : `${detail}: ${said}` };
}

/** `undefined` when `signal` aborts first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const forget = onAbort(signal, () => resolve(undefined));
    void work.then((value) => {
      forget();
      resolve(value);
    });
  });
}

async function endGroup(started: Started, graceMs: number): Promise<void> {
  signalGroup(started.pid, 'SIGTERM');
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([started, grace]);
  clearTimeout(timer);
  // Also when the command itself obeyed SIGTERM: something that it started may not have.
  signalGroup(started.pid, 'SIGKILL');
  letGo(started);
}

/** So that a process out of our reach, as root under sudo, does not keep this one from ending. */
function letGo(started: Started): void {
  started.stdout?.destroy();
  started.stderr?.destroy();
  started.all?.destroy();
  started.unref();
}
