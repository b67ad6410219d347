import {
  commonTokens,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin';

/** A reporter of Stryker's that says on stderr how far a run of minutes is; stdout has its result only. */
export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.Reporter, 'ten-by-ten', createProgressReporter),
];

createProgressReporter.inject = tokens(commonTokens.options);
function createProgressReporter({ draw: { sample } }) {
  const lines = progressLines(sample);
  const say = (line) => line !== undefined && process.stderr.write(`${line}\n`);
  return {
    onDryRunCompleted: ({ result }) => say(lines.unchanged(result.tests.length)),
    onMutantTested: (mutant) => say(lines.tested(mutant)),
  };
}

const every = 10;

/** The lines about a run of so many mutants: one each ten that were played. */
export function progressLines(sample) {
  const of = sample === undefined ? '' : ` of ${sample}`;
  let played = 0;
  let live = 0;
  return {
    unchanged: (tests) => `mutate: ${tests} tests pass without a change, now the mutants`,
    tested({ status }) {
      // Refused by the types, or not drawn.
      if (status === 'CompileError' || status === 'Ignored') return undefined;
      played++;
      if (status === 'Survived' || status === 'NoCoverage') live++;
      return played % every === 0
        ? `mutate: ${played}${of} mutants played, ${live} not noticed`
        : undefined;
    },
  };
}
