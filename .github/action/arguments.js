// Inputs of action.yml -> the argv of drain. Plain JavaScript: it runs as it is checked out.

/** Commands of drain, and which inputs are their arguments; those in `optional` may be left out. */
const commands = {
  rollout: [],
  plan: ['plan'],
  'plan add': ['servers'],
  'plan weight': ['servers'],
  'plan out': ['servers'],
  status: ['rollout'],
  report: ['rollout'],
  doctor: [],
  apply: ['plan'],
  out: ['servers'],
  in: ['servers'],
  add: ['servers'],
  weight: ['servers'],
  around: ['servers'],
  resume: ['rollout'],
  promote: ['rollout'],
  rollback: ['rollout'],
  pause: ['rollout'],
  continue: ['rollout'],
};

const optional = ['plan', 'status'];
/** Inputs that are no options. */
const ownInputs = ['command', 'plan', 'rollout', 'servers', 'save', 'run'];
/** Options without a value. */
const flags = [
  'keep',
  'no-check',
  'no-ipvs-gate',
  'restore-scheduler',
  'allow-differences',
  'dry-run',
  'force',
  'override',
];
/** Options that may be given several times; each line is one. */
const repeatable = [
  'from',
  'to',
  'service',
  'gate-command',
  'gate-http',
  'gate-prometheus',
  'director',
];

/**
 * @param {Readonly<Record<string, string>>} inputs
 * @returns {{ argv: string[] } | { mistake: string }}
 */
export function argumentsOf(inputs) {
  const text = (name) => String(inputs[name] ?? '').trim();
  const command = text('command') || 'rollout';
  if (!Object.hasOwn(commands, command)) {
    return { mistake: `command is none of ${Object.keys(commands).join(', ')}` };
  }
  const options = [];
  for (const name of Object.keys(inputs)) {
    const value = text(name);
    if (value === '' || ownInputs.includes(name)) continue;
    if (flags.includes(name)) {
      if (value !== 'true' && value !== 'false') {
        return { mistake: `${name} is neither true nor false` };
      }
      if (value === 'true') options.push(`--${name}`);
      continue;
    }
    const values = repeatable.includes(name) ? linesOf(value) : [value];
    // In one word, so that a value that begins with a dash is no option.
    options.push(...values.map((one) => `--${name}=${one}`));
  }
  if (text('save') !== '') options.push(`--out=${text('save')}`);
  const operands = commands[command].flatMap((name) => operandsOf(name, text(name)));
  if (commands[command].length > 0 && operands.length === 0 && !optional.includes(command)) {
    return { mistake: `${commands[command].join(', ')} is missing for the command ${command}` };
  }
  const dashed = operands.find((operand) => operand.startsWith('-'));
  if (dashed !== undefined) return { mistake: `${commands[command][0]} begins with a dash` };
  const behind = command === 'around' ? wordsOf(text('run')) : [];
  if (command === 'around' && behind.length === 0) {
    return { mistake: 'run is missing for the command around: what is run for each server' };
  }
  return {
    argv: [
      ...(command === 'rollout' ? [] : command.split(' ')),
      ...options,
      ...operands,
      ...(behind.length > 0 ? ['--', ...behind] : []),
    ],
  };
}

const linesOf = (value) =>
  value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Words of a command: a line each, or one line that is split at blanks; no shell reads them. */
const wordsOf = (value) => {
  const lines = linesOf(value);
  return lines.length === 1 ? lines[0].split(/\s+/) : lines;
};

/** A plan's file may have blanks in its name; servers have none. */
const operandsOf = (name, value) =>
  (name === 'servers' ? value.split(/[\s,]+/) : [value]).filter((one) => one !== '');
