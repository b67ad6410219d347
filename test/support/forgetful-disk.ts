import fs, { type Dirent } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';

/** What is left of the files after a power loss: of what nobody had synced, these. */
export type Survivors = 'nothing' | 'names' | 'contents';

export interface LeftFile {
  /** Below the root. */
  readonly name: string;
  readonly content: Buffer;
}

export interface ForgetfulDisk {
  /** The files that a power loss would leave now. */
  left(survivors: Survivors): readonly LeftFile[];
  /** Gives the functions of `node:fs/promises` back. */
  close(): void;
}

type Content = { synced: Buffer | undefined; readonly read: () => Buffer };
type Entry = Content | 'folder';

const changing = ['open', 'writeFile', 'appendFile', 'rename', 'link', 'rm', 'mkdir'] as const;

/**
 * A disk that forgets: below `root` the real functions of `node:fs/promises` work on real files, and it is
 * remembered which contents were synced (fsync, fdatasync), and which names were there when their folder
 * was. A name that nobody synced may be gone, one that is may have a content of nobody's. `onPoint` is
 * called after each change and each sync.
 */
export function openForgetfulDisk(root: string, onPoint: () => Promise<void>): ForgetfulDisk {
  const real = Object.fromEntries(changing.map((name) => [name, fs.promises[name]])) as Pick<
    typeof fs.promises,
    (typeof changing)[number]
  >;
  /** By inode; a new file may have the number of one that is gone. */
  const contents = new Map<number, Content>();
  const syncedNames = new Map<string, ReadonlyMap<string, Entry>>([[root, new Map()]]);
  const isBelow = (path: unknown): path is string =>
    typeof path === 'string' && `${resolve(path)}/`.startsWith(`${root}/`);
  const contentOf = (file: string): Content => {
    const { ino } = fs.statSync(file);
    const known = contents.get(ino);
    if (known) return known;
    const content: Content = { synced: undefined, read: () => fs.readFileSync(fd) };
    // Open for as long as the disk is: it keeps the number, and what it had when its names are gone.
    const fd = `/proc/self/fd/${fs.openSync(file, 'r')}`;
    contents.set(ino, content);
    return content;
  };
  const namesNow = (folder: string): ReadonlyMap<string, Entry> =>
    new Map(
      fs
        .readdirSync(folder, { withFileTypes: true })
        .map((one: Dirent) => [
          one.name,
          one.isDirectory() ? 'folder' : contentOf(join(folder, one.name)),
        ]),
    );
  const watched = (path: string, handle: FileHandle): FileHandle => {
    const isFolder = fs.statSync(path).isDirectory();
    const content = isFolder ? undefined : contentOf(path);
    const sync = async (work: () => Promise<void>): Promise<void> => {
      await work();
      if (content) content.synced = content.read();
      else syncedNames.set(resolve(path), namesNow(path));
      await onPoint();
    };
    const { write, writeFile, truncate, sync: fsync, datasync } = handle;
    const changed =
      <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        const done = await work.apply(handle, args);
        await onPoint();
        return done;
      };
    Object.assign(handle, {
      write: changed(write as never),
      writeFile: changed(writeFile as never),
      truncate: changed(truncate),
      sync: () => sync(() => fsync.call(handle)),
      datasync: () => sync(() => datasync.call(handle)),
    });
    return handle;
  };
  const patch = {
    async open(path: string, ...rest: never[]) {
      const handle = await real.open(path, ...rest);
      if (!isBelow(path)) return handle;
      await onPoint();
      return watched(path, handle);
    },
    ...Object.fromEntries(
      changing.slice(1).map((name) => [
        name,
        async (...args: never[]) => {
          const done = await (real[name] as (...all: never[]) => Promise<unknown>)(...args);
          if (args.some(isBelow)) await onPoint();
          return done;
        },
      ]),
    ),
  };
  Object.assign(fs.promises, patch);
  syncBuiltinESMExports();

  const leave = (folder: string, at: string, survivors: Survivors): readonly LeftFile[] => {
    const names = survivors === 'names' ? namesNow(folder) : syncedNames.get(folder);
    return [...(names ?? [])].flatMap(([name, entry]): readonly LeftFile[] => {
      if (entry === 'folder') return leave(join(folder, name), join(at, name), survivors);
      const content = survivors === 'contents' ? entry.read() : entry.synced;
      return [{ name: join(at, name), content: content ?? Buffer.alloc(0) }];
    });
  };
  return {
    left: (survivors) => leave(root, '', survivors),
    close() {
      Object.assign(fs.promises, real);
      syncBuiltinESMExports();
    },
  };
}
