import { randomBytes } from 'node:crypto';
import { readConfig } from '../../config/files/read-config.ts';
import { type GivenOptions, isOn } from '../../config/options/options.ts';
import { OptionReader, readWhole } from '../../config/options/read-values.ts';
import { usualKubeListen } from '../../config/settings/serve-settings.ts';
import { driveByCluster } from '../../control/kube/drive.ts';
import { createKubeReporter } from '../../control/kube/kube-reporter.ts';
import { inOneLine } from '../../daemons/troubles.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { isSimulated } from '../../domain/places/director-access.ts';
import { isEtcdPlace } from '../../domain/places/etcd-place.ts';
import type { RunCommand } from '../command-line/command.ts';
import { readShow } from '../daemons/show.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { type KubeFile, readKubeFile } from './kube-file.ts';
import { look } from './look.ts';
import { openApi, openKube } from './open-kube.ts';
import { adopt, quorum } from './rows.ts';

/** `drain kube FILE`: runs until it is told to stop, or with `--dry-run` looks once. Returns the exit code. */
export const run: RunCommand = async (env, { given, operands: [file = ''] }) => {
  const kube = orRefuse(await readKubeFile(file));
  if (isOn(given, 'dryRun')) return look(env, { given }, kube);
  const { settings } = kube;
  const { tools, opened, store, ...begun } = await openKube(env, given, settings);
  if (isSimulated(opened.access)) throw new Refusal([onlyLooked], given);
  const needed = orRefuse(readQuorum(given, opened.access.length));
  const api = await openApi(env, settings);
  const { host } = await env.describeHost();
  const { state, output } = tools;
  const emit = createKubeReporter(
    { write: env.out, isJournal: env.journal?.stdout },
    output === 'json' ? 'json' : 'plain',
  );
  const show = await readShow(env, { given, usual: usualKubeListen }, (failure) =>
    emit({
      ...{ v: 1, at: new Date(opened.clock.nowMs()).toISOString(), type: 'warning' },
      ...{ code: 'not-shown', message: inOneLine(failure) },
    }),
  );
  let { floors } = begun;
  return orRefuse(
    await driveByCluster(env, {
      ...{ api, file, settings, opened, store },
      async readSettings() {
        const config = await readConfig(given);
        if (!config.ok) return config;
        const read = settingsOf(await readKubeFile(file));
        if (read.ok) floors = config.value.floors;
        return read;
      },
      floors: () => floors,
      onReload: env.listenForReload,
      isShared: state !== undefined && isEtcdPlace(state),
      adopts: isOn(given, adopt.name),
      quorum: needed,
      stop: env.listenForStop(),
      instance: `${host}_${process.pid}_${randomBytes(4).toString('hex')}`,
      random: Math.random,
      createCheck: env.guardChecks.create,
      turn: env.guardChecks.turn,
      show,
      emit,
    }),
  );
};

const settingsOf = (read: Awaited<ReturnType<typeof readKubeFile>>) =>
  read.ok ? { ok: true as const, value: (read.value satisfies KubeFile).settings } : read;

const onlyLooked: Failure = {
  kind: 'usage',
  what: "a simulated director's time does not pass beside a cluster",
  where: '--director',
  next: 'look at it with --dry-run, or leave the option out',
};

/** So many of the directors; all of them without the option. */
function readQuorum(given: GivenOptions, directors: number): Result<number> {
  const reader = new OptionReader(given);
  const count = reader.read(quorum.name, directors, readWhole(1, directors));
  const failure = reader.failure();
  return failure ? fail(failure) : ok(count);
}
