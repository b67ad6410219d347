import { join } from 'node:path';
import type { Store } from '../../rollout/ports.ts';
import { createDocuments } from '../documents/kinds.ts';
import type { Place } from '../place.ts';
import { createRequests } from '../requests.ts';
import { createFileJournals } from './file-journals.ts';
import { createFileTraces } from './file-traces.ts';
import { documentFailure, stateFailure } from './folder-failure.ts';
import { createFileLocks } from './locks/file-locks.ts';
import { createFolderPlace } from './place.ts';
import { trustedState } from './trusted-folder.ts';

/**
 * The store of one machine: journals as `DIR/rollouts/ID.jsonl`, with `ID.trace` beside each for
 * pictures, what other terminals ask under `DIR/requests`, locks under `DIR/locks`, and the documents of
 * each kind under a folder of its own.
 */
export function createFileStore(directory: string, { isNamed = true } = {}): Store {
  const folder = (name: string): string => join(directory, name);
  const rollouts = folder('rollouts');
  const documentsIn = (name: string, what: string): Place =>
    createFolderPlace({
      directory: folder(name),
      ending: '.json',
      isLasting: true,
      failureAt: documentFailure(what),
    });
  const { lock, holder, renew } = createFileLocks(folder('locks'));
  return {
    ...createFileJournals(directory, rollouts, renew),
    ...createFileTraces(rollouts),
    async lock(resources, id, options) {
      // Whoever goes by what is kept here, or adds to it, locks first.
      const trusted = await trustedState({ directory, isNamed }, id);
      return trusted.ok ? lock(resources, id, options) : trusted;
    },
    holder,
    ...createRequests({
      place: documentsIn('requests', 'what is asked of rollouts'),
      earlier: createFolderPlace({
        directory: rollouts,
        ending: '.ask',
        isLasting: false,
        failureAt: stateFailure,
      }),
    }),
    ...createDocuments((kind) => documentsIn(kind.folder, kind.what)),
  };
}
