import type { Result } from '../../domain/failure.ts';
import type { ConfJob, TestAnswer } from './job.ts';

/** What the running keepalived has read, file by file. */
export interface RunningConf {
  /** `-i`, or the first part of the host's name: what conditions are compared with. */
  readonly configId: string;
  /** The main file first. */
  readonly files: readonly RunningFile[];
}

export interface RunningFile {
  /** The file itself, past any symbolic link. */
  readonly path: string;
  /** The folder that it was opened in, which the includes in it begin from. */
  readonly folder: string;
  /** The file that includes it; absent for the main one. */
  readonly includedBy?: string | undefined;
  /** Lines as keepalived has read them. */
  readonly lines: readonly string[];
}

/** The place in which the files of an edit lie, beside the file that is edited. */
export type JobFile = 'backup' | 'draft';

/** The running keepalived. Every call may fail. */
export interface Keepalived {
  /** Undefined where none runs. */
  running(): Promise<Result<RunningConf | undefined>>;
  /** keepalived's own test of its main file and what that includes. */
  test(): Promise<Result<TestAnswer>>;
  /** The same, of another file in the place of the main one. */
  testFile(path: string): Promise<Result<TestAnswer>>;
  reload(): Promise<Result<void>>;
}

/** The files on its machine, and those of an edit beside them. Every call may fail. */
export interface ConfFiles {
  /** The bytes of a file, a character each; undefined for none. */
  read(path: string): Promise<Result<string | undefined>>;
  /** The files that an include of a file in that folder names, as keepalived's glob(3) does. */
  included(pattern: string, folder: string): Promise<Result<readonly string[]>>;
  /** The edit of a file that is under way, by whomever. */
  readJob(path: string): Promise<Result<ConfJob | undefined>>;
  /** Keeps a job for good. */
  writeJob(job: ConfJob): Promise<Result<void>>;
  readJobFile(job: ConfJob, which: JobFile): Promise<Result<string | undefined>>;
  /** Writes the edited text beside the file, with the file's owner and mode. */
  writeDraft(job: ConfJob, text: string): Promise<Result<void>>;
  /**
   * Gives the file a second name, of the backup, and lets the draft take its place. Refused where the file is
   * not the one from before.
   */
  swap(job: ConfJob): Promise<Result<void>>;
  /** Lets the backup take the place of the edited file. Refused where that is not the edited one. */
  putBack(job: ConfJob): Promise<Result<void>>;
  /** Takes the job away, with all that it has left beside the file, but for the backup where that is kept. */
  endJob(job: ConfJob, options: { readonly keepsBackup: boolean }): Promise<Result<void>>;
  /** Keeps every other process from editing that file, until it is let go or this process ends. */
  lock(path: string): Promise<Result<() => void>>;
  /** Does something with a text in a file beside that one, for as long as it lasts. */
  withTextBeside<T>(
    path: string,
    text: string,
    use: (file: string) => Promise<Result<T>>,
  ): Promise<Result<T>>;
  /** The backup of a job, for a person. */
  backupOf(job: ConfJob): string;
}

/** The machine on which keepalived runs and its configuration lies. */
export interface ConfHost extends Keepalived, ConfFiles {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}
