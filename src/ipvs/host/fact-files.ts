import type { ServiceProxy } from '../../domain/ipvs/host-facts.ts';

/** The settings that decide what weight 0 and removal do to clients, and whether there are rates. */
const sysctlNames = [
  'expire_nodest_conn',
  'expire_quiescent_template',
  'conn_reuse_mode',
  'run_estimation',
];

/** Devices that a proxy of Kubernetes makes where it works with IPVS, and only then (as read). */
const serviceProxies: readonly ServiceProxy[] = [
  { name: 'kube-proxy', device: 'kube-ipvs0' },
  { name: 'kube-router', device: 'kube-dummy-if' },
];

const sysctlFolder = 'sys/net/ipv4/vs';
const releaseFile = 'sys/kernel/osrelease';
/** There for as long as the network namespace has that device. */
const deviceFile = (name: string): string => `sys/net/ipv4/conf/${name}/forwarding`;

/** The files to read, below /proc. */
export const factFiles: readonly string[] = [
  releaseFile,
  ...sysctlNames.map((name) => `${sysctlFolder}/${name}`),
  ...serviceProxies.map(({ device }) => deviceFile(device)),
];

export interface ReadFacts {
  readonly kernelRelease?: string;
  readonly sysctls: ReadonlyMap<string, number>;
  readonly serviceProxy?: ServiceProxy;
}

/** Makes sense of `factFiles` by name; a file that is missing or holds no number is left out. */
export function factsOfFiles(files: ReadonlyMap<string, string>): ReadFacts {
  const sysctls = new Map<string, number>();
  for (const name of sysctlNames) {
    const text = files.get(`${sysctlFolder}/${name}`)?.trim() ?? '';
    if (/^-?\d{1,9}$/.test(text)) sysctls.set(name, Number(text));
  }
  const kernelRelease = files.get(releaseFile)?.trim();
  const serviceProxy = serviceProxies.find(({ device }) => files.has(deviceFile(device)));
  return {
    ...(kernelRelease ? { kernelRelease } : {}),
    sysctls,
    ...(serviceProxy ? { serviceProxy } : {}),
  };
}
