import type { Store } from '../../rollout/ports.ts';
import type { RecordStores } from '../../rollout/records.ts';
import type { Place } from '../place.ts';
import { createMarks } from './marks.ts';
import { recordsOf } from './records.ts';
import { createUnfinishedIndex } from './unfinished.ts';

/** A kind of document of a state. */
export interface DocumentKind<T> {
  /** Their folder in a state folder; below the prefix of an etcd they have the name of the kind. */
  readonly folder: string;
  /** Documents of the kind in messages: `the out-of-service marks`. */
  readonly what: string;
  readonly open: (place: Place) => T;
}

type StoredDocuments = RecordStores & Pick<Store, 'marks' | 'unfinished'>;
type Kind = keyof StoredDocuments;

/**
 * Every kind of document, once: a row here is kept in folders, in memory and in etcd, and a state folder
 * is obeyed only where nobody else may write its documents.
 */
export const documentKinds: {
  readonly [Name in Kind]: DocumentKind<StoredDocuments[Name]>;
} = {
  marks: { folder: 'out', what: 'the out-of-service marks', open: createMarks },
  arounds: {
    folder: 'arounds',
    what: 'the records of drain around',
    open: recordsOf(async () => (await import('./arounds.ts')).aroundForm),
  },
  sequences: {
    folder: 'sequences',
    what: 'the records of sequences',
    open: recordsOf(async () => (await import('./sequences.ts')).sequenceForm),
  },
  freezes: {
    folder: 'freezes',
    what: 'the freeze of rollouts',
    open: recordsOf(async () => (await import('./freezes.ts')).freezeForm),
  },
  guards: {
    folder: 'guards',
    what: 'the reports of guards',
    open: recordsOf(async () => (await import('./guard-report.ts')).guardReportForm),
  },
  unfinished: {
    folder: 'unfinished',
    what: 'the index of unfinished rollouts',
    open: createUnfinishedIndex,
  },
};

/** A kind by the name that it has in a store. */
export interface NamedKind extends Pick<DocumentKind<unknown>, 'folder' | 'what'> {
  readonly name: string;
}

/** Opens the documents of all kinds, each at its place. */
export const createDocuments = (placeOf: (kind: NamedKind) => Place): StoredDocuments =>
  Object.fromEntries(
    Object.entries(documentKinds).map(([name, { folder, what, open }]) => [
      name,
      open(placeOf({ name, folder, what })),
    ]),
  ) as unknown as StoredDocuments;
