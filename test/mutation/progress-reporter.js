import { relative } from 'node:path';
import {
  commonTokens,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin';

/**
 * A reporter of Stryker's that says on stderr how far a run of minutes is, and which mutants live as soon
 * as they do: who ends the run early has these. Its result alone is on stdout.
 */
export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.Reporter, 'ten-by-ten', createProgressReporter),
];

createProgressReporter.inject = tokens(commonTokens.options);
function createProgressReporter({ draw: { sample } }) {
  const { unchanged, tested } = progressLines(sample);
  const say = (lines) => process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  return {
    onDryRunCompleted: ({ result }) => say(unchanged(result.tests.length)),
    onMutantTested: (mutant) => say(tested(mutant)),
  };
}

const every = 10;

/** The lines about a run of so many mutants: one for each that lives, and one for each ten. */
export function progressLines(sample) {
  const of = sample === undefined ? '' : ` of ${sample}`;
  let played = 0;
  let live = 0;
  return {
    unchanged: (tests) => [`mutate: ${tests} tests pass without a change, now the mutants`],
    tested(mutant) {
      const { status } = mutant;
      // Refused by the types, or not drawn.
      if (status === 'CompileError' || status === 'Ignored') return [];
      const isLive = status === 'Survived' || status === 'NoCoverage';
      played++;
      if (isLive) live++;
      return [
        ...(isLive ? [`mutate: not noticed: ${nameOf(mutant)}`] : []),
        ...(played % every === 0
          ? [`mutate: ${played}${of} mutants played, ${live} not noticed`]
          : []),
      ];
    },
  };
}

function nameOf({ fileName, location: { start }, mutatorName, replacement = '' }) {
  const at = `${relative(process.cwd(), fileName)}:${start.line}:${start.column}`;
  return `${at} ${mutatorName} -> ${replacement.replaceAll(/\s+/g, ' ')}`;
}
