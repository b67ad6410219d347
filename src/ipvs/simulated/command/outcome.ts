/** What a command, or one line of `-R`, came to. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The process ends here, even in the middle of `-R`. */
  readonly stops: boolean;
}

export const success = (stdout = ''): Outcome => ({
  exitCode: 0,
  stdout,
  stderr: '',
  stops: false,
});

/** `fail(2, ...)` of ipvsadm.c. */
export const usageError = (message: string): Outcome => ({
  exitCode: 2,
  stdout: '',
  stderr: `${message}\n`,
  stops: true,
});

/** What the kernel refused, or an option that popt does not know: `-R` goes on with the next line. */
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
