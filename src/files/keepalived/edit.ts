import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { blockLike } from './block-like.ts';
import { type ConfFile, findServer, findService, oddText, refusal, startOf } from './find.ts';
import {
  beginOfLine,
  indentOf,
  inside,
  insideIndent,
  lineEndAt,
  pastLine,
  type Splice,
  spliced,
} from './layout.ts';
import { statementsOf, wordsOf } from './services.ts';
import { type Conf, parseConf, textOf } from './tree.ts';

/** A change of one real server in keepalived's configuration. */
export type ConfEdit =
  | {
      readonly kind: 'set-weight';
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly weight: number;
    }
  /** A `real_server`, written as that of `like` is where there is none yet, with this weight. */
  | {
      readonly kind: 'insert-server';
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly weight: number;
      readonly like: ServerKey;
    }
  /** None of that server, whether or not there is one. */
  | { readonly kind: 'remove-server'; readonly service: ServiceKey; readonly server: ServerKey }
  /** A FILE_CHECK of a file that drives the weight from now on. */
  | {
      readonly kind: 'track-file';
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly name: string;
      readonly path: string;
    };

/**
 * The files with these edits made, one after the other; files that none of them is about are the same
 * objects. Refused, with line and column, where what an edit is about is not written out.
 */
export function editFiles(
  files: readonly ConfFile[],
  edits: readonly ConfEdit[],
  configId: string,
): Result<readonly ConfFile[]> {
  let now = files;
  for (const edit of edits) {
    const made = splicesOf(now, edit);
    if (!made.ok) return made;
    const { file, splices } = made.value;
    if (splices.length === 0) continue;
    const text = spliced(file.conf.text, splices);
    const edited = { path: file.path, conf: parseConf(text, configId) };
    now = now.map((one) => (one === file ? edited : one));
  }
  return ok(now);
}

interface Edited {
  readonly file: ConfFile;
  readonly splices: readonly Splice[];
}

function splicesOf(files: readonly ConfFile[], edit: ConfEdit): Result<Edited> {
  switch (edit.kind) {
    case 'set-weight':
      return setWeight(files, edit);
    case 'insert-server':
      return insertServer(files, edit);
    case 'remove-server':
      return removeServer(files, edit);
    case 'track-file':
      return trackFile(files, edit);
  }
}

type EditOf<Kind extends ConfEdit['kind']> = Extract<ConfEdit, { kind: Kind }>;

function setWeight(files: readonly ConfFile[], edit: EditOf<'set-weight'>): Result<Edited> {
  const found = findServer(files, edit);
  if (!found.ok) return found;
  const { file, server } = found.value;
  const { conf } = file;
  const odd = server.block.items.find((item) =>
    item.kind === 'odd'
      ? item.token.kind !== 'definition'
      : wordsOf(conf, item)[0]?.startsWith('$') === true,
  );
  if (odd) return fail(refusal(file, startOf(odd), oddText(file, odd)));
  const [weight, second] = statementsOf(conf, server.block, 'weight');
  if (second)
    return fail(refusal(file, startOf(second), `the weight of ${edit.server} is written twice`));
  const { block, statement } = server;
  if (!weight)
    return ok({ file, splices: [inside(conf, { block, statement }, `weight ${edit.weight}`)] });
  const [, value, more] = weight.words;
  if (weight.condition || weight.block || !value || more || !/^\d+$/.test(textOf(conf, value)))
    return fail(refusal(file, startOf(weight), `this weight is not a number alone`));
  if (Number(textOf(conf, value)) === edit.weight) return ok({ file, splices: [] });
  return ok({ file, splices: [{ ...value, text: `${edit.weight}` }] });
}

function insertServer(files: readonly ConfFile[], edit: EditOf<'insert-server'>): Result<Edited> {
  const { service, server, like, weight } = edit;
  const found = findServer(files, { service, server: like });
  if (!found.ok) return found;
  const { file } = found.value;
  if (found.value.service.servers.some(({ key }) => key === server))
    return setWeight(files, { kind: 'set-weight', service, server, weight });
  const copy = blockLike(file, found.value.server, { of: like, for: server, weight });
  if (!copy.ok) return copy;
  const { conf } = file;
  const { close } = found.value.server.block;
  const at = pastLine(conf, close.end);
  const indent = indentOf(conf, startOf(found.value.server.statement));
  const text = `${lineEndAt(conf.text, close.start)}${indent}${copy.value}`;
  return ok({ file, splices: [{ start: at, end: at, text }] });
}

function removeServer(files: readonly ConfFile[], edit: EditOf<'remove-server'>): Result<Edited> {
  const of = findService(files, edit.service);
  if (!of.ok) return of;
  const { servers } = of.value.service;
  if (servers.every(({ key }) => key !== undefined && key !== edit.server))
    return ok({ file: of.value.file, splices: [] });
  const found = findServer(files, edit);
  if (!found.ok) return found;
  const { file, server, service } = found.value;
  const { conf } = file;
  if (service.servers.length === 1) {
    const what = `${edit.server} is the last real server of ${edit.service}`;
    return fail(refusal(file, startOf(server.statement), what));
  }
  const odd = server.block.items.find(
    (item) => item.kind === 'odd' || item.condition !== undefined,
  );
  if (odd) return fail(refusal(file, startOf(odd), oddText(file, odd)));
  const from = startOf(server.statement);
  const { end: to } = server.block.close;
  const start = beginOfLine(conf, from);
  const end = pastLine(conf, to);
  const lineEnd = /^\r*\n/.exec(conf.text.slice(end, end + 80));
  // Blocks that share their line with something else leave the line to it.
  if (start === undefined || (!lineEnd && end < conf.text.length))
    return ok({ file, splices: [{ start: from, end: to, text: '' }] });
  const past = end + (lineEnd?.[0].length ?? 0);
  return ok({ file, splices: [{ start, end: past, text: '' }] });
}

function trackFile(files: readonly ConfFile[], edit: EditOf<'track-file'>): Result<Edited> {
  const found = findServer(files, edit);
  if (!found.ok) return found;
  const { file, server, service } = found.value;
  const { conf } = file;
  const name = /^[\w.:-]+$/.test(edit.name) && /^\/[\w./:-]+$/.test(edit.path);
  if (!name) throw new Error(`a track file is named ${edit.name} ${edit.path}`);
  const taken = trackFilesIn(conf).find((one) => one.name === edit.name);
  if (taken) return fail(refusal(file, taken.at, `there is a track_file ${edit.name} already`));
  const header = startOf(service.statement);
  const start = beginOfLine(conf, header);
  if (start === undefined)
    return fail(refusal(file, header, 'something else stands on the line of this virtual_server'));
  const lineEnd = lineEndAt(conf.text, header);
  const indent = insideIndent(conf, service);
  const outer = [
    `track_file ${edit.name} {`,
    `${indent}file "${edit.path}"`,
    `${indent}weight 1`,
    '}',
  ];
  const { block, statement } = server;
  const check = inside(conf, { block, statement }, [
    'FILE_CHECK {',
    [`track_file ${edit.name}`],
    '}',
  ]);
  return ok({
    file,
    splices: [{ start, end: start, text: outer.map((line) => line + lineEnd).join('') }, check],
  });
}

/** The `track_file` blocks of a file, by name. */
const trackFilesIn = (conf: Conf): readonly { readonly name: string; readonly at: number }[] =>
  conf.items.flatMap((item) => {
    if (item.kind === 'odd') return [];
    const [keyword = '', name = ''] = wordsOf(conf, item);
    return /^(vrrp_)?track_file$/.test(keyword) ? [{ name, at: startOf(item) }] : [];
  });
