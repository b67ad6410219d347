import type { Persistence } from '../../domain/ipvs.ts';
import type { ServiceHeading, ServiceName } from '../listing.ts';
import { isIPv4 } from './host-port.ts';
import type { LineCursor } from './line-cursor.ts';
import { type Problem, takeListedService } from './take-service.ts';

type Attributes = Omit<ServiceHeading, keyof ServiceName>;

/** In most tables nearly every service has the attributes of the one before it. */
export interface LastAttributes {
  text?: string;
  attributes?: Attributes;
}

/** `TCP  10.0.1.100:443 sh (sh-fallback,sh-port) persistent 360 mask 255.255.255.0 pe sip ops`. */
export function takeListedHeading(
  cursor: LineCursor,
  last: LastAttributes,
): ServiceHeading | Problem {
  const name = takeListedService(cursor);
  if (typeof name === 'string') return name;
  const text = cursor.text.slice(cursor.end, cursor.lineEnd);
  if (last.attributes === undefined || last.text !== text) {
    const attributes = takeListedAttributes(cursor);
    if (typeof attributes === 'string') return attributes;
    last.text = text;
    last.attributes = attributes;
  }
  cursor.end = cursor.lineEnd;
  return headingOf(name, last.attributes);
}

function takeListedAttributes(cursor: LineCursor): Attributes | Problem {
  const scheduler = cursor.takeWord();
  if (!isName(scheduler)) return 'expected the name of a scheduler after the virtual service';
  const draft = newDraft(scheduler);
  while (cursor.nextWord()) {
    const problem = takeListedAttribute(cursor, draft);
    if (problem !== undefined) return problem;
  }
  return attributesOf(draft);
}

/** `-s sh -p 360 -M 255.255.255.0 --pe sip -o -b sh-fallback,sh-port`: what follows the service in an `-A` line. */
export function takeSavedAttributes(
  cursor: LineCursor,
  name: ServiceName,
): ServiceHeading | Problem {
  const draft = newDraft('');
  while (cursor.nextWord()) {
    const problem = takeSavedAttribute(cursor, draft);
    if (problem !== undefined) return problem;
  }
  if (draft.scheduler === '') return 'the scheduler (-s) is missing';
  const attributes = attributesOf(draft);
  return typeof attributes === 'string' ? attributes : headingOf(name, attributes);
}

interface Draft {
  scheduler: string;
  flags: readonly string[];
  timeoutS: number | undefined;
  netmask: string | undefined;
  engine: string | undefined;
  onePacket: boolean;
}

function newDraft(scheduler: string): Draft {
  return {
    scheduler,
    flags: [],
    timeoutS: undefined,
    netmask: undefined,
    engine: undefined,
    onePacket: false,
  };
}

function takeListedAttribute(cursor: LineCursor, draft: Draft): Problem | undefined {
  const word = cursor.word();
  if (word === 'persistent') return takeTimeout(cursor, draft);
  if (word === 'mask') return takeMask(cursor, draft);
  if (word === 'pe') return takeEngine(cursor, draft);
  if (word === 'ops') draft.onePacket = true;
  else if (word.startsWith('(') && word.endsWith(')')) return setFlags(word.slice(1, -1), draft);
  else return 'unknown attribute of a virtual service';
  return undefined;
}

function takeSavedAttribute(cursor: LineCursor, draft: Draft): Problem | undefined {
  const word = cursor.word();
  if (word === '-p') return takeTimeout(cursor, draft);
  if (word === '-M') return takeMask(cursor, draft);
  if (word === '--pe') return takeEngine(cursor, draft);
  if (word === '-b') return setFlags(cursor.takeWord(), draft);
  if (word === '-o' || word === '--ops') draft.onePacket = true;
  else if (word === '-s') {
    draft.scheduler = cursor.takeWord();
    return isName(draft.scheduler) ? undefined : 'expected the name of a scheduler after -s';
  } else return 'unknown option of a virtual service';
  return undefined;
}

function takeTimeout(cursor: LineCursor, draft: Draft): Problem | undefined {
  const timeoutS = cursor.takeUint();
  if (timeoutS < 0) return 'the persistence timeout is no number';
  draft.timeoutS = timeoutS;
  return undefined;
}

function takeMask(cursor: LineCursor, draft: Draft): Problem | undefined {
  const mask = cursor.takeWord();
  const prefix = /^\d{1,3}$/.test(mask) ? Number(mask) : 0;
  const valid = isIPv4(cursor.codes, cursor.start, cursor.end) || (prefix >= 1 && prefix <= 128);
  if (!valid) return 'the persistence mask is neither an IPv4 mask nor a prefix length';
  draft.netmask = mask;
  return undefined;
}

function takeEngine(cursor: LineCursor, draft: Draft): Problem | undefined {
  draft.engine = cursor.takeWord();
  return isName(draft.engine) ? undefined : 'expected the name of a persistence engine';
}

function setFlags(flags: string, draft: Draft): Problem | undefined {
  draft.flags = flags.split(',');
  return draft.flags.every(isName) ? undefined : 'expected scheduler flags, joined by commas';
}

/** Names of schedulers, engines and flags: the kernel keeps them in 16 bytes, with the NUL. */
const isName = (word: string): boolean => /^[a-z0-9][\w-]{0,14}$/i.test(word);

function attributesOf(draft: Draft): Attributes | Problem {
  const { scheduler, flags, engine, onePacket } = draft;
  const persistence = persistenceOf(draft);
  if (persistence === undefined && draft.netmask !== undefined) {
    return 'a persistence mask without a persistence timeout';
  }
  return {
    scheduler,
    schedulerFlags: flags,
    ...(persistence && { persistence }),
    ...(engine !== undefined && { engine }),
    onePacket,
  };
}

const headingOf = ({ key, address }: ServiceName, attributes: Attributes): ServiceHeading => ({
  key,
  address,
  ...attributes,
});

function persistenceOf({ timeoutS, netmask }: Draft): Persistence | undefined {
  if (timeoutS === undefined) return undefined;
  return netmask === undefined ? { timeoutS } : { timeoutS, netmask };
}
