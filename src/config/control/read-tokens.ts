import { stat } from 'node:fs/promises';
import { fail, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { readText } from '../files/checked-file.ts';
import { type KnownToken, parseTokensFile } from './tokens-file.ts';

/**
 * The tokens file, which is refused where others can read or write it. Whatever is no file cannot be read again:
 * a pipe that nobody writes to would have every request wait.
 */
export async function readTokens(file: string): Promise<Result<readonly KnownToken[]>> {
  const found = await stat(file).catch(() => undefined);
  if (found && !found.isFile()) {
    return fail({
      kind: 'usage',
      what: `${printable(file)} is no file that can be read again and again`,
      where: '--tokens',
      next: 'give a file of its own, such as /etc/drain/tokens.yaml: it is read whenever it changes',
    });
  }
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
