/** A director that the config file has a name for. */
export interface KnownDirector {
  /** The place as `--director` takes it: `ssh://root@10.0.0.9`, `local`, `sim:FILE`. */
  readonly where: string;
  /** The words that call ipvsadm there, whatever is usual elsewhere. */
  readonly ipvsadm?: string;
}

export type KnownDirectors = ReadonlyMap<string, KnownDirector>;

/** A director of `--director`, with what it takes to open it. */
export interface NamedDirector {
  readonly where: string;
  readonly ipvsadm: string;
  /** The name in the config file; absent where `where` says it all. */
  readonly name?: string;
}

/**
 * Resolves the text of a `--director` through the names of the config file. A director that has an
 * `ipvsadm` of its own there keeps it; `ipvsadm` is for all others.
 */
export function resolveDirector(
  text: string,
  known: KnownDirectors,
  ipvsadm: string,
): NamedDirector {
  const found = known.get(text);
  return found ? { ipvsadm, ...found, name: text } : { where: text, ipvsadm };
}
