/**
 * A bash loop that runs a command once a second for as long as it succeeds. It waits with a builtin, so that
 * nothing is started but the command, on a pipe of its own: from an input that is closed `read` would not wait.
 */
export const onceASecond = (command: string): string =>
  `exec 3<> <(:); while ${command}; do read -r -t 1 -u 3 _; done`;
