import { fail, ok, type Result } from '../../domain/failure.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';

export interface KubeFile {
  readonly text: string;
  readonly settings: KubeSettings;
}

/** The file of `drain kube`, which is obeyed; a kubeconfig that it names is meant from where the file is. */
export async function readKubeFile(file: string): Promise<Result<KubeFile>> {
  const { readText } = await import('../../config/files/checked-file.ts');
  const { parseKubeFile } = await import('../../config/files/kube-file.ts');
  const text = await readText(file, { obeyed: 'named' });
  if (!text.ok) return fail(text.failure);
  const parsed = parseKubeFile(text.value, file);
  if (!parsed.ok) return parsed;
  const { access } = parsed.value;
  if (access.kind !== 'kubeconfig') return ok({ text: text.value, settings: parsed.value });
  const { dirname, resolve } = await import('node:path');
  const own = { ...access, file: resolve(dirname(file), access.file) };
  return ok({ text: text.value, settings: { ...parsed.value, access: own } });
}
