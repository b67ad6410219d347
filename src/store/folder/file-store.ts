import { join } from 'node:path';
import type { Store } from '../../rollout/ports.ts';
import { createArounds } from '../arounds.ts';
import { createMarks } from '../marks/marks.ts';
import type { Place } from '../place.ts';
import { createRequests } from '../requests.ts';
import { createSequences } from '../sequences.ts';
import { createUnfinishedIndex } from '../unfinished.ts';
import { createFileJournals } from './file-journals.ts';
import { createFileTraces } from './file-traces.ts';
import { documentFailure, stateFailure } from './folder-failure.ts';
import { createFileLocks } from './locks/file-locks.ts';
import { createFolderPlace } from './place.ts';
import { type StateFolder, trustedState } from './trusted-folder.ts';

/**
 * The store of one machine: journals as `DIR/rollouts/ID.jsonl`, with `ID.trace` beside each for
 * pictures, what other terminals ask under `DIR/requests`, locks under `DIR/locks`, maintenance marks
 * under `DIR/out`, records of `drain around` under `DIR/arounds`, those of plan files with several
 * rollouts under `DIR/sequences` and names of unfinished rollouts under `DIR/unfinished`.
 */
export function createFileStore(directory: string, { isNamed = true } = {}): Store {
  const folder = (name: StateFolder): string => join(directory, name);
  const rollouts = folder('rollouts');
  const documentsIn = (name: StateFolder, what: string): Place =>
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
    marks: createMarks(documentsIn('out', 'the out-of-service marks')),
    arounds: createArounds(documentsIn('arounds', 'the record of drain around')),
    unfinished: createUnfinishedIndex(
      documentsIn('unfinished', 'the index of unfinished rollouts'),
    ),
    sequences: createSequences(documentsIn('sequences', 'the record of a sequence')),
  };
}
