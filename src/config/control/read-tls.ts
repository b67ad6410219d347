import { ok, type Result } from '../../domain/failure.ts';
import { readText } from '../files/checked-file.ts';
import type { TlsFiles } from '../settings/control-settings.ts';

/** The texts of the files of TLS, in PEM. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

/** Reads the files of TLS; the key is refused where everybody can read it. */
export async function readTlsFiles({ cert, key, clientCa }: TlsFiles): Promise<Result<TlsTexts>> {
  const [certText, keyText, caText] = await Promise.all([
    readText(cert, { obeyed: 'named' }),
    readText(key, { obeyed: 'named', secret: 'group' }),
    clientCa === undefined ? ok(undefined) : readText(clientCa, { obeyed: 'named' }),
  ]);
  if (!certText.ok) return certText;
  if (!keyText.ok) return keyText;
  if (!caText.ok) return caText;
  return ok({ cert: certText.value, key: keyText.value, clientCa: caText.value });
}
