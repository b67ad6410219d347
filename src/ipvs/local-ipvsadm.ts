import type { CommandWords } from '../domain/command-words.ts';
import type { CommandRunner } from '../rollout/ports.ts';
import { type CommandLimits, runLocalCommand } from './local-command.ts';

export interface LocalIpvsadmOptions extends CommandLimits {
  /** `['ipvsadm']`, `['sudo', 'ipvsadm']`, `['ip', 'netns', 'exec', 'lb', 'ipvsadm']`. */
  readonly command: CommandWords;
}

/** Runs the real `ipvsadm` of this machine, or of a network namespace of it. */
export function createLocalIpvsadm({ command, ...limits }: LocalIpvsadmOptions): CommandRunner {
  const [file, ...leadingArgs] = command;
  return {
    label: command.join(' '),
    run: (args, stdin) => runLocalCommand([file, ...leadingArgs, ...args], stdin, limits),
  };
}
