import { guestScript, startHelper } from '../helper.ts';
import type { Lab } from '../lab.ts';
import { RealServerProcess } from '../real-server.ts';
import { address, batch, cable, controlPort, inNamespace, serverPorts } from '../topology.ts';

/** One more real server than the lab has, behind masquerading: `rs6`, 10.0.2.16; gone at the next reset. */
export async function startSixthServer(lab: Lab): Promise<RealServerProcess> {
  const host = { name: 'rs6', v4: '10.0.2.16', v6: 'fd00:2::16' };
  const lines = [
    'ip netns del rs6 2>/dev/null || :',
    ...batch(['netns add rs6', ...cable('rs6', 'server-net', 'rs6', 'eth0')]),
    ...inNamespace(
      'rs6',
      [],
      [
        ...['link set lo up', 'link set eth0 up', address(`${host.v4}/24`, 'eth0')],
        'route add default via 10.0.2.1',
      ],
    ),
  ];
  const { exitCode, stderr } = await lab.run(['nsenter', '--net=/proc/1/ns/net', 'sh', '-e'], {
    stdin: `${lines.join('\n')}\n`,
  });
  if (exitCode !== 0) throw new Error(`rs6: ${stderr}`);
  const options = { name: host.name, ...serverPorts, vips: [], controlPort };
  const script = guestScript('real-server.mjs', JSON.stringify(options));
  const { channel } = await startHelper(lab, script, { namespace: 'rs6' });
  return new RealServerProcess(host, channel);
}
