import type { KeptLock, LockFolder } from '../folder/locks/lock-folder.ts';
import { FolderAway } from '../folder/locks/lock-folder.ts';
import { lockCall, readSeen } from './lock-script.ts';
import type { RemoteAnswer, RemoteShell } from './remote-shell.ts';

export interface RemoteFolderOptions {
  readonly shell: RemoteShell;
  /** The machine and the folder there: `lb1:/run/drain`. */
  readonly place: string;
}

/** A folder of lock files on another machine. Signs of life have that machine's time. */
export function remoteLockFolder({ shell, place }: RemoteFolderOptions): LockFolder {
  const ask = async (
    script: string,
    terms?: { readonly mayStart?: boolean },
  ): Promise<RemoteAnswer> => {
    const answer = await shell.ask(script, terms);
    if (!answer.ok) throw new FolderAway(answer.failure);
    return answer.value;
  };
  /** Asks for something whose complaint is the reason why it failed. */
  const succeed = async (script: string): Promise<void> => {
    const { status, output } = await ask(script);
    if (status !== 0) throw new Error(output.trim() || `exit code ${status}`);
  };
  const namesIn = (output: string): readonly string[] =>
    output.split('\n').filter((name) => name !== '' && name !== '*');

  return {
    pathOf: (name) => (name === undefined ? place : `${place}/${name}`),
    names: async () => namesIn((await ask('names')).output),
    async lookAt(name) {
      const [seen] = readSeen(await ask(lockCall('seen', name)));
      return seen?.sight ?? { kind: 'gone' };
    },
    lookAtAll: async (prefix) => readSeen(await ask(lockCall('all', prefix))),
    async create({ name, text, mode }): Promise<KeptLock> {
      await succeed(lockCall('create', name, text, mode.toString(8)));
      return {
        async beat() {
          const { output } = await ask(lockCall('beat', name));
          const [links = '0', ...names] = output.split('\n');
          return { names: namesIn(names.join('\n')), links: Number(links) - 1 };
        },
        // The passing name is the one by which the file is known from here; it goes with the file.
        settle: async () => {},
        async empty() {
          // What stays is known as over when it has been silent; nobody waits for a machine that is away.
          const { status } = await ask(lockCall('empty', name), { mayStart: false });
          if (status !== 0) throw new Error(`${place}/${name} was not emptied`);
        },
        async close() {
          await shell.ask(lockCall('drop', name), { mayStart: false });
        },
      };
    },
    async link(draft, name) {
      const { status, output } = await ask(lockCall('linkto', draft, name));
      if (status === 0 || status === 3) return status === 0;
      throw new Error(output.trim() || `exit code ${status}`);
    },
    remove: async (name) => void (await ask(lockCall('drop', name))),
    async ownerOf(name) {
      const { output } = await ask(lockCall('owner', name));
      const uid = output.trim();
      return uid === '' ? undefined : Number(uid);
    },
  };
}
