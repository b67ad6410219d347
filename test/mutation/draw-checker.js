import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { CheckStatus } from '@stryker-mutator/api/check';
import {
  commonTokens,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin';
import { createTypeCheck } from './type-check.js';

/**
 * A checker of Stryker's that draws mutants with a seed, and lets only those run. It never draws one that
 * the type check refuses (nobody could commit it, and most tags are of that kind), nor one that only
 * changes a sentence: no decision reads prose, and the words themselves have goldens of their own.
 */
export const strykerPlugins = [declareFactoryPlugin(PluginKind.Checker, 'draw', createDrawChecker)];

createDrawChecker.inject = tokens(commonTokens.options);
function createDrawChecker({ draw: { sample, seed } }) {
  let refused;
  return {
    async init() {},
    async group(mutants) {
      refused = drawFrom(mutants, sample ?? Number.POSITIVE_INFINITY, seed);
      return [mutants.map(({ id }) => id)];
    },
    async check(mutants) {
      return Object.fromEntries(
        mutants.map(({ id }) => {
          const reason = refused.get(id);
          return [
            id,
            reason ? { status: CheckStatus.CompileError, reason } : { status: CheckStatus.Passed },
          ];
        }),
      );
    },
  };
}

/** The reasons why mutants are not run, by their id. */
function drawFrom(mutants, sample, seed) {
  const refusalOf = createTypeCheck();
  const refused = new Map();
  let left = sample;
  const order = mutants
    .map((mutant) => ({ mutant, rank: rankOf(mutant, seed) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  for (const { mutant } of order) {
    const reason = left === 0 ? 'not drawn' : isProse(mutant) ? 'a sentence' : refusalOf(mutant);
    if (reason) refused.set(mutant.id, reason);
    else left--;
  }
  return refused;
}

function rankOf({ fileName, location: { start, end }, replacement }, seed) {
  const file = relative(process.cwd(), fileName);
  const place = [start.line, start.column, end.line, end.column].join(':');
  return createHash('sha256').update(`${seed} ${file} ${place} ${replacement}`).digest('hex');
}

/** Tells whether a mutant changes a text of several words. */
function isProse({ fileName, location: { start, end }, mutatorName }) {
  if (mutatorName !== 'StringLiteral') return false;
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line, end.line + 1);
  lines.push((lines.pop() ?? '').slice(0, end.column));
  return /[a-z]+[,;:]? \S|\S [a-z]+/.test(lines.join('\n').slice(start.column));
}
