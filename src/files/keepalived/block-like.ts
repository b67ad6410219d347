import { canonicalAddress, type ServerKey, splitServerKey } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { type ConfFile, oddText, refusal, startOf } from './find.ts';
import { indentOf, inside, spliced } from './layout.ts';
import { type ConfServer, statementsOf, wordsOf } from './services.ts';
import { type Conf, parseConf, type Statement, textOf, within } from './tree.ts';

interface Copied {
  /** The server whose block is copied, and the one that the copy is for. */
  readonly of: ServerKey;
  readonly for: ServerKey;
  readonly weight: number;
}

/**
 * The block of another real server, written as this one is, without its comments and without a check of a
 * track file, which is one server's own. Its address, where a check has it, becomes the other's, and so does
 * its port in `connect_port`.
 */
export function blockLike(
  file: ConfFile,
  model: ConfServer,
  { of, for: server, weight }: Copied,
): Result<string> {
  const { conf } = file;
  const { statement, block } = model;
  for (const item of within(block.items)) {
    if (item.kind === 'odd' || item.condition || wordsOf(conf, item)[0]?.startsWith('$'))
      return fail(refusal(file, startOf(item), oddText(file, item)));
  }
  const [weightOf, second] = statementsOf(conf, block, 'weight');
  if (second) return fail(refusal(file, startOf(second), `the weight of ${of} is written twice`));
  const replaced = wordsFor(file, model, { of, for: server });
  if (!replaced.ok) return replaced;
  const words = new Map(replaced.value);
  if (weightOf?.words[1]) words.set(weightOf.words[1].start, `${weight}`);
  const copy = copied(conf, model, words);
  if (weightOf) return ok(copy);
  const indent = indentOf(conf, startOf(statement));
  return ok(withWeight(indent + copy, weight).slice(indent.length));
}

/** What stands in a copy in the place of words, by where these begin. */
function wordsFor(
  file: ConfFile,
  { statement, block }: ConfServer,
  { of, for: server }: Omit<Copied, 'weight'>,
): Result<ReadonlyMap<number, string>> {
  const { conf } = file;
  const old = splitServerKey(of);
  const { address, port } = splitServerKey(server);
  const replaced = new Map<number, string>();
  const [, addressWord, portWord] = statement.words;
  if (addressWord) replaced.set(addressWord.start, portWord ? address : `${address} ${port}`);
  if (portWord) replaced.set(portWord.start, `${port}`);
  const checks = block.items.filter((item) => !isFileCheck(conf, item));
  for (const item of within(checks)) {
    if (item.kind === 'odd') continue;
    const keyword = wordsOf(conf, item)[0];
    for (const word of item.words.slice(1)) {
      const text = textOf(conf, word);
      if (canonicalAddress(text) === old.address) replaced.set(word.start, address);
      else if (keyword === 'connect_port' && text === `${old.port}`)
        replaced.set(word.start, `${port}`);
      else if (mentions(text, old.address)) {
        const what = `the block of ${of}, of which a copy is wanted for ${server}, has its address here`;
        return fail(refusal(file, word.start, what));
      }
    }
  }
  return ok(replaced);
}

const mentions = (text: string, address: string): boolean => {
  const at = text.indexOf(address);
  if (at < 0) return false;
  const more = /[0-9A-Fa-f.:]/;
  const behind = text[at + address.length] ?? '';
  return !more.test(text[at - 1] ?? '') && !/[0-9A-Fa-f.]/.test(behind);
};

const isFileCheck = (conf: Conf, item: { readonly kind: string }): item is Statement =>
  item.kind === 'statement' && wordsOf(conf, item as Statement)[0] === 'FILE_CHECK';

function copied(
  conf: Conf,
  { statement, block }: ConfServer,
  words: ReadonlyMap<number, string>,
): string {
  const dropped = block.items.filter((item) => isFileCheck(conf, item));
  const isDropped = (at: number): boolean =>
    dropped.some((item) => at >= startOf(item) && at < (item.block?.close.end ?? 0));
  const [from, to] = [startOf(statement), block.close.end];
  let copy = '';
  for (const token of conf.tokens) {
    if (token.start < from || token.start >= to) continue;
    if (token.kind === 'comment' || isDropped(token.start)) continue;
    copy += words.get(token.start) ?? textOf(conf, token);
  }
  return copy.replace(/[ \t]+(?=\r*\n)/g, '').replace(/(\r*\n)(?:[ \t]*\r*\n)+/g, '$1');
}

function withWeight(text: string, weight: number): string {
  const conf = parseConf(text, '');
  const [statement] = conf.items;
  if (statement?.kind !== 'statement' || !statement.block) return text;
  const { block } = statement;
  return spliced(text, [inside(conf, { statement, block }, `weight ${weight}`)]);
}
