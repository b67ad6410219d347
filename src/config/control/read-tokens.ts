import { stat } from 'node:fs/promises';
import type { Result } from '../../domain/failure.ts';
import { readText } from '../files/checked-file.ts';
import { type KnownToken, parseTokensFile } from './tokens-file.ts';

/** The tokens file, which is refused where others can read or write it. */
export async function readTokens(file: string): Promise<Result<readonly KnownToken[]>> {
  const text = await readText(file, { obeyed: 'named', secret: 'owner' });
  return text.ok ? parseTokensFile(text.value, file) : text;
}

/** A text that is another one when the file has changed, or may be read by others by now. */
export async function stampOfFile(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  if (!found) return 'not there';
  const { mtimeNs, ctimeNs, size, ino, mode } = found;
  return [mtimeNs, ctimeNs, size, ino, mode].join(' ');
}
