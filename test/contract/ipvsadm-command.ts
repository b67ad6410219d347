import { describe, expect, test } from 'vitest';
import { createSimulatedIpvsadm } from '../../src/ipvs/simulated/simulated-director.ts';
import type { CommandResult } from '../../src/rollout/ports.ts';
import { anyBatch, anyProcesses, type Command } from '../support/ipvsadm-operations.ts';
import { contractTimeoutMs, holdsForAll } from './holds-for-all.ts';

/** An `ipvsadm` and the table that it works on. */
export interface IpvsadmUnderTest {
  run(args: Command, stdin: string): Promise<CommandResult>;
  /** The same commands as processes one after another, without input. */
  runEach(commands: readonly Command[]): Promise<readonly CommandResult[]>;
}

export interface IpvsadmContract {
  readonly name: string;
  readonly ipvsadm: () => IpvsadmUnderTest;
  /** How many random batches, and how many sequences of some 35 processes. */
  readonly batches: number;
  readonly sequences: number;
}

const service = '-t 10.0.1.100:80';
const server = `${service} -r 10.0.2.11:8080`;
const table = `-A ${service} -s wrr\n-a ${server} -m -w 5 -x 9 -y 3\n`;
const fresh = '-C\n--set 900 120 300\n';

const saved = (weight: number, forwarding = '-m'): string =>
  `-A ${service} -s wrr\n-a ${server} ${forwarding} -w ${weight}\n`;
const timeouts = 'Timeout (tcp tcpfin udp): 900 120 300\n';

/** What drain relies on, each as `ipvsadm -R` with these lines on a table of one server of weight 5. */
const claims: readonly (readonly [string, string, Answer])[] = [
  ['prints the table', '-Sn\n', [0, saved(5), '']],
  ['makes an edit', `-e ${server} -m -w 7\n-Sn\n`, [0, saved(7), '']],
  ['takes a weight of 0', `-e ${server} -m -w 0\n-Sn\n`, [0, saved(0), '']],
  ['resets what an edit leaves out', `-e ${server} -m\n-Sn\n`, [0, saved(1), '']],
  [
    'takes the port of the service without -m',
    `-e ${server} -w 7\n-Sn\n`,
    [0, saved(5), 'No such destination\n'],
  ],
  [
    'goes on after a refused line, and ends with the exit code of the last one',
    `-d ${service} -r 10.0.2.99:8080\n-e ${server} -m -w 7\n-Sn\n`,
    [0, saved(7), 'No such destination\n'],
  ],
  [
    'ends at a bad weight, and keeps what came before',
    `-e ${server} -m -w 7\n-e ${server} -m -w 1.5\n-C\n`,
    [2, '', 'illegal weight specified\n'],
  ],
  [
    'ends at a listing of a service that is not there',
    '-Ln -u 10.0.1.100:80\n-C\n',
    [1, '', 'No such service\n'],
  ],
  [
    'goes on after an unknown option, to the timeouts at the end',
    '-Ln --bogus\n-L --timeout\n',
    [0, timeouts, '--bogus: unknown option\n'],
  ],
  [
    'ends at a comment',
    '# no comments\n-C\n',
    [255, '', "Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n"],
  ],
  [
    'knows no quotes',
    `-e ${service} -r "10.0.2.11:8080" -m\n-C\n`,
    [2, '', 'illegal real server address[:port] specified\n'],
  ],
  [
    'takes CRLF, tabs, blank lines and its own name',
    `\r\n\nipvsadm\t-e  ${server}\t-m -w 7 \r\n-Sn\r\n`,
    [0, saved(7), ''],
  ],
  [
    'does not fit a word of 5,000 characters in',
    `-e ${server} -m -w ${'7'.repeat(5_000)}\n-C\n`,
    [2, '', 'illegal weight specified\n'],
  ],
  [
    'refuses a forwarding method for -d',
    `-d ${server} -m\n-C\n`,
    [2, '', "Illegal 'forwarding-method' option with the 'delete-server' command\n"],
  ],
];

type Answer = readonly [exitCode: number, stdout: string, stderr: string];

/**
 * The command that a director needs: the claims by the letter, then random sequences, of which half a
 * table's edits is refused and some input is hostile, with the answers of the simulated command.
 */
export function describeIpvsadm({ name, ipvsadm, batches, sequences }: IpvsadmContract): void {
  describe(`the ipvsadm command, ${name},`, { timeout: contractTimeoutMs }, () => {
    test.each(claims)('%s', async (_, lines, [exitCode, stdout, stderr]) => {
      await ipvsadm().run(['-R'], fresh + table);
      const answer = await ipvsadm().run(['-R'], lines);
      expect(answer).toEqual({ kind: 'exited', exitCode, stdout, stderr });
      // Where it went on, `-C` has emptied the table.
      const { stdout: after } = exited(await ipvsadm().run(['-Sn'], ''));
      expect(after).not.toBe('');
    });

    test('answers batches of edits and listings as the simulated one does', async () => {
      await holdsForAll(anyBatch, batches, async (lines) => {
        const stdin = [fresh, ...lines, ''].join('\n');
        const sim = createSimulatedIpvsadm({ seed: 1 });
        const look = '-Sn\n-Ln --thresholds\n';
        expect(await ipvsadm().run(['-R'], stdin)).toEqual(sim.ipvsadm(['-R'], stdin));
        expect(await ipvsadm().run(['-R'], look)).toEqual(sim.ipvsadm(['-R'], look));
      });
    });

    test('answers single commands, many of them hostile, as the simulated one does', async () => {
      await holdsForAll(anyProcesses, sequences, async (commands) => {
        const sim = createSimulatedIpvsadm({ seed: 1 });
        await ipvsadm().run(['-R'], fresh);
        const answers = await ipvsadm().runEach(commands);
        const expected = commands.map((command) => sim.ipvsadm(command));
        const together = (all: readonly CommandResult[]) =>
          commands.map((command, index) => ({ command, ...all[index] }));
        expect(together(answers)).toEqual(together(expected));
      });
    });
  });
}

function exited(result: CommandResult): CommandResult & { readonly kind: 'exited' } {
  if (result.kind !== 'exited') throw new Error(JSON.stringify(result));
  return result;
}
