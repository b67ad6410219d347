import { isOn } from '../../config/options/options.ts';
import type { Failure } from '../../domain/failure.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { readKubeFile } from './kube-file.ts';
import { look } from './look.ts';

/** `drain kube FILE --dry-run`. */
export const run: RunCommand = async (env, { given, operands: [name = ''] }) => {
  if (!isOn(given, 'dryRun')) throw new Refusal([onlyALook], given);
  return look(env, { given }, orRefuse(await readKubeFile(name)));
};

const onlyALook: Failure = {
  kind: 'usage',
  what: 'drain kube cannot keep a table yet, it can only look',
  where: 'drain kube FILE',
  next: 'see what a cluster would change: add --dry-run',
};
