import { inOneLine } from '../../daemons/troubles.ts';
import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import { type Failure, fail, type Result } from '../../domain/failure.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';

/** Takes over a file that was read again; what a process begins with takes another process. */
export function reloadedSettings(
  inForce: KubeSettings,
  read: Result<KubeSettings>,
): Result<KubeSettings> {
  if (!read.ok) return read;
  const changed = begunWith.filter((name) => !isSame(inForce[name], read.value[name]));
  return changed.length === 0 ? read : fail(takesRestart(changed));
}

const begunWith = ['cluster', 'access', 'directors', 'namespaces'] as const;

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const takesRestart = (names: readonly string[]): Failure => ({
  kind: 'usage',
  what: `${names.join(', ')} cannot change while drain kube runs`,
  next: 'start it again',
});

export const reloadNotice = (reloaded: Result<KubeSettings>): KubeNoticeBody =>
  reloaded.ok
    ? { type: 'reloaded' }
    : { type: 'reload-refused', message: inOneLine(reloaded.failure) };
