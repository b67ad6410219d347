import type { ServiceKey } from '../../../domain/address.ts';
import type { TableManager } from '../../../domain/ipvs/host-facts.ts';
import { keepalivedServices } from './keepalived-conf.ts';
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
      const { file, services } = await configuredIn(manager, read);
      return { ...manager, ...(file && { file }), ...(services && { services }) };
    }),
  );

interface Configured {
  readonly file?: string;
  readonly services?: readonly ServiceKey[] | undefined;
}

async function configuredIn({ name, pid }: TableManager, read: ReadThere): Promise<Configured> {
  if (name !== 'keepalived' && name !== 'ldirectord') return {};
  const words = (await read(`/proc/${pid}/cmdline`))?.split('\0').filter((word) => word !== '');
  if (!words || words.length === 0) return {};
  const file = name === 'keepalived' ? keepalivedPath(words) : ldirectordPath(words);
  if (name === 'keepalived' && words.some((word) => word === '-P' || word === '--vrrp')) {
    return { file, services: [] };
  }
  if (!file.startsWith('/')) return { file };
  const text = await read(`/proc/${pid}/root${file}`);
  if (text === undefined) return { file };
  return {
    file,
    services: (name === 'keepalived' ? keepalivedServices : ldirectordServices)(text),
  };
}

/** keepalived(8): `-f FILE`, `--use-file FILE`, `--use-file=FILE`. */
function keepalivedPath(words: readonly string[]): string {
  for (const [index, word] of words.entries()) {
    if (word === '-f' || word === '--use-file') return words[index + 1] ?? '';
    const [, joined] = /^(?:--use-file=|-f)(.+)$/.exec(word) ?? [];
    if (joined !== undefined) return joined;
  }
  return '/etc/keepalived/keepalived.conf';
}

/** ldirectord(8): `ldirectord [OPTION…] [FILE] start`, run by perl. */
function ldirectordPath(words: readonly string[]): string {
  const own = words.findIndex((word) => /(^|\/)ldirectord$/.test(word));
  const file = words.slice(own + 1).find((word) => word.includes('/') || /\.(cf|conf)$/.test(word));
  return file ?? '/etc/ha.d/ldirectord.cf';
}
