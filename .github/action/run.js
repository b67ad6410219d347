// Becomes drain: in this very process, so that the signals of a cancelled job reach it.
import { argumentsOf } from './arguments.js';

const inputs = process.env.DRAIN_ACTION_INPUTS ?? '{}';
// Gates and commands that drain starts have no use for them.
delete process.env.DRAIN_ACTION_INPUTS;
const read = argumentsOf(JSON.parse(inputs));
if ('mistake' in read) {
  process.stdout.write(`::error title=drain::${read.mistake}\n`);
  process.exitCode = 2;
} else {
  process.argv = [process.execPath, 'drain', ...read.argv];
  await import('../../bin/drain.js');
}
