const { Writable } = require('node:stream');
const { join } = require('node:path');
const { openFile } = require('../../bin/open-file.js');

/**
 * The built command, one after another in one process. Words, folder, environment, streams and all modules
 * are new for each; what is saved is the start of Node and the compiling, most of a short command. A command
 * is over when nothing is left that would keep its process.
 */
const drainJs = join(__dirname, '../../bin/drain.js');
const chunks = openFile(join(__dirname, '../../dist/drain.chunks'));
let printed = { stdout: [], stderr: [] };

function capture(name) {
  const write = (chunk, _encoding, done) => {
    printed[name].push(chunk);
    done();
  };
  Object.defineProperty(process, name, { value: new Writable({ write }), configurable: true });
}

process.on('message', ({ args, cwd, env }) => {
  printed = { stdout: [], stderr: [] };
  capture('stdout');
  capture('stderr');
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [process.execPath, drainJs, ...args];
  process.exitCode = undefined;
  chunks.forget();
  process.channel.unref();
  chunks.load('main.js');
});

process.on('beforeExit', () => {
  if (!process.connected) return;
  const { exitCode } = process;
  for (const listener of theirs('exit')) listener.call(process, exitCode);
  for (const name of process.eventNames()) {
    for (const listener of theirs(name)) process.off(name, listener);
  }
  const [stdout, stderr] = [printed.stdout, printed.stderr].map((all) => `${Buffer.concat(all)}`);
  process.channel.ref();
  process.send({ exitCode, stdout, stderr });
});

/** The listeners that the command has left. */
const theirs = (name) => process.rawListeners(name).filter((one) => !ours.get(name)?.includes(one));
const ours = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
