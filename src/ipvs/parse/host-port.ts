import type { Codes } from './line-cursor.ts';

const dot = 46;
const zero = 48;
const nine = 57;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;

/**
 * Where the port begins in `10.0.2.11:8080` or `[fd00:2::11]:8080` between `start` and `end`: the
 * index after the last colon. -1 when what stands before it is no IP address. The port itself is
 * not looked at. Listings print addresses in their one spelling, so they are kept as they are.
 */
export function portStart(codes: Codes, start: number, end: number): number {
  let at = end - 1;
  while (at > start && codes[at] !== colon) at--;
  if (at <= start) return -1;
  if (codes[start] !== openBracket) return isIPv4(codes, start, at) ? at + 1 : -1;
  if (codes[at - 1] !== closeBracket) return -1;
  return isIPv6(codes, start + 1, at - 1) ? at + 1 : -1;
}

/** The address of `text.slice(start, port - 1)` without its brackets. */
export function addressOf(text: string, start: number, port: number): string {
  if (text.charCodeAt(start) !== openBracket) return text.slice(start, port - 1);
  return text.slice(start + 1, port - 2);
}

/** Four numbers of 0...255 and three dots. */
export function isIPv4(codes: Codes, start: number, end: number): boolean {
  let dots = 0;
  let digits = 0;
  let value = 0;
  for (let at = start; at < end; at++) {
    const code = codes[at] ?? 0;
    if (code >= zero && code <= nine) {
      value = value * 10 + (code - zero);
      digits++;
      if (digits > 3 || value > 255) return false;
    } else if (code === dot && digits > 0) {
      dots++;
      digits = 0;
      value = 0;
    } else {
      return false;
    }
  }
  return dots === 3 && digits > 0;
}

/** Groups of one to four hex digits, at most one `::`, and perhaps an IPv4 address at the end. */
export function isIPv6(codes: Codes, start: number, end: number): boolean {
  let groups = 0;
  let digits = 0;
  let gap = false;
  let groupStart = start;
  for (let at = start; at < end; at++) {
    const code = codes[at] ?? 0;
    if (isHexDigit(code)) {
      digits++;
      if (digits > 4) return false;
    } else if (code === colon) {
      const doubled = at + 1 < end && codes[at + 1] === colon;
      if (doubled && gap) return false;
      if (digits === 0 && !doubled) return false;
      if (digits > 0) groups++;
      if (doubled) {
        gap = true;
        at++;
      } else if (at + 1 === end) {
        return false;
      }
      digits = 0;
      groupStart = at + 1;
    } else if (code === dot) {
      return isIPv4(codes, groupStart, end) && complete(groups + 2, gap);
    } else {
      return false;
    }
  }
  return complete(digits > 0 ? groups + 1 : groups, gap);
}

const complete = (groups: number, gap: boolean): boolean => (gap ? groups < 8 : groups === 8);

function isHexDigit(code: number): boolean {
  const letter = code | 32;
  return (code >= zero && code <= nine) || (letter >= 97 && letter <= 102);
}
