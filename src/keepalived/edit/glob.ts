import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * The regular files that a pattern names, as glob(3) has it with GLOB_BRACE: `*`, `?`, `[…]` in any part of
 * the path, which match no dot at the begin of a name, and `{a,b}`. Each past its symbolic links.
 */
export async function glob(pattern: string, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const one of alternatives(pattern)) {
    const whole = isAbsolute(one) ? one : join(folder, one);
    for (const path of (await matching(whole.split('/').slice(1), '/')).toSorted()) {
      const there = await stat(path).catch(() => undefined);
      // keepalived passes over what could be run.
      if (there?.isFile() && (there.mode & 0o111) === 0) found.push(await realpath(path));
    }
  }
  return found;
}

async function matching(parts: readonly string[], under: string): Promise<readonly string[]> {
  const [part, ...rest] = parts;
  if (part === undefined) return [under];
  if (!/[*?[]/.test(part)) return matching(rest, resolve(under, part.replace(/\\(.)/g, '$1')));
  const names = await readdir(under).catch(() => []);
  const wanted = nameOf(part);
  const found = await Promise.all(
    names.filter((name) => wanted.test(name)).map((name) => matching(rest, join(under, name))),
  );
  return found.flat();
}

function nameOf(part: string): RegExp {
  const source = part.replace(/\\.|\[[!^]?\]?[^\]]*\]|[\s\S]/g, (piece) => {
    if (piece === '*') return '.*';
    if (piece === '?') return '.';
    if (piece.startsWith('[') && piece.length > 1) {
      const inside = piece
        .slice(1, -1)
        .replace(/^[!^]/, '')
        .replace(/[\\\]^[]/g, '\\$&');
      return /^\[[!^]/.test(piece) ? `[^${inside}]` : `[${inside}]`;
    }
    const character = piece.startsWith('\\') && piece.length > 1 ? piece.slice(1) : piece;
    return character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${part.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 's');
}

/** `a{b,c}d` is `abd` and `acd`. */
function alternatives(pattern: string): readonly string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  let depth = 0;
  const cuts = [open];
  for (let at = open; at < pattern.length; at++) {
    if (pattern[at] === '{') depth++;
    if (pattern[at] === ',' && depth === 1) cuts.push(at);
    if (pattern[at] !== '}' || --depth > 0) continue;
    cuts.push(at);
    const [before, behind] = [pattern.slice(0, open), pattern.slice(at + 1)];
    return cuts
      .slice(1)
      .map((cut, index) => pattern.slice((cuts[index] ?? 0) + 1, cut))
      .flatMap((middle) => alternatives(before + middle + behind));
  }
  return [pattern];
}
