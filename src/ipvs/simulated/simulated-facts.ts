import type { HostFacts } from '../../domain/host-facts.ts';
import type { Sysctl } from './sysctl.ts';

/** What a simulated director's machine says: the settings its model follows, and nobody else on it. */
export function simulatedFacts(sysctl: Sysctl): HostFacts {
  return {
    sysctls: new Map<string, number>([
      ['conn_reuse_mode', sysctl.connReuseMode],
      ['expire_nodest_conn', sysctl.expireNodestConn],
      ['expire_quiescent_template', sysctl.expireQuiescentTemplate],
    ]),
    managers: [],
  };
}
