import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { isEtcdPlace } from '../../src/domain/places/etcd-place.ts';
import { drain, withFolder } from './drain-command.ts';
import type { FakeIpvsadm } from './fake-ipvsadm.ts';
import { type RunningDrain, startDrain } from './running-drain.ts';

/** A folder to run `drain` in, with a table for each command that is an `ipvsadm` there. */
export interface Site {
  readonly folder: string;
  /** As `--state` has it, from anywhere. */
  readonly state: string;
  /** With its commands first in PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** By the name of its command. */
  table(command?: string): FakeIpvsadm;
  /** Somebody uses a command of the site by hand. */
  byHand(command: string, ...args: readonly string[]): Promise<void>;
  /** A command, or the options of a hand-over, on the state of the site. */
  run(...args: readonly string[]): ReturnType<typeof drain>;
  start(...args: readonly string[]): RunningDrain;
}

export interface SiteOptions {
  /** By the name of the command, the table that it begins with: lines of `ipvsadm -S`. */
  readonly tables: Readonly<Record<string, string>>;
  /** As `--state` has it, from within the folder. */
  readonly state?: string;
  /** The built command of another version. */
  readonly program?: string;
}

/** Much more than any of it takes, for machines that are busy with others. */
const limitMs = 240_000;

let sites = 0;

export const withSite = <T>(
  built: FakeIpvsadm,
  { tables, state = 'state', program }: SiteOptions,
  use: (site: Site) => Promise<T>,
): Promise<T> =>
  withFolder(async (folder) => {
    const commands = join(folder, 'bin');
    await mkdir(commands);
    const fakes = new Map<string, FakeIpvsadm>();
    for (const [command, rules] of Object.entries(tables)) {
      const fake = built.another(`site-${sites++}`);
      await fake.reset(rules);
      await symlink(fake.remote, join(commands, command));
      fakes.set(command, fake);
    }
    const env = { PATH: `${commands}:${process.env.PATH}` };
    const where = { cwd: folder, limitMs, ...(program === undefined ? {} : { program }) };
    const inState = ([first = '', ...rest]: readonly string[]): readonly string[] =>
      first.startsWith('--')
        ? [first, ...rest, '--state', state]
        : [first, '--state', state, ...rest];
    return use({
      folder,
      state: isEtcdPlace(state) ? state : resolve(folder, state),
      env,
      table(command = 'ipvsadm') {
        const fake = fakes.get(command);
        if (!fake) throw new Error(`the site has no ${command}`);
        return fake;
      },
      async byHand(command, ...args) {
        await execa(join(commands, command), args, { input: '' });
      },
      run: (...args) => drain(inState(args), { ...where, env }),
      start: (...args) => startDrain(inState(args), env, where),
    });
  });
