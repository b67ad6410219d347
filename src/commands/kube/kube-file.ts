import { fail, ok, type Result } from '../../domain/failure.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';

export interface KubeFile {
  readonly text: string;
  readonly settings: KubeSettings;
}

/** The file of `drain kube`, which is obeyed; a kubeconfig that it names is relative to where drain runs. */
export async function readKubeFile(file: string): Promise<Result<KubeFile>> {
  const { readText } = await import('../../config/files/checked-file.ts');
  const { parseKubeFile } = await import('../../config/files/kube-file.ts');
  const text = await readText(file, { obeyed: 'named' });
  if (!text.ok) return fail(text.failure);
  const settings = parseKubeFile(text.value, file);
  return settings.ok ? ok({ text: text.value, settings: settings.value }) : settings;
}
