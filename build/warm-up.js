import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import v8 from 'node:v8';

/**
 * `node build/warm-up.js FOLDER`: runs commands that load what most commands load, in this one process,
 * from FOLDER/drain.chunks, and writes FOLDER/loaded.json, the chunks that each of them has loaded first,
 * and FOLDER/NAME.cache for each script: the code of the functions that they have called (see bin/chunks.js).
 */
const require = createRequire(import.meta.url);
const [beside] = process.argv.slice(2);
const { openFile } = require('../bin/open-file.js');
const { scripts, load, loaded, forget } = openFile(join(beside, 'drain.chunks'));

// Not in the temporary folder, where a program may not be allowed to run.
const folder = mkdtempSync(join(beside, 'warm-up-'));
const inFolder = (name, text, mode) => {
  writeFileSync(join(folder, name), text, { mode });
  return join(folder, name);
};

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;
const yaml = inFolder('table.yaml', `table: |\n  ${table.trimEnd().replaceAll('\n', '\n  ')}\n`);

/** What ipvsadm answers when it is asked for the whole state: five listings, in the order asked for. */
const listings = [
  ['Uthreshold Lthreshold ActiveConn InActConn', '0 0 0 0'],
  ['Weight PersistConn ActiveConn InActConn', '100 0 0 0'],
  ['CPS InPPS OutPPS InBPS OutBPS', '0 0 0 0 0'],
].reduce(
  (text, [titles, row]) => `${text}IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port ${titles}
  -> RemoteAddress:Port
TCP 10.0.0.100:80 ${titles.startsWith('CPS') ? row : 'wrr'}
  -> 10.0.0.1:80 ${row}
  -> 10.0.0.3:80 ${row}
`,
  table,
);
const answer = `#!/bin/sh\ncat >/dev/null\ncat <<END\n${listings}Timeout (tcp tcpfin udp): 900 120 300\nEND\n`;
const ipvsadm = inFolder('ipvsadm', answer, 0o755);

// Neither this machine's configuration nor a job's environment is any of its business.
for (const name of Object.keys(process.env)) if (name !== 'PATH') delete process.env[name];
const config = ['--config', inFolder('drain.yaml', '')];
const state = join(folder, 'state');
mkdirSync(state, { mode: 0o700 });
const store = ['--state', state];
const ramp = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '0s', ...config];
const commands = [
  ['--version'],
  ['--help'],
  [...ramp, '--dry-run', '--ipvsadm', ipvsadm],
  [...ramp, '--dry-run', '--director', `sim:${yaml}`],
  ['history', ...config, ...store],
  [...ramp, '--director', `sim:${yaml}`, '--settle', '0s', ...store],
  ['history', ...config, ...store],
];

// V8 refuses code that was made under other flags than it is read under.
v8.setFlagsFromString = () => {};
const write = process.stdout.write;
process.stdout.write = (_text, ...rest) => {
  rest.find((one) => typeof one === 'function')?.();
  return true;
};
process.on('beforeExit', runNext);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const known = new Set();
const groups = [];
runNext();

function noteLoaded() {
  const fresh = loaded().filter((name) => !known.has(name));
  for (const name of fresh) known.add(name);
  if (fresh.length > 0) groups.push(fresh);
}

function runNext() {
  if (process.exitCode) return;
  noteLoaded();
  const command = commands.shift();
  if (!command) return keepCode();
  process.argv.splice(2, Infinity, ...command);
  forget();
  load('main.js');
  // One that waits for nothing would be the last.
  setImmediate(() => {});
}

function keepCode() {
  process.off('beforeExit', runNext);
  process.stdout.write = write;
  writeFileSync(join(beside, 'loaded.json'), JSON.stringify(groups));
  for (const [name, script] of scripts) {
    writeFileSync(join(beside, `${name}.cache`), script.createCachedData());
  }
}
