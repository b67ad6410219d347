import type { StopRequest, StopSwitch } from '../rollout/ports.ts';

/** npm and shells hand a Ctrl-C of the terminal on, so that it arrives twice. */
const echoMs = 500;

/**
 * SIGINT and SIGTERM as requests that the engine reads between two actions, never in the middle of
 * one. A lost terminal (SIGHUP) ends nothing: the rollout goes on.
 */
export function listenForStop(
  source: Pick<NodeJS.Process, 'on'>,
  nowMs: () => number = () => performance.now(),
): StopSwitch {
  let request: StopRequest | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  let controller = new AbortController();
  const on = (signal: StopRequest['signal']) => (): void => {
    const isEcho = nowMs() - lastMs < echoMs;
    lastMs = nowMs();
    if (isEcho) return;
    request = request ? { ...request, again: true } : { signal, again: false };
    const last = controller;
    controller = new AbortController();
    last.abort();
  };
  source.on('SIGINT', on('sigint'));
  source.on('SIGTERM', on('sigterm'));
  source.on('SIGHUP', () => {});
  return { requested: () => request, signal: () => controller.signal };
}
