import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Marks, OutMark } from '../../rollout/ports.ts';
import { formatMark, markName, parseMark } from '../mark-schema.ts';
import type { Put } from './etcd.ts';
import { etcdFailure, stateFailure } from './etcd-failure.ts';
import { readAll } from './read-all.ts';
import type { StoreTools } from './store-tools.ts';

/** Out-of-service marks as keys of their own, `marks/HASH`. Who has locks writes them under those. */
export function createEtcdMarks(tools: StoreTools): Marks {
  const { keys, locks, place } = tools;
  const keyOf = (subject: Parameters<typeof markName>[0]): string => keys.marks + markName(subject);
  const write = async (
    change: { puts?: readonly Put[]; deletes?: readonly string[] },
    rollout?: string,
  ) => {
    const written = await locks.write(change, rollout);
    return written.ok ? ok(undefined) : written;
  };
  return {
    async list() {
      const kept = await readAll(tools, keys.marks);
      if (!kept.ok) return fail(etcdFailure(place, kept.failure));
      const marks: OutMark[] = [];
      for (const { key, value } of kept.value) {
        const mark = markIn(value, `${place}, key ${key}`);
        if (!mark.ok) return mark;
        marks.push(mark.value);
      }
      return ok(marks);
    },
    put: (mark) =>
      write(
        { puts: [{ key: keyOf(mark), value: JSON.stringify(formatMark(mark)) }] },
        mark.rollout,
      ),
    remove: (subject) => write({ deletes: [keyOf(subject)] }),
  };
}

function markIn(text: string, place: string): Result<OutMark, Failure> {
  try {
    return ok(parseMark(text));
  } catch {
    const why = 'an out-of-service mark is not as this version writes it';
    return fail(stateFailure(place, why, 'use the same version everywhere, or delete that key'));
  }
}
