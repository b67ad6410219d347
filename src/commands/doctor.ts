import type { GivenOptions } from '../config/options.ts';
import { readPaceSettings, readSettings } from '../config/settings.ts';
import { exitCodeOf, ok, type Result } from '../domain/failure.ts';
import type { Finding } from '../domain/finding.ts';
import type { HostFacts } from '../domain/host-facts.ts';
import type { Snapshot } from '../domain/ipvs.ts';
import { type Diagnosis, diagnoseRollout, diagnoseTable } from '../planner/diagnose.ts';
import { examineUnusable } from '../planner/examine-unusable.ts';
import { slowestOfEach } from '../planner/slowest-drains.ts';
import { formatEstimates, formatFindings } from '../reporters/doctor-report.ts';
import { count } from '../reporters/text/amounts.ts';
import { beforeTheStart, openDirector, resolveRequest, withConfig } from './compile-plan.ts';
import type { Environment, OpenDirector } from './environment.ts';
import { refuse } from './run-plan.ts';

/**
 * `drain doctor`: what stands in the way on this director, and how long a drain would take. With
 * `--from` and `--to` for that rollout, without them for every service. Changes nothing.
 */
export async function doctorCommand(env: Environment, given: GivenOptions): Promise<number> {
  const configured = await withConfig(given);
  if (!configured.ok) return refuse(env, given, [configured.failure]);
  const options = configured.value.given;
  const rollout = options.has('from') || options.has('to') ? readSettings(options) : undefined;
  const pace = rollout ?? readPaceSettings(options);
  if (!pace.ok) return refuse(env, given, [pace.failure]);
  const opened = await openDirector(env, pace.value.tools, configured.value.config);
  if (!opened.ok) return refuse(env, given, [opened.failure]);

  const diagnosed = await diagnose(opened.value, async (table) => {
    if (!rollout?.ok) return ok(diagnoseTable(pace.value, table));
    const { config } = configured.value;
    const request = await resolveRequest(env, config, rollout.value, table.snapshot);
    return request.ok ? ok(diagnoseRollout(request.value, table)) : request;
  });
  if (!diagnosed.ok) return refuse(env, given, [diagnosed.failure]);
  const { findings, estimates } = diagnosed.value;
  const exitCode = exitCodeFor(findings);
  const shown = rollout ? estimates : slowestOfEach(estimates);
  if (pace.value.tools.output === 'json') {
    printJson(env, opened.value, { findings, estimates, exitCode });
  } else {
    env.out(formatFindings(findings, env.columns));
    env.out(formatEstimates(shown, env.columns));
    env.out(`\n${summary(findings)}\n`);
  }
  return exitCode;
}

interface Table {
  readonly director: string;
  readonly snapshot: Snapshot;
  readonly facts: HostFacts;
}

/** A director that cannot be listed is a finding like any other. */
async function diagnose(
  { director }: OpenDirector,
  examine: (table: Table) => Promise<Result<Diagnosis>>,
): Promise<Result<Diagnosis>> {
  const snapshot = await director.snapshot();
  // Not before it: ipvsadm may load the module, and there are no settings without.
  const facts = await director.facts({ version: true });
  if (snapshot.ok) return examine({ director: director.name, snapshot: snapshot.value, facts });
  const findings = examineUnusable(beforeTheStart(snapshot.failure), facts);
  return ok({ findings, estimates: [] });
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

/** One object a line: `finding`s, `estimate`s, and `finished` with the exit code. */
function printJson(
  env: Environment,
  { director, clock }: OpenDirector,
  { findings, estimates, exitCode }: Diagnosis & { readonly exitCode: number },
): void {
  const at = new Date(clock.nowMs()).toISOString();
  const lines = [
    ...findings.map(({ severity, ...finding }) => ({ type: 'finding', severity, ...finding })),
    ...estimates.map(({ service, server, estimate }) => ({
      type: 'estimate',
      service,
      server,
      ...estimate,
    })),
    { type: 'finished', exitCode, message: summary(findings) },
  ];
  for (const line of lines) {
    env.out(`${JSON.stringify({ v: 1, at, director: director.name, ...line })}\n`);
  }
}
