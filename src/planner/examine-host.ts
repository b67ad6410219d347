import type { Diagnostic } from '../domain/failure.ts';
import { examineManagers } from './examine-managers.ts';
import { examineSysctls } from './examine-sysctls.ts';
import { examineWaiting } from './examine-waiting.ts';
import type { HostView } from './host-view.ts';

/** What drain was written for: `--thresholds`, `--persistent-conn` and `-R` as it uses them. */
const oldestIpvsadm = [1, 26];

/** What the machine means for the rollout. Nothing here is an error: the operator may know better. */
export function examineHost(view: HostView): readonly Diagnostic[] {
  return [
    ...examineVersion(view),
    ...examineSysctls(view),
    ...examineWaiting(view),
    ...examineManagers(view),
  ];
}

function examineVersion({ facts: { ipvsadmVersion } }: HostView): readonly Diagnostic[] {
  if (ipvsadmVersion === undefined || !isOlder(ipvsadmVersion)) return [];
  return [
    {
      severity: 'warning',
      code: 'ipvsadm-old',
      message: `ipvsadm is ${ipvsadmVersion}, older than ${oldestIpvsadm.join('.')}: some of its listings may lack what drain reads`,
      next: 'bring it up to date (`apt install ipvsadm`); drain was measured with 1.31',
    },
  ];
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestIpvsadm;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
