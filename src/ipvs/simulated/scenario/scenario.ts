import { atPlace, type Failure, fail, ok, type Result } from '../../../domain/failure.ts';
import { printable, printableLines } from '../../../domain/printable.ts';
import { readYaml, type YamlSource } from '../../../files/yaml-source.ts';
import { restoreLines } from '../command/restore-lines.ts';
import { runIpvsadm } from '../command/run.ts';
import { Kernel } from '../kernel.ts';
import type { SimulationOptions } from '../simulated-director.ts';
import type { TrafficSpec } from '../traffic/traffic-source.ts';
import { allowedFields, type ScenarioFile, scenarioSchema } from './scenario-schema.ts';
import { trafficSpec } from './scenario-traffic.ts';

/**
 * Reads a scenario in YAML. Every error is a usage failure that names file, line and column and
 * says what is allowed there; the table must be one that ipvsadm takes without a word.
 */
export function parseScenario(text: string, file: string): Result<SimulationOptions> {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const checked = scenarioSchema.safeParse(source.value.value);
  if (!checked.success) return fail(describeIssue(source.value, checked.error.issues[0]));
  return buildOptions(source.value, checked.data, file);
}

type Issue = NonNullable<ReturnType<typeof scenarioSchema.safeParse>['error']>['issues'][number];

function describeIssue(source: YamlSource, issue: Issue | undefined): Failure {
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return {
      kind: 'usage',
      what: `a scenario has no field "${printable(key)}" here`,
      ...atPlace(source.locateKey(path, key)),
      next: `Allowed are ${allowedFields(path).join(', ')}.`,
    };
  }
  const field = path.length > 0 ? `"${printable(path.join('.'))}": ` : '';
  return {
    kind: 'usage',
    what: `the scenario is wrong: ${field}${issue?.message ?? ''}`,
    ...atPlace(source.locate(path)),
    next: 'plans/sim-blue-green.yaml explains every field.',
  };
}

function buildOptions(
  source: YamlSource,
  scenario: ScenarioFile,
  file: string,
): Result<SimulationOptions> {
  const kernel = new Kernel(0);
  const refused = fillTable(kernel, source, scenario.table, file);
  if (refused) return fail(refused);
  const traffic: TrafficSpec[] = [];
  for (const [index, entry] of scenario.traffic.entries()) {
    const spec = trafficSpec(kernel.table, entry);
    if (!spec.ok) {
      const { field, what, next } = spec.failure;
      const place = source.locate(['traffic', index, field]);
      return fail({ kind: 'usage', what, ...atPlace(place), next });
    }
    traffic.push(spec.value);
  }
  const { seed, speed, warmUp: warmUpMs, table, sysctl } = scenario;
  return ok({
    seed,
    speed,
    warmUpMs,
    table,
    sysctl: {
      connReuseMode: sysctl.conn_reuse_mode ?? 1,
      expireNodestConn: sysctl.expire_nodest_conn ?? 0,
      expireQuiescentTemplate: sysctl.expire_quiescent_template ?? 0,
    },
    traffic,
  });
}

function fillTable(
  kernel: Kernel,
  source: YamlSource,
  table: string,
  file: string,
): Failure | undefined {
  for (const [index, line] of table.split('\n').entries()) {
    const [words] = restoreLines(`${line}\n`);
    if (!words) continue;
    const { stderr } = runIpvsadm(kernel, words, '');
    if (stderr === '') continue;
    return {
      kind: 'usage',
      what: `ipvsadm does not take "${printable(line.trim())}": ${printableLines(stderr)}`,
      ...atPlace({
        file: printable(file),
        line: source.firstLineOf(['table']) + index,
        column: 1,
      }),
      next: 'The table is text as `ipvsadm -Sn` prints it.',
    };
  }
  return undefined;
}
