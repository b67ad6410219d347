import type { Result } from '../../domain/failure.ts';
import type { CheckSpec, GateSet, GateSpec } from '../../domain/health/gate.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import { parseCheck } from '../checks/check-spec.ts';
import { parseGateCommand, parseGateHttp, parseGatePrometheus } from '../checks/gate-specs.ts';
import type { OptionName } from '../options/options.ts';
import type { OptionReader } from '../options/read-values.ts';

/** `--check` and the gates, or nothing where there are none. */
export function gateSettings(reader: OptionReader): { readonly gates?: GateSet } {
  const check = checkOf(reader);
  const gates = [
    ...gatesOf(reader, 'gateCommand', parseGateCommand),
    ...gatesOf(reader, 'gateHttp', parseGateHttp),
    ...gatesOf(reader, 'gatePrometheus', parseGatePrometheus),
  ];
  if (!check && gates.length === 0) return {};
  return { gates: check ? { check, gates } : { gates } };
}

/** `--check`, also where a config file or the environment says what is to be without one. */
function checkOf(reader: OptionReader): CheckSpec | undefined {
  const isTyped = reader.option('noCheck')?.layer === 'command-line';
  if (
    reader.has('check') &&
    reader.flag('noCheck') &&
    (isTyped || reader.together('check', 'noCheck'))
  ) {
    const next = 'give one of them: --no-check is for a rollout without a check';
    reader.refuse('noCheck', '--check and --no-check contradict each other', next);
  }
  const given = reader.option('check');
  if (!given) return undefined;
  return given.check ?? parsed(reader, 'check', parseCheck, given.values.at(-1) ?? '');
}

const gatesOf = (
  reader: OptionReader,
  name: OptionName,
  parse: (text: string) => Result<GateSpec>,
): readonly GateSpec[] => {
  const { gates, values = [] } = reader.option(name) ?? {};
  return gates ?? values.flatMap((text) => parsed(reader, name, parse, text) ?? []);
};

function parsed<T>(
  reader: OptionReader,
  name: OptionName,
  parse: (text: string) => Result<T>,
  text: string,
): T | undefined {
  const result = parse(text);
  if (result.ok) return result.value;
  reader.refuse(name, result.failure.what, adviceText(result.failure.next ?? ''));
  return undefined;
}
