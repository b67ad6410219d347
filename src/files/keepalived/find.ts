import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { atPlace, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { type ConfServer, type ConfService, confServices, keywordOf, wordsOf } from './services.ts';
import {
  type Conf,
  type Fault,
  lineAndColumn,
  type OddLine,
  type Statement,
  textOf,
} from './tree.ts';

/** A file of keepalived's configuration that has been read. */
export interface ConfFile {
  readonly path: string;
  readonly conf: Conf;
}

/** A real server of a virtual service, and the file in which both are written. */
export interface FoundServer {
  readonly file: ConfFile;
  readonly service: ConfService;
  readonly server: ConfServer;
}

/** The one file and block in which a virtual service is written, where drain can tell. */
export function findService(
  files: readonly ConfFile[],
  key: ServiceKey,
): Result<{ readonly file: ConfFile; readonly service: ConfService }> {
  for (const file of files) {
    const [fault] = file.conf.faults;
    if (fault) return fail(refusal(file, fault.at, faultTexts[fault.what]));
  }
  const found = files.flatMap((file) =>
    confServices(file.conf)
      .filter((service) => service.key === key)
      .map((service) => ({ file, service })),
  );
  const [first, second] = found;
  if (second) {
    const at = second.service.statement.words[0]?.start ?? 0;
    return fail(refusal(second.file, at, `the virtual server ${key} is written a second time`));
  }
  if (first) {
    const odd = first.service.block.items.find((item) => isMadeFromElsewhere(first.file, item));
    if (odd) return fail(refusal(first.file, startOf(odd), oddText(first.file, odd)));
    return ok(first);
  }
  for (const file of files) {
    const hidden = hiddenService(file);
    if (hidden)
      return fail(refusal(file, hidden.at, `${hidden.what}, and ${key} is written nowhere`));
  }
  return fail({
    kind: 'usage',
    what: `no virtual_server of the configuration is ${key}`,
    where: files.map(({ path }) => printable(path)).join(', '),
    next: 'name a service as drain list has it',
  });
}

/** The block of a real server of a virtual service. */
export function findServer(
  files: readonly ConfFile[],
  { service, server }: { readonly service: ServiceKey; readonly server: ServerKey },
): Result<FoundServer> {
  const there = findService(files, service);
  if (!there.ok) return there;
  const { file, service: found } = there.value;
  const servers = found.servers.filter(({ key }) => key === server);
  const [first, second] = servers;
  if (second) {
    const at = second.statement.words[0]?.start ?? 0;
    return fail(refusal(file, at, `the real server ${server} is written a second time`));
  }
  if (first) return ok({ file, service: found, server: first });
  const unclear = found.servers.find(({ key }) => key === undefined);
  if (unclear) {
    const at = unclear.statement.words[0]?.start ?? 0;
    return fail(refusal(file, at, `the address of this real server is not written out`));
  }
  const { line, column } = lineAndColumn(file.conf.text, found.statement.words[0]?.start ?? 0);
  return fail({
    kind: 'usage',
    what: `the virtual_server ${service} has no real_server ${server}`,
    ...atPlace({ file: printable(file.path), line, column }),
    next: `it has ${found.servers.map(({ key }) => key ?? '?').join(', ') || 'none'}`,
  });
}

const faultTexts: Readonly<Record<Fault['what'], string>> = {
  'opens-nothing': 'this { opens no block of a keyword',
  'closes-nothing': 'this } closes nothing',
  'never-closed': 'this { is never closed',
  'uneven-definition':
    'this definition opens a block that it does not close, or the other way round',
  'too-long': 'keepalived reads what is here, in the 1024th byte of a line, as another line',
};

type Item = Statement | OddLine;

/** Whether a line of a service brings in what is written elsewhere: servers, weights, braces. */
export function isMadeFromElsewhere({ conf }: ConfFile, item: Item): boolean {
  if (item.kind === 'odd') return item.token.kind === 'include' || item.token.kind === 'repeat';
  return keywordOf(conf, item)?.includes('$') === true;
}

export const startOf = (item: Item): number =>
  item.kind === 'odd'
    ? item.token.start
    : (item.condition?.start ?? item.words[0]?.start ?? item.block?.open.start ?? 0);

/** Why drain leaves a line alone. */
export function oddText({ conf }: ConfFile, item: Item): string {
  if (item.kind === 'statement') {
    if (item.condition)
      return `this line depends on the condition ${shown(textOf(conf, item.condition))}`;
    return `this line is made of ${shown(wordsOf(conf, item).find((word) => word.includes('$')) ?? '')}`;
  }
  switch (item.token.kind) {
    case 'include':
      return 'another file is included here';
    case 'repeat':
      return 'this line is repeated with other values';
    case 'skipped':
      return 'this line depends on a condition';
    default:
      return 'this line defines what others are made of';
  }
}

const shown = (text: string): string => printable(text, 40);

/** The first line that could be a virtual service without naming it. */
function hiddenService({
  conf,
}: ConfFile): { readonly at: number; readonly what: string } | undefined {
  for (const item of conf.items) {
    if (item.kind === 'odd') {
      if (item.token.kind !== 'repeat') continue;
      return { at: item.token.start, what: 'this line is repeated with other values' };
    }
    const words = wordsOf(conf, item);
    const at = startOf(item);
    if (words[0]?.startsWith('$')) return { at, what: `this line is made of ${shown(words[0])}` };
    if (words[0] !== 'virtual_server') continue;
    if (words[1] === 'group')
      return { at, what: `this virtual_server has the addresses of a group` };
    if (item.condition) return { at, what: 'this virtual_server depends on a condition' };
    const isNamed = confServices(conf).some(({ statement, key }) => statement === item && key);
    if (!isNamed)
      return { at, what: 'the address or protocol of this virtual_server is not written out' };
  }
  return undefined;
}

/** A refusal of an edit, with its place in the file. */
export function refusal({ path, conf }: ConfFile, at: number, what: string): Failure {
  const { line, column } = lineAndColumn(conf.text, at);
  return {
    kind: 'preflight',
    what: `the configuration cannot be edited here: ${what}`,
    ...atPlace({ file: printable(path), line, column }),
    next: 'edit the file by hand, or write this block out',
  };
}
