import { onAbort } from '../clock/on-abort.ts';
import type { CommandWords } from '../domain/command-words.ts';
import { printableLines } from '../domain/printable.ts';
import { type ProcessEnd, runGroup } from '../processes/run-group.ts';
import type { Gate, GateAnswer, GateContext } from '../rollout/ports.ts';
import { waitedSince } from './words.ts';

export interface CommandGateOptions {
  /** The words as the gate's name has them, where these are others: with their placeholders. */
  readonly shown?: CommandWords | undefined;
  /** The time that the command may go on after SIGTERM before SIGKILL. */
  readonly graceMs?: number;
}

/**
 * Runs a command, which learns from its environment where the rollout stands and passes with exit
 * code 0. Nothing of its process group outlives the answer but for the grace after SIGTERM.
 */
export function createCommandGate(words: CommandWords, options: CommandGateOptions = {}): Gate {
  const { graceMs = 1_000, shown = words } = options;
  return {
    name: `gate-command ${shown.join(' ')}`,
    kind: 'command',
    async ask(about, signal) {
      if (signal.aborted) {
        return { passed: false, noData: 'no-answer', detail: 'given up before it was run' };
      }
      const begunMs = performance.now();
      const group = runGroup(
        { words, env: environmentOf(about) },
        { signal, graceMs, leftovers: 'killed' },
      );
      // A group that is cut off is not waited for: the caller's time is up.
      const ended = await untilAborted(group.ended, signal);
      const said = group.lastLines({ lines: 5, characters: 300 });
      if (!ended || ended.cutOff) {
        const late = answer(false, `it did not end within ${waitedSince(begunMs)}`, said);
        return { ...late, noData: 'no-answer' };
      }
      const { end } = ended;
      return answer(end.kind === 'exited' && end.exitCode === 0, describeEnd(end), said);
    },
  };
}

/** The variables on top of the caller's own environment; a fraction is 0...1. */
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

function describeEnd(end: ProcessEnd): string {
  switch (end.kind) {
    case 'exited':
      return `exit code ${end.exitCode}`;
    case 'killed':
      return `killed by ${end.signal}`;
    case 'not-started':
      return `it cannot be run: ${printableLines(end.message)}`;
    case 'out-of-reach':
      return 'it cannot be ended';
  }
}

function answer(passed: boolean, detail: string, said: string): GateAnswer {
  return { passed, detail: said === '' ? detail : `${detail}: ${said}` };
}

/** The result of `work`, or `undefined` when `signal` aborts first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const forget = onAbort(signal, () => resolve(undefined));
    void work.then((value) => {
      forget();
      resolve(value);
    });
  });
}
