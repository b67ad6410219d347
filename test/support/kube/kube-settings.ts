import { parseKubeFile } from '../../../src/config/files/kube-file.ts';
import type { KubeSettings } from '../../../src/domain/kube/kube-settings.ts';

/** Settings of a file with these lines besides a cluster and a class. */
export function settingsOf(lines = ''): KubeSettings {
  const parsed = parseKubeFile(
    `cluster: prod\nkubeconfig: /kc\nclass: drain.example/ipvs\n${lines}`,
    'kube.yaml',
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.value;
}
