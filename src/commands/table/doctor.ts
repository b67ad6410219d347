import { readConfigured } from '../../config/files/read-configured.ts';
import { readPaceSettings, readSettings } from '../../config/settings/settings.ts';
import { drainRequest } from '../../control/apply/hand-over.ts';
import { beforeTheStart, timed } from '../../control/fleet.ts';
import type { OpenFleet } from '../../control/ports.ts';
import { scopeOf } from '../../control/scope.ts';
import type { Finding } from '../../domain/failure.ts';
import { exitCodeOf, fail, ok, type Result } from '../../domain/failure.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import type { DrainRequest } from '../../domain/rollout/plan.ts';
import { adviceText, type CommandContext } from '../../domain/rollout/rollout-status.ts';
import {
  type Diagnosis,
  diagnoseFleet,
  diagnoseRollout,
  diagnoseTable,
  slowestOfEach,
} from '../../planner/diagnose/diagnose.ts';
import { examineUnusable } from '../../planner/diagnose/examine-unusable.ts';
import { examineSync } from '../../planner/examine-sync.ts';
import type { DirectorTable } from '../../planner/plan-tables.ts';
import { formatEstimates, formatFindings } from '../../reporters/doctor-report.ts';
import { count } from '../../reporters/text/amounts.ts';
import type { Director } from '../../rollout/ports.ts';
import { showsLive } from '../audience.ts';
import { reachingCommands } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { examineKube, readDoctorKube } from './doctor-kube.ts';

/**
 * `drain doctor`: what is in the way on these directors, and how long a drain would take. With
 * `--from` and `--to` for that rollout, without them for every service. Changes nothing.
 */
export const run: RunCommand = async (env, { given }) => {
  const { config, given: options } = orRefuse(await readConfigured(given), given);
  const rollout = options.has('from') || options.has('to') ? readSettings(options) : undefined;
  const pace = orRefuse(rollout ?? readPaceSettings(options), given);
  const { tools } = pace;
  const kube = await readDoctorKube(given);
  const named = options.has('director') ? undefined : kube?.settings.directors;
  const scope = scopeOf({ ...tools, directors: named ?? tools.directors }, config);
  const opened = orRefuse(
    await env.openDirectors(scope.directors, { paced: showsLive(env, tools) }),
    given,
  );
  const { directors } = opened;
  const looks = await Promise.all([...directors.values()].map((one) => look(one, opened)));
  const tables = looks.flatMap(({ table }) => (table.ok ? [table.value] : []));
  const request = rollout?.ok
    ? await drainRequest(env, rollout.value, { names: scope.names, tables })
    : undefined;
  if (tables.length > 0 && request) orRefuse(request, given);
  const examined = examine(looks, request?.ok ? request.value : undefined, (table) =>
    request?.ok ? diagnoseRollout(request.value, table) : diagnoseTable(pace, table),
  );
  const parts = kube
    ? [...examined, { findings: await examineKube(env, kube, opened.clock.nowMs()), estimates: [] }]
    : examined;
  const findings = parts.flatMap((part) => part.findings);
  const exitCode = exitCodeFor(findings);
  const commands = reachingCommands(tools, options);
  if (tools.output === 'json') {
    printJson(env, opened, { parts, exitCode, commands });
    return exitCode;
  }
  for (const { director, findings: found, estimates } of parts) {
    if (parts.length > 1) env.out(`${director ?? (kube ? 'The cluster' : 'All of them')}:\n`);
    env.out(formatFindings(found, env.columns, commands));
    env.out(formatEstimates(rollout ? estimates : slowestOfEach(estimates), env.columns));
    env.out('\n');
  }
  env.out(`${summary(findings)}\n`);
  return exitCode;
};

/** The findings of one director, or of all of them together. */
interface Part extends Diagnosis {
  readonly director?: string;
}

interface Look {
  readonly director: string;
  readonly facts: HostFacts;
  readonly table: Result<DirectorTable & { readonly facts: HostFacts }>;
}

async function look(director: Director, { clock }: OpenFleet): Promise<Look> {
  const [snapshot, callMs] = await timed(clock, () => director.snapshot());
  // Not before it: ipvsadm may load the module, and there are no settings without.
  const facts = { ...(await director.facts({ version: true, manager: true })), callMs };
  const { name } = director;
  if (!snapshot.ok) return { director: name, facts, table: fail(snapshot.failure) };
  const sync = await director.syncDaemons();
  return {
    director: name,
    facts,
    table: ok({
      director: name,
      snapshot: snapshot.value,
      facts,
      ...(sync.ok ? { syncDaemons: sync.value } : {}),
    }),
  };
}

/** A director that cannot be listed is a finding like any other. */
function examine(
  looks: readonly Look[],
  request: DrainRequest | undefined,
  diagnose: (table: DirectorTable & { readonly facts: HostFacts }) => Diagnosis,
): readonly Part[] {
  const parts = looks.map(({ director, facts, table }): Part => {
    if (table.ok) {
      const diagnosed = diagnose(table.value);
      const alone = looks.length === 1 ? examineSync([table.value]) : [];
      return { director, ...diagnosed, findings: [...diagnosed.findings, ...alone] };
    }
    const findings = examineUnusable(beforeTheStart(table.failure), facts);
    return { director, findings, estimates: [] };
  });
  const tables = looks.flatMap(({ table }) => (table.ok ? [table.value] : []));
  if (tables.length < 2) return parts;
  return [...parts, { findings: diagnoseFleet(request, tables), estimates: [] }];
}

const errorsIn = (findings: readonly Finding[]) =>
  findings.flatMap((finding) => (finding.severity === 'error' ? [finding] : []));

/** Preflight weighs more than usage: the machine has to be mended first. */
function exitCodeFor(findings: readonly Finding[]): number {
  const kinds = errorsIn(findings).map(({ kind }) => kind ?? 'usage');
  const [first] = kinds;
  if (first === undefined) return 0;
  return exitCodeOf(kinds.includes('preflight') ? 'preflight' : first);
}

function summary(findings: readonly Finding[]): string {
  const errors = errorsIn(findings).length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  if (errors === 0 && warnings === 0) return 'nothing stands in the way';
  const found = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  return found.join(' and ');
}

interface Told {
  readonly parts: readonly Part[];
  readonly exitCode: number;
  readonly commands: CommandContext;
}

/** Prints an object a line: `finding`s, `estimate`s, and `finished` with the exit code. */
function printJson(
  env: Environment,
  { directors, clock }: OpenFleet,
  { parts, exitCode, commands }: Told,
): void {
  const at = new Date(clock.nowMs()).toISOString();
  const of = (director: string | undefined) => (director === undefined ? {} : { director });
  const found = parts.flatMap(({ director, findings, estimates }) => [
    ...findings.map((finding) => ({
      ...of(director),
      type: 'finding',
      ...finding,
      ...('next' in finding && finding.next !== undefined
        ? { next: adviceText(finding.next, commands) }
        : {}),
    })),
    ...estimates.map(({ service, server, estimate }) => ({
      ...of(director),
      type: 'estimate',
      service,
      server,
      ...estimate,
    })),
  ]);
  const [only] = directors.size === 1 ? directors.keys() : [];
  const message = summary(parts.flatMap(({ findings }) => findings));
  for (const line of [...found, { ...of(only), type: 'finished', exitCode, message }]) {
    env.out(`${JSON.stringify({ v: 1, at, ...line })}\n`);
  }
}
