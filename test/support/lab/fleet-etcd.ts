import { dirname } from 'node:path';
import { programOf } from '../debian-packages.ts';
import { reachable } from './fleet-sshd.ts';
import { controllers } from './fleet-topology.ts';
import type { Lab } from './lab.ts';

const url = `http://${controllers.ctl1}:2379`;

/** Debian's etcd on the first controller, in memory; what `--state` is then. Rejects where it cannot be had. */
export async function startFleetEtcd(lab: Lab): Promise<string> {
  const program = await programOf('etcd-server', 'usr/bin/etcd');
  await lab.run(['sh'], { stdin: `${reachable([dirname(program)])}rm -rf /run/etcd\n` });
  const args = [
    ...['--data-dir', '/run/etcd', '--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', 'http://127.0.0.1:2380', '--unsafe-no-fsync'],
    ...['--log-outputs', 'stdout'],
  ];
  const etcd = await lab.spawn([program, ...args], { namespace: 'ctl1' });
  await etcd.line((line) => line.includes('ready to serve client requests'), 60_000);
  return `etcd://${controllers.ctl1}:2379/drain`;
}
