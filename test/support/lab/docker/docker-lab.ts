import { join } from 'node:path';
import { repository } from '../boot.ts';
import { drainCommand, type Lab, startLab } from '../lab.ts';
import type { Finished } from '../process.ts';
import type { Kit } from '../provision.ts';
import { dockerKit } from './docker-kit.ts';

/** A lab whose director has a Docker engine of its own, as one machine that balances between its containers. */
export interface DockerLab {
  readonly lab: Lab;
  /** Runs lines of a shell on that machine as an operator types them; throws where one of them fails. */
  type(lines: string): Promise<string>;
  stop(): Promise<void>;
}

const here = join(repository, 'test/support/lab/docker');

/**
 * Boots a kernel for it alone, for the engine changes what other tests rely on: modules, tables of iptables,
 * what lies under /etc and /usr. It has an image `nginx`, whose servers answer with their address.
 */
export async function startDockerLab(kit: Kit): Promise<DockerLab> {
  const { root, image } = await dockerKit();
  const lab = await startLab(kit);
  const type = async (lines: string): Promise<string> => {
    const { exitCode, stdout, stderr }: Finished = await lab.run(['sh', '-eu'], {
      stdin: lines,
      env: { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, DRAIN_STATE: '/run/drain-state' },
      timeoutMs: 170_000,
    });
    if (exitCode !== 0) throw new Error(`${lines}: exit ${exitCode}\n${stderr}`);
    return stdout;
  };
  try {
    const engine = await lab.spawn(['sh', join(here, 'engine.sh'), root]);
    await engine.line((line) => line.includes('API listen on'), 120_000);
    await type(`mkdir -p ${bin}
printf '#!/bin/sh\\nexec ${drainCommand.join(' ')} "$@"\\n' >${bin}/drain
chmod +x ${bin}/drain
docker import --change 'CMD ["nginx", "-g", "daemon off;"]' ${image} nginx
`);
    return { lab, type, stop: () => lab.stop() };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

const bin = '/run/bin';
