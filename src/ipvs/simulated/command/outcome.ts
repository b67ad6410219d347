/** The outcome of a command, or of one line of `-R`. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** True where the process ends, even in the middle of `-R`. */
  readonly stops: boolean;
}

export const success = (stdout = ''): Outcome => ({
  exitCode: 0,
  stdout,
  stderr: '',
  stops: false,
});

/** The outcome of `fail(2, ...)` of ipvsadm.c. */
export const usageError = (message: string): Outcome => ({
  exitCode: 2,
  stdout: '',
  stderr: `${message}\n`,
  stops: true,
});

/** A refusal by the kernel, or of an option unknown to popt: `-R` goes on with the next line. */
export const refusal = (message: string): Outcome => ({
  exitCode: 255,
  stdout: '',
  stderr: `${message}\n`,
  stops: false,
});

export const tryHelp: Outcome = {
  exitCode: 255,
  stdout: '',
  stderr: "Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n",
  stops: true,
};

export const exitWith = (exitCode: number, stdout: string, stderr = ''): Outcome => ({
  exitCode,
  stdout,
  stderr,
  stops: true,
});
