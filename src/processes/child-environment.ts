/**
 * Secrets that drain takes from its environment: DRAIN_ETCD_PASSWORD, DRAIN_NOTIFY_SECRET,
 * DRAIN_SERVE_TOKEN, DRAIN_GATE_AUTHORIZATION. The name of a file with one in it is none.
 */
const secret = /^DRAIN_\w*(?:PASSWORD|SECRET|TOKEN|AUTHORIZATION)$/;
/** Variables of sd_notify(3): a check or a hook does not speak for the daemon. */
const ofManager = /^(?:NOTIFY_SOCKET|WATCHDOG_(?:USEC|PID))$/;

/** The environment of a command that drain runs: its own without secrets, and `more` on top. */
export function childEnvironment(
  more: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) => !secret.test(name) && !ofManager.test(name),
  );
  return { ...Object.fromEntries(own), ...more };
}
