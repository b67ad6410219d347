import { OptionReader } from '../../config/options/read-values.ts';
import { manifests } from '../../kube/manifests/manifests.ts';
import { unitFile } from '../../kube/manifests/unit.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { readKubeFile } from './kube-file.ts';
import { unit } from './rows.ts';

/** `drain kube manifests [FILE]`: what a cluster or a director needs to run the controller, on stdout. */
export const run: RunCommand = async (env, { given, operands: [name] }) => {
  const file = name === undefined ? undefined : orRefuse(await readKubeFile(name));
  const { drain: version } = await env.describeHost();
  const asUnit = new OptionReader(given).flag(unit.name);
  const text = asUnit ? unitFile(name) : manifests({ version, file });
  const asJson = new OptionReader(given).text('output') === 'json';
  env.out(asJson ? `${JSON.stringify({ [asUnit ? 'unit' : 'manifests']: text })}\n` : text, {
    kind: 'data',
  });
  return 0;
};
