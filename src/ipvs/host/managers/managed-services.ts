import type { ServiceKey } from '../../../domain/address.ts';
import type { TableManager } from '../../../domain/ipvs/host-facts.ts';
import { optionIn } from '../../../files/keepalived/command-line.ts';
import { ownedByConf } from '../../../files/keepalived/services-owned.ts';
import { ldirectordServices } from './ldirectord-cf.ts';

/** A file's text, `/proc/812/cmdline`; undefined where it cannot be read. */
export type ReadThere = (path: string) => Promise<string | undefined>;

/**
 * The managers, each with the services that its configuration names, as far as that can be read: from
 * the file that its command line names, and with that process's own eyes.
 */
export const withServices = (
  managers: readonly TableManager[],
  read: ReadThere,
): Promise<readonly TableManager[]> =>
  Promise.all(
    managers.map(async (manager) => {
      const { services, ...configured } = await configuredIn(manager, read);
      return { ...manager, ...configured, ...(services && { services }) };
    }),
  );

interface Configured extends Pick<TableManager, 'file' | 'initsFiles'> {
  readonly services?: readonly ServiceKey[] | undefined;
}

async function configuredIn({ name, pid }: TableManager, read: ReadThere): Promise<Configured> {
  if (name !== 'keepalived' && name !== 'ldirectord') return {};
  const words = (await read(`/proc/${pid}/cmdline`))?.split('\0').filter((word) => word !== '');
  if (!words || words.length === 0) return {};
  const file =
    name === 'keepalived'
      ? (optionIn(words, '-f', '--use-file') ?? '/etc/keepalived/keepalived.conf')
      : ldirectordPath(words);
  if (name === 'keepalived' && words.some((word) => word === '-P' || word === '--vrrp')) {
    return { file, services: [] };
  }
  if (!file.startsWith('/')) return { file };
  const text = await read(`/proc/${pid}/root${file}`);
  if (text === undefined) return { file };
  if (name === 'ldirectord') return { file, services: ldirectordServices(text) };
  return { file, ...ownedByConf(text, optionIn(words, '-i', '--config-id') ?? '') };
}

/** ldirectord(8): `ldirectord [OPTION…] [FILE] start`, run by perl. */
function ldirectordPath(words: readonly string[]): string {
  const own = words.findIndex((word) => /(^|\/)ldirectord$/.test(word));
  const file = words.slice(own + 1).find((word) => word.includes('/') || /\.(cf|conf)$/.test(word));
  return file ?? '/etc/ha.d/ldirectord.cf';
}
