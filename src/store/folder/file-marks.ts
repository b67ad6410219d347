import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { MarkSubject, Marks, OutMark } from '../../rollout/ports.ts';
import { formatMark, markName, parseMark } from '../mark-schema.ts';
import { ifThere, keeping, namesIn, writeWhole } from './whole-files.ts';

/** Out-of-service marks as files of their own, `DIR/HASH.json`, each written whole or not at all. */
export function createFileMarks(directory: string): Marks {
  const guarded = <T>(work: () => Promise<T>): Promise<Result<T>> =>
    keeping(`the out-of-service marks in ${printable(directory)}`, work);
  return {
    list: () =>
      guarded(async () => {
        const names = await namesIn(directory, '.json');
        const marks = await Promise.all(names.map((name) => readMark(join(directory, name))));
        return marks.flatMap((mark) => mark ?? []);
      }),
    put: (mark) => guarded(() => writeWhole(directory, fileName(mark), formatMark(mark))),
    remove: (subject) => guarded(() => rm(join(directory, fileName(subject)), { force: true })),
  };
}

/** `undefined` when it was removed since the folder was listed. */
async function readMark(file: string): Promise<OutMark | undefined> {
  const text = await ifThere(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  return parseMark(text);
}

const fileName = (subject: MarkSubject): string => `${markName(subject)}.json`;
