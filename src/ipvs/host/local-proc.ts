import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import { factFiles, factsOfFiles } from './fact-files.ts';
import { withServices } from './managers/managed-services.ts';
import { type RunningProcess, tableManagersAmong } from './managers/table-managers.ts';

/** The facts of this machine and network namespace, from /proc: no process, no privilege. */
export async function readLocalProc(proc = '/proc'): Promise<HostFacts> {
  const [files, processes, own] = await Promise.all([
    readFiles(proc),
    readProcesses(proc),
    netNamespaceOf(proc, 'self'),
  ]);
  const running = processes && tableManagersAmong(processes, own);
  const managers = running && (await withServices(running, (path) => readUnder(proc, path)));
  return { ...factsOfFiles(files), ...(managers && { managers }) };
}

async function readFiles(proc: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  await Promise.all(
    factFiles.map(async (name) => {
      const text = await orAbsent(readFile(join(proc, name), 'latin1'));
      if (text !== undefined) files.set(name, text);
    }),
  );
  return files;
}

async function readProcesses(proc: string): Promise<readonly RunningProcess[] | undefined> {
  const names = await orAbsent(readdir(proc));
  if (names === undefined) return undefined;
  const found = names.filter((name) => /^\d+$/.test(name)).map((pid) => readProcess(proc, pid));
  return (await Promise.all(found)).flatMap((one) => one ?? []);
}

async function readProcess(proc: string, pid: string): Promise<RunningProcess | undefined> {
  const comm = await orAbsent(readFile(join(proc, pid, 'comm'), 'latin1'));
  if (comm === undefined) return undefined;
  const netNamespace = await netNamespaceOf(proc, pid);
  const seen = { pid: Number(pid), comm: comm.trim() };
  return netNamespace === undefined ? seen : { ...seen, netNamespace };
}

/** A file by its path as it is usual, `/proc/812/cmdline`, under this /proc. */
const readUnder = (proc: string, path: string): Promise<string | undefined> =>
  orAbsent(readFile(path.replace(/^\/proc/, proc), 'utf8'));

const netNamespaceOf = (proc: string, pid: string): Promise<string | undefined> =>
  orAbsent(readlink(join(proc, pid, 'ns/net')));

/** The result, if any: processes end while /proc is read, and not every file is readable. */
const orAbsent = <T>(read: Promise<T>): Promise<T | undefined> => read.catch(() => undefined);
