import { isIPv4 } from 'node:net';
import type { Protocol, ServiceAddress, ServiceKey } from '../../domain/address.ts';
import type { Persistence } from '../../domain/ipvs/ipvs.ts';
import type { ServiceHeading, ServiceName } from '../listing.ts';
import type { Cursor } from './cursor.ts';
import { type Problem, takeServer } from './problem.ts';

/** The spelling of the parts of a virtual service in a listing. */
interface Spelling {
  readonly protocols: ReadonlyMap<string, Protocol>;
  readonly mark: string;
  readonly ipv6: string;
}

const listed: Spelling = {
  protocols: new Map([
    ['TCP', 'tcp'],
    ['UDP', 'udp'],
    ['SCTP', 'sctp'],
  ]),
  mark: 'FWM',
  ipv6: 'IPv6',
};

const saved: Spelling = {
  protocols: new Map([
    ['-t', 'tcp'],
    ['-u', 'udp'],
    ['--sctp-service', 'sctp'],
  ]),
  mark: '-f',
  ipv6: '-6',
};

/** `TCP  10.0.1.100:80`, `FWM  7`, `FWM  -1 IPv6`. */
export const takeListedService = (cursor: Cursor): ServiceName | Problem =>
  takeService(cursor, listed);

/** `-t 10.0.1.100:80`, `-f 7`, `-f -1 -6`. */
export const takeSavedService = (cursor: Cursor): ServiceName | Problem =>
  takeService(cursor, saved);

function takeService(cursor: Cursor, { protocols, mark, ipv6 }: Spelling): ServiceName | Problem {
  const kind = cursor.takeWord();
  if (kind === mark) return takeFwmark(cursor, ipv6);
  const protocol = protocols.get(kind);
  if (protocol === undefined) return 'expected a virtual service (TCP, UDP, SCTP or FWM)';
  if (!cursor.toWord()) return 'the address of the virtual service is missing';
  const problem = takeServer(cursor);
  if (problem !== undefined) return problem;
  const key = `${protocol}/${cursor.place()}` as ServiceKey;
  const { port } = cursor.scanned;
  return { key, address: { kind: 'address', protocol, address: cursor.address(), port } };
}

/** ipvsadm prints the mark with %d, so one of 2^31 or more comes out negative: -1 is 4294967295. */
function takeFwmark(cursor: Cursor, ipv6: string): ServiceName | Problem {
  const word = cursor.takeWord();
  const mark = /^-?\d{1,10}$/.test(word) ? Number(word) : 0;
  if (mark === 0 || mark < -(2 ** 31) || mark >= 2 ** 32) return 'the firewall mark is no number';
  const unsigned = mark < 0 ? mark + 2 ** 32 : mark;
  const family = cursor.takes(ipv6) ? 6 : 4;
  const address: ServiceAddress = { kind: 'fwmark', mark: unsigned, family };
  return { key: `${family === 6 ? 'fwm6' : 'fwm'}/${unsigned}` as ServiceKey, address };
}

type Attributes = Omit<ServiceHeading, keyof ServiceName>;

/** The attributes of the latest service; in most tables nearly every next one has the same. */
export interface LastAttributes {
  text: string;
  attributes: Attributes | undefined;
}

/**
 * Takes the rest of a service: `sh (sh-fallback,sh-port) persistent 360 mask 255.255.255.0 pe sip
 * ops`.
 */
export function takeListedAttributes(cursor: Cursor, last: LastAttributes): Attributes | Problem {
  if (last.attributes !== undefined && cursor.takesRest(last.text)) return last.attributes;
  const text = cursor.rest();
  const attributes = readListedAttributes(cursor);
  if (typeof attributes === 'string') return attributes;
  last.text = text;
  last.attributes = attributes;
  return attributes;
}

function readListedAttributes(cursor: Cursor): Attributes | Problem {
  const scheduler = cursor.takeWord();
  if (!isName(scheduler)) return 'expected the name of a scheduler after the virtual service';
  const draft = newDraft(scheduler);
  while (cursor.toWord()) {
    const problem = takeListedAttribute(cursor, draft);
    if (problem !== undefined) return problem;
  }
  return attributesOf(draft);
}

/**
 * Takes what follows the name in an `-A` line: `-s sh -p 360 -M 255.255.255.0 --pe sip -o -b
 * sh-fallback,sh-port`.
 */
export function takeSavedAttributes(cursor: Cursor): Attributes | Problem {
  const draft = newDraft('');
  while (cursor.toWord()) {
    const problem = takeSavedAttribute(cursor, draft);
    if (problem !== undefined) return problem;
  }
  if (draft.scheduler === '') return 'the scheduler (-s) is missing';
  return attributesOf(draft);
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

function takeListedAttribute(cursor: Cursor, draft: Draft): Problem | undefined {
  const word = cursor.takeWord();
  if (word === 'persistent') return takeTimeout(cursor, draft);
  if (word === 'mask') return takeMask(cursor, draft);
  if (word === 'pe') return takeEngine(cursor, draft);
  if (word === 'ops') draft.onePacket = true;
  else if (word.startsWith('(') && word.endsWith(')')) return setFlags(word.slice(1, -1), draft);
  else return 'unknown attribute of a virtual service';
  return undefined;
}

function takeSavedAttribute(cursor: Cursor, draft: Draft): Problem | undefined {
  const word = cursor.takeWord();
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

function takeTimeout(cursor: Cursor, draft: Draft): Problem | undefined {
  const timeoutS = cursor.takeUint();
  if (timeoutS < 0) return 'the persistence timeout is no number';
  draft.timeoutS = timeoutS;
  return undefined;
}

function takeMask(cursor: Cursor, draft: Draft): Problem | undefined {
  const mask = cursor.takeWord();
  const prefix = /^\d{1,3}$/.test(mask) ? Number(mask) : 0;
  const valid = isIPv4(mask) || (prefix >= 1 && prefix <= 128);
  if (!valid) return 'the persistence mask is neither an IPv4 mask nor a prefix length';
  draft.netmask = mask;
  return undefined;
}

function takeEngine(cursor: Cursor, draft: Draft): Problem | undefined {
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

function persistenceOf({ timeoutS, netmask }: Draft): Persistence | undefined {
  if (timeoutS === undefined) return undefined;
  return netmask === undefined ? { timeoutS } : { timeoutS, netmask };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A service of these parts, written out because there may be thousands: a spread costs more than
 * all the rest of the line.
 */
export function serviceOf<Server>(
  { key, address }: ServiceName,
  { scheduler, schedulerFlags, onePacket, persistence, engine }: Attributes,
  servers: Server[],
): ServiceHeading & { readonly servers: Server[] } {
  const heading: Mutable<ServiceHeading> & { readonly servers: Server[] } = {
    key,
    address,
    scheduler,
    schedulerFlags,
    onePacket,
    servers,
  };
  if (persistence !== undefined) heading.persistence = persistence;
  if (engine !== undefined) heading.engine = engine;
  return heading;
}
