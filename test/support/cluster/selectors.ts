import { ApiError, type ApiObject, isRecord } from './api-object.ts';

export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export function isSelected(object: ApiObject, selection: Selection): boolean {
  const { namespace, labelSelector, fieldSelector } = selection;
  return (
    (namespace === undefined || object.metadata.namespace === namespace) &&
    requirements(labelSelector).every((one) => hasLabel(object.metadata.labels ?? {}, one)) &&
    requirements(fieldSelector).every((one) => hasField(object, one))
  );
}

/** Splits at commas outside of parentheses. */
const requirements = (selector: string | undefined): readonly string[] =>
  (selector ?? '').split(/,(?![^(]*\))/).filter((one) => one !== '');

function hasLabel(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  const [, name = '', isNot, values] = /^(\S+) (not)?\s*in \((.*)\)$/.exec(requirement) ?? [];
  if (values !== undefined) {
    const isIn = values.split(',').some((value) => value.trim() === labels[name]);
    return isNot ? !isIn : isIn;
  }
  if (requirement.startsWith('!')) return labels[requirement.slice(1)] === undefined;
  const { name: label, operator, value } = parts(requirement);
  if (operator === undefined) return label in labels;
  return (labels[label] === value) === (operator !== '!=');
}

function hasField(object: ApiObject, requirement: string): boolean {
  const { name, operator, value } = parts(requirement);
  if (operator === undefined) throw new ApiError(400, 'BadRequest', `no selector: ${requirement}`);
  return (String(fieldOf(object, name) ?? '') === value) === (operator !== '!=');
}

/** Of an Event both groups name the same object: `involvedObject` and `regarding`. */
function fieldOf(object: ApiObject, path: string): unknown {
  const steps = path.split('.');
  const start = steps[0] === 'involvedObject' && !object.involvedObject ? 'regarding' : steps[0];
  return [start ?? '', ...steps.slice(1)].reduce<unknown>(
    (at, step) => (isRecord(at) ? at[step] : undefined),
    object,
  );
}

function parts(requirement: string) {
  const [, name = '', operator, value = ''] = /^([^=!]+)(!=|==?)?(.*)$/.exec(requirement) ?? [];
  return { name, operator, value };
}
