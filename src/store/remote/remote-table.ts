import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { lockedBy } from '../../domain/rollout/lock-refusal.ts';
import type { Lock, LockHolder } from '../../rollout/ports.ts';
import { createFileLocks, type FileLocks, type FileLockTerms } from '../folder/locks/file-locks.ts';
import { type LockTools, processLockTools } from '../folder/locks/lock-tools.ts';
import { trustedFolder } from '../folder/locks/shared-folder.ts';
import { type Greeting, readGreeting } from './lock-script.ts';
import { lockWhenReached } from './lock-when-reached.ts';
import { remoteLockFolder } from './remote-lock-folder.ts';
import type { RemoteShell } from './remote-shell.ts';

/** A table whose locks its own machine keeps, for whoever comes from wherever. */
export interface RemoteTable {
  /**
   * Locks what it is told of the table (`tcp/10.0.0.100:80`, `guard of …`); `undefined` where that
   * machine keeps no locks of this user. A machine that is away grants a lock that becomes one when it
   * is back.
   */
  lock(
    subjects: readonly string[],
    rollout: string,
    terms?: FileLockTerms,
  ): Promise<Result<Lock | undefined>>;
  holder(subject: string): Promise<LockHolder | undefined>;
}

export interface RemoteTableOptions {
  readonly shell: RemoteShell;
  /** The table as this store names it: `ssh://lb1`. */
  readonly table: string;
  /** The name of the table there, where its namespace is not known: the words that call ipvsadm. */
  readonly words: string;
  readonly machine: string;
  readonly folder: string;
  /** The place of the state, for others who are refused. */
  readonly state: string;
  /** A line for whoever runs drain. */
  readonly tell: (text: string) => void;
  readonly tools?: LockTools | undefined;
}

interface Greeted {
  readonly locks: FileLocks;
  readonly isWritable: boolean;
  resourceOf(subject: string): string;
}

export function remoteTable(options: RemoteTableOptions): RemoteTable {
  const { shell, table, words, machine, folder, state, tools = processLockTools } = options;
  const place = `${machine}:${folder}`;
  let uid: number | undefined;
  let aheadMs = 0;
  let locks: FileLocks | undefined;
  let hasTold = false;
  /** Who this process is there, and what time it is. */
  const there: LockTools = {
    ...tools,
    get uid() {
      return uid;
    },
    timing: { ...tools.timing, wallMs: () => tools.timing.wallMs() + aheadMs },
  };

  const tellOnce = (why: string): void => {
    if (hasTold) return;
    hasTold = true;
    options.tell(
      `${printable(table)} is locked with the state in ${printable(state)} alone, for ${printable(place)} ${why}: who has another state is not kept from it; as root there: install -d -m 1777 ${printable(folder)}`,
    );
  };

  /** Looks how the machine is; `undefined` where there is no place for locks. */
  const greet = async (): Promise<Result<Greeted | undefined>> => {
    const answer = await shell.ask('greet');
    if (!answer.ok) return answer;
    const greeting = readGreeting(answer.value);
    uid = greeting.uid;
    if (greeting.nowMs !== undefined) aheadMs = greeting.nowMs - tools.timing.wallMs();
    if (!greeting.folder) {
      tellOnce('is not there');
      return ok(undefined);
    }
    const trusted = trustedFolder(place, greeting.folder, uid);
    if (!trusted.ok) return trusted;
    const isWritable = trusted.value === 'there';
    if (!isWritable) tellOnce('may not be written');
    locks ??= createFileLocks(remoteLockFolder({ shell, place }), {
      tools: there,
      isShared: true,
      state,
    });
    const name = nameThere(greeting, words);
    return ok({ locks, isWritable, resourceOf: (subject) => `${subject} on ${name}` });
  };

  const attempt: RemoteTable['lock'] = async (subjects, rollout, terms) => {
    const greeted = await greet();
    if (!greeted.ok || !greeted.value) return greeted.ok ? ok(undefined) : greeted;
    const { isWritable, resourceOf } = greeted.value;
    const shown = new Map(subjects.map((one) => [resourceOf(one), `${one} on ${table}`]));
    const shownAs = (resource: string): string => shown.get(resource) ?? resource;
    const { locks: kept } = greeted.value;
    if (isWritable) return kept.lock([...shown.keys()], rollout, { ...terms, shownAs });
    for (const resource of shown.keys()) {
      const holder = await kept.holder(resource);
      if (holder) return fail(lockedBy(shownAs(resource), holder));
    }
    return ok(undefined);
  };

  return {
    async lock(subjects, rollout, terms) {
      const locked = await attempt(subjects, rollout, terms);
      // Whoever wants it for one edit tries again; a rollout edits the others meanwhile.
      if (locked.ok || locked.failure.kind !== 'unreachable' || terms?.momentary) return locked;
      return ok(lockWhenReached(tools.timing, () => attempt(subjects, rollout, terms)));
    },
    async holder(subject) {
      const greeted = await greet();
      if (!greeted.ok || !greeted.value) return undefined;
      return greeted.value.locks.holder(greeted.value.resourceOf(subject));
    },
  };
}

/** The name of a table on its machine: as a drain there names it. */
function nameThere({ here, namespace, boot = here }: Greeting, words: string): string {
  if (namespace === undefined) return words;
  return boot === here ? namespace : `${namespace} of boot ${boot}`;
}
