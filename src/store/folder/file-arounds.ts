import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { Arounds } from '../../rollout/ports.ts';
import { formatAround, isAroundId, parseAround } from '../around-schema.ts';
import { ifThere, keeping, namesIn, writeWhole } from './whole-files.ts';

/** Records of `drain around` as files of their own, `DIR/ID.json`, each written whole or not at all. */
export function createFileArounds(directory: string): Arounds {
  const fileOf = (around: string): string => join(directory, `${around}.json`);
  const guarded = <T>(place: string, work: () => Promise<T>): Promise<Result<T>> =>
    keeping(`the record of drain around in ${printable(place)}`, work);
  return {
    list: () =>
      guarded(directory, async () => {
        const names = await namesIn(directory, '.json');
        return names.map((name) => name.slice(0, -'.json'.length)).reverse();
      }),
    read: (around) =>
      guarded(fileOf(around), async () => {
        if (!isAroundId(around)) return undefined;
        const kept = await ifThere(readFile(fileOf(around), 'utf8'));
        return kept === undefined ? undefined : parseAround(kept);
      }),
    put: (record) =>
      guarded(fileOf(record.around), () =>
        writeWhole(directory, `${record.around}.json`, formatAround(record)),
      ),
  };
}
