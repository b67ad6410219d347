import { type Operation, operations } from '../../../src/api/openapi/operations.ts';

/** Flags of curl that the docs use, and how many words follow each. */
const flags: Readonly<Record<string, number>> = { '-s': 0, '-N': 0, '-X': 1, '-H': 1, '-d': 1 };

/** Whether the words behind `curl` ask for a page, or for something that the control API has. */
export function isCurl(words: readonly string[]): boolean {
  const urls: string[] = [];
  let method = 'get';
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) urls.push(word);
    else if (!Object.hasOwn(flags, word)) return false;
    else {
      if (word === '-X') method = (words[index + 1] ?? '').toLowerCase();
      if (word === '-d' && method === 'get') method = 'post';
      index += flags[word] ?? 0;
    }
  }
  const [url = '', ...more] = urls;
  if (more.length > 0 || !URL.canParse(url)) return false;
  const { pathname } = new URL(url);
  if (!pathname.startsWith('/v1/')) return true;
  return Object.values<Operation>(operations).some(
    (one) =>
      one.method === method &&
      new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
}
