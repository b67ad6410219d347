import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/**
 * The difference of two texts as `diff -u` prints it, for `patch FILE`; empty where there is none. The
 * texts are bytes of a file, and the difference is in UTF-8.
 */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const [from, to] = [before, after].map((text) => Buffer.from(text, 'latin1').toString('utf8'));
  return createTwoFilesPatch(path, path, from ?? '', to ?? '', undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
