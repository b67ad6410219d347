import type { CommandWords } from '../domain/command-words.ts';
import type { Result } from '../domain/failure.ts';
import type { HostCounters } from '../domain/ipvs/host-counters.ts';
import type { FactsWanted, HostFacts } from '../domain/ipvs/host-facts.ts';
import { sshByHand } from '../domain/places/ssh-address.ts';
import type { CommandRunner } from '../rollout/ports.ts';
import type { RunThere } from './host/proc-through-command.ts';
import { throughReach } from './host/reach-of.ts';
import { readCountersThrough } from './host/read-counters.ts';
import { readFactsThrough } from './host/read-facts.ts';
import { setSysctlThrough } from './host/set-sysctl.ts';
import { createRunOverSsh, type OverSshOptions } from './ssh/run-over-ssh.ts';

export interface SshIpvsadmOptions extends OverSshOptions {
  /** `['ipvsadm']`, `['sudo', '-n', 'ipvsadm']`. */
  readonly command: CommandWords;
}

export interface SshIpvsadm {
  readonly runner: CommandRunner;
  readonly run: RunThere;
  readFacts(wanted: FactsWanted): Promise<HostFacts>;
  readCounters(): Promise<HostCounters>;
  setSysctl(name: string, value: number): Promise<Result<void>>;
}

/** The real `ipvsadm` of another machine, with its facts and counters, through one connection. */
export function createSshIpvsadm({ command, ...options }: SshIpvsadmOptions): SshIpvsadm {
  const run = createRunOverSsh(options);
  const byHand = sshByHand(options.address);
  const [file, ...leadingArgs] = command;
  return {
    run: throughReach(command, (argv) => run(argv, '')),
    runner: {
      label: [...byHand, ...command].join(' '),
      run: (args, stdin) => run([file, ...leadingArgs, ...args], stdin),
    },
    setSysctl: (name, value) => setSysctlThrough(command, { name, value }, (argv) => run(argv, '')),
    readCounters: () => readCountersThrough(command, (argv) => run(argv, '')),
    readFacts: async (wanted) => {
      const facts = await readFactsThrough(command, wanted, (argv) => run(argv, ''));
      return { ...facts, reach: [...byHand, ...(facts.reach ?? [])] };
    },
  };
}
