/**
 * Secrets that drain takes from its environment: DRAIN_ETCD_PASSWORD, DRAIN_NOTIFY_SECRET,
 * DRAIN_SERVE_TOKEN, DRAIN_GATE_AUTHORIZATION. The name of a file with one in it is none.
 */
const secret = /^DRAIN_\w*(?:PASSWORD|SECRET|TOKEN|AUTHORIZATION)$/;

/** The environment of a command that drain runs: its own without secrets, and `more` on top. */
export function childEnvironment(
  more: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !secret.test(name));
  return { ...Object.fromEntries(own), ...more };
}
