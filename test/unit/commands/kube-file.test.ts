import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readKubeFile } from '../../../src/commands/kube/kube-file.ts';
import { withFolder } from '../../support/drain-command.ts';

it("a kubeconfig of the file is meant from the file's folder, wherever drain runs", () =>
  withFolder(async (folder) => {
    const file = join(folder, 'etc/kube.yaml');
    await mkdir(join(folder, 'etc'));
    const found = async (kubeconfig: string) => {
      const text = `cluster: prod\nkubeconfig: ${kubeconfig}\nclass: drain.example/ipvs\n`;
      await writeFile(file, text, { mode: 0o600 });
      const read = await readKubeFile(file);
      return read.ok && read.value.settings.access;
    };
    const access = { kind: 'kubeconfig', allowsExec: false };
    expect(await found('kubeconfig')).toMatchObject({
      ...{ ...access, file: join(folder, 'etc/kubeconfig') },
    });
    expect(await found('../kc')).toMatchObject({ ...access, file: join(folder, 'kc') });
    expect(await found('/etc/kc')).toMatchObject({ ...access, file: '/etc/kc' });
  }));
