import type { TableManager } from '../../../domain/ipvs/host-facts.ts';

/** A process as /proc or ps(1) shows it. */
export interface RunningProcess {
  readonly pid: number;
  /** The name of the command, at most 15 characters. */
  readonly comm: string;
  /** The inode of its network namespace; absent when it cannot be seen. */
  readonly netNamespace?: string;
}

/**
 * The programs that write the IPVS table by their own lights: `k3s-server` has a kube-proxy in it, and
 * nanny is Piranha's. Their children may add to the name.
 */
const managerName = /^(keepalived|ldirectord|kube-proxy|kube-router|kube-vip|k3s|nanny)(?![a-z])/;

/**
 * The managers of the table in the namespace `own`, by name and each once, with the process that
 * each began with. A process whose namespace cannot be seen is taken for one of ours.
 */
export function tableManagersAmong(
  processes: readonly RunningProcess[],
  own: string | undefined,
): readonly TableManager[] {
  const found = new Map<string, TableManager>();
  for (const { pid, comm, netNamespace } of processes.toSorted((a, b) => a.pid - b.pid)) {
    const [, name] = managerName.exec(comm) ?? [];
    const elsewhere = own !== undefined && netNamespace !== undefined && netNamespace !== own;
    if (name !== undefined && !elsewhere && !found.has(name)) found.set(name, { name, pid });
  }
  return [...found.values()];
}
