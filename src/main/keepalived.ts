import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandWords } from '../domain/command-words.ts';
import type { ConfHost } from '../keepalived/edit/conf-host.ts';
import { localFiles } from '../keepalived/edit/local-files.ts';
import { localKeepalived } from '../keepalived/edit/local-keepalived.ts';

/** The keepalived of this machine, with the files of its configuration. */
export const openKeepalived = (reloadWords?: CommandWords): ConfHost => ({
  ...localFiles,
  ...localKeepalived(reloadWords),
  nowMs: Date.now,
  sleep: (ms) => sleep(ms),
});
