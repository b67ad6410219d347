const bits = [1, 2, 4] as const;

const generic: readonly string[] = ['flag-1', 'flag-2', 'flag-3'];

/** The schedulers that have names of their own for the first flags. */
const named: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh-fallback', 'sh-port'],
  mh: ['mh-fallback', 'mh-port'],
};

/**
 * The names of flags as listings print them: 3 is `sh-fallback,sh-port` for sh and `flag-1,flag-2`
 * for wrr. A flag that the scheduler has no name for leaves an empty name: ipvsadm prints `sh ()`.
 */
export function flagNames(scheduler: string, flags: number): readonly string[] {
  if (flags === 0) return [];
  const names = (named[scheduler] ?? generic).filter((_, index) => flags & (bits[index] ?? 0));
  return names.length > 0 ? names : [''];
}

/** The argument of `-b` as bits, or ipvsadm's message about it. `-s` may follow `-b`. */
export function parseFlags(scheduler: string, text: string): number | string {
  let flags = 0;
  for (const flag of text.split(',').filter((name) => name !== '')) {
    const owner = Object.keys(named).find((name) => named[name]?.includes(flag)) ?? '';
    const names = named[owner] ?? generic;
    if (!names.includes(flag)) return `invalid scheduler flag \`${flag}'`;
    if (owner !== '' && owner !== scheduler) return `incompatible scheduler flag \`${flag}'`;
    flags |= bits[names.indexOf(flag)] ?? 0;
  }
  return flags;
}
