import { readFile } from 'node:fs/promises';
import { fail, ok, type Result } from '../../../domain/failure.ts';
import type { EtcdPlace } from '../../../domain/places/etcd-place.ts';
import { printable } from '../../../domain/printable.ts';
import type { Trouble } from '../etcd.ts';
import type { Certificates } from './post.ts';

/** Certificates, user and password for etcd. The password is in no journal, no message and no argument. */
export interface Access {
  readonly certificates?: Certificates;
  readonly user?: string;
  readonly password?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the files that the address names, or else `DRAIN_ETCD_CA`, `DRAIN_ETCD_CERT`, `DRAIN_ETCD_KEY`; the
 * password from `DRAIN_ETCD_PASSWORD` or the file that `DRAIN_ETCD_PASSWORD_FILE` names.
 */
export async function readAccess(
  place: EtcdPlace,
  variables: Variables,
): Promise<Result<Access, Trouble>> {
  const certificates: Record<string, string> = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const file = place[name] ?? (variables[`DRAIN_ETCD_${name.toUpperCase()}`] || undefined);
    if (!place.secure || file === undefined) continue;
    const text = await readText(file);
    if (!text.ok) return text;
    certificates[name] = text.value;
  }
  const tls = place.secure ? { certificates } : {};
  if (place.user === undefined) return ok(tls);
  const { DRAIN_ETCD_PASSWORD: given, DRAIN_ETCD_PASSWORD_FILE: file } = variables;
  if (!given && !file) {
    return fail({
      kind: 'refused',
      why: `there is no password for ${printable(place.user)}`,
      next: 'set DRAIN_ETCD_PASSWORD, or DRAIN_ETCD_PASSWORD_FILE to a file that holds it',
    });
  }
  const password = given ? ok(given) : await readText(file ?? '');
  if (!password.ok) return password;
  return ok({ ...tls, user: place.user, password: password.value.replace(/\r?\n$/, '') });
}

async function readText(file: string): Promise<Result<string, Trouble>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    return fail({
      kind: 'refused',
      why: `${printable(file)} cannot be read: ${printable((error as Error).message)}`,
      next: 'name a file in PEM that this user may read',
    });
  }
}
