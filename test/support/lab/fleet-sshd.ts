import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findSshPrograms } from '../sshd.ts';
import { fleetDirectors } from './fleet-topology.ts';

export interface FleetSshd {
  /** A folder for PATH in which `ssh` knows the fleet's hosts, and has a key that they let in. */
  readonly bin: string;
  /** The same as words, with the usual patience. */
  readonly ssh: readonly string[];
  /** Shell commands, run as root of the lab, that start the sshd of a director there. */
  start(name: string): string;
  logFile(name: string): string;
  /** The same that put these programs within reach, once. */
  readonly prepare: string;
}

/**
 * A handshake takes half a second in here, and four at once on a busy machine several: so more patience
 * than is usual (5 s), as an operator may set it. Of two options for ssh the first counts.
 */
const connectTimeoutS = 8;

/** Keys and settings for one sshd a director, in a folder that the lab can read. Rejects without the programs. */
export async function prepareFleetSshd(folder: string): Promise<FleetSshd> {
  const programs = await findSshPrograms();
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const keys = ['key', ...fleetDirectors.map(({ name }) => `${name}-host-key`)];
  await Promise.all(keys.map((name) => programs.makeKey(join(folder, name))));
  const hostKeys = await Promise.all(
    fleetDirectors.map(async ({ name, address }) => {
      const key = await readFile(join(folder, `${name}-host-key.pub`), 'utf8');
      return `${address} ${key}`;
    }),
  );
  await writeFile(join(folder, 'known-hosts'), hostKeys.join(''));
  await writeFile(
    join(folder, 'ssh-config'),
    `IdentityFile ${join(folder, 'key')}
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile ${join(folder, 'known-hosts')}
GlobalKnownHostsFile /dev/null
`,
  );
  const ssh = [...programs.ssh, '-F', join(folder, 'ssh-config')] as const;
  await writeFile(
    join(bin, 'ssh'),
    `#!/bin/sh\nexec ${ssh.join(' ')} -o ConnectTimeout=${connectTimeoutS} "$@"\n`,
  );
  await chmod(join(bin, 'ssh'), 0o755);
  await writeFile(
    join(folder, 'passwd'),
    'root:*:0:0::/run/home:/bin/sh\nsshd:*:65000:65534::/:/bin/false\n',
  );
  await Promise.all(
    fleetDirectors.map(({ name, address }) =>
      writeFile(
        join(folder, `${name}-sshd-config`),
        [
          `ListenAddress ${address}`,
          `HostKey ${join(folder, `${name}-host-key`)}`,
          `AuthorizedKeysFile ${join(folder, 'key.pub')}`,
          'PidFile none',
          'UsePAM no',
          'UseDNS no',
          'StrictModes no',
          'PasswordAuthentication no',
          'KbdInteractiveAuthentication no',
          'PermitRootLogin yes',
          'LogLevel VERBOSE',
          ...programs.config,
          '',
        ].join('\n'),
      ),
    ),
  );
  const env = Object.entries({
    ...programs.env,
    NSS_WRAPPER_PASSWD: join(folder, 'passwd'),
    NSS_WRAPPER_GROUP: '/etc/group',
  }).map(([name, value]) => `${name}=${value}`);
  const logFile = (name: string) => join(folder, `${name}-sshd-log`);
  return {
    bin,
    ssh,
    logFile,
    prepare: `mkdir -p -m 755 /run/sshd
${reachable(programs.folders)}`,
    start: (name) =>
      `nsenter --net=/run/netns/${name} env ${env.join(' ')} ${programs.sshd} -f ${folder}/${name}-sshd-config -E ${logFile(name)}\n`,
  };
}

/** Folders of the host that one of the lab's own mounts may hide, as /tmp is. */
export const reachable = (folders: readonly string[]): string =>
  folders
    .filter((one) => one.startsWith('/') && !one.startsWith('/usr'))
    .map(
      (one) =>
        `[ -e ${one} ] || { mkdir -p ${one} && mount -t hostfs none ${one} -o ro,${one}; }\n`,
    )
    .join('');
