import type { Result } from '../../domain/failure.ts';

/** A POSIX shell on another machine, with the functions of the lock script in it. */
export interface RemoteShell {
  /**
   * Runs a script there; fails as `unreachable` where there is no way to it. `m` is in the script the
   * word `mark`, which is nowhere else.
   */
  ask(script: string, terms?: { readonly mayStart?: boolean }): Promise<Result<RemoteAnswer>>;
}

export interface RemoteAnswer {
  readonly mark: string;
  readonly output: string;
  /** The exit code of the last command. */
  readonly status: number;
}
