import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { distrustFailure, distrustOf } from '../../domain/places/trust.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import { obeyingUser, ownersThere } from '../../files/owned-files.ts';
import { documentKinds } from '../documents/kinds.ts';

const documentFolders = Object.values(documentKinds).map(({ folder }) => folder);

/** The folders of a state, each of one kind of document. */
export const stateFolders: readonly string[] = [
  'rollouts',
  'locks',
  'requests',
  ...documentFolders,
];

/** A state with all folders in it. */
export const foldersOf = (directory: string): readonly string[] => [
  directory,
  ...stateFolders.map((name) => join(directory, name)),
];

/**
 * Refuses a state that others may write, or a rollout of others in it: a journal says which command
 * reaches a director, and the record of an around or a sequence which commands to run. To read it is no
 * harm.
 */
export async function trustedState(
  { directory, isNamed }: { readonly directory: string; readonly isNamed: boolean },
  id: string,
): Promise<Result<void>> {
  const obeying = obeyingUser({ isNamed });
  const files = isRolloutId(id)
    ? [`rollouts/${id}.jsonl`, ...documentFolders.map((folder) => `${folder}/${id}.json`)]
    : [];
  const paths = [...foldersOf(directory), ...files.map((file) => join(directory, file))];
  const distrust = distrustOf(await ownersThere(paths), obeying);
  if (!distrust) return ok(undefined);
  const what = `the state in ${directory}`;
  return fail(distrustFailure(distrust, obeying, { what, tree: resolve(directory) }));
}
