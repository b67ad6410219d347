import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file whole or not at all, under a name that somebody gave: a draft that was not there, with a
 * name that nobody can guess, takes its place. So no link of others is followed. Devices stay what they are.
 */
export async function writeGivenFile(
  file: string,
  text: string,
  { mode }: { readonly mode?: number } = {},
): Promise<void> {
  if (file.startsWith('/dev/')) return writeFile(file, text);
  const { randomBytes } = await import('node:crypto');
  const draft = `${file}.${randomBytes(8).toString('hex')}.part`;
  try {
    await writeFile(draft, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}
