const { openSync, readSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/**
 * The chunks of `file`, which build/pack.js has written. `load('main.js')` runs one, and what it requires,
 * unless it has run before. The file stays open, so a process that goes on for hours has the chunks it
 * began with, whatever an upgrade puts in their place. Before the text of a chunk lies its code cache,
 * what V8 made of it when it was built: half of the start of a short command is compiling, else. Another
 * Node than the one that built it refuses the cache and compiles; nothing else changes.
 */
exports.openChunks = (file) => {
  const descriptor = openSync(file);
  const folder = dirname(file);
  const { places, start } = readIndex(descriptor);
  const scripts = new Map();
  const modules = new Map();

  function compile(name) {
    const [offset, cached, length] = places[name];
    const bytes = read(descriptor, start + offset, cached + length);
    const cachedData = cached === 0 ? undefined : bytes.subarray(0, cached);
    const script = new Script(bytes.utf8Slice(cached), {
      filename: join(folder, name),
      cachedData,
    });
    scripts.set(name, script);
    return script;
  }

  function load(name) {
    const known = modules.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    const run = (scripts.get(name) ?? compile(name)).runInThisContext();
    run(module.exports, requireFrom, module, pathToFileURL(join(folder, name)).href);
    return module.exports;
  }

  const requireFrom = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));

  return { scripts, load, forget: () => modules.clear() };
};

/** As much as the index of a build has, and more than a page. */
const usual = 16_384;

/** Reads where each chunk is: the length of the index in eight digits, the index, the chunks. */
function readIndex(descriptor) {
  const head = Buffer.allocUnsafeSlow(usual);
  const got = readSync(descriptor, head, 0, usual, 0);
  const length = Number(head.latin1Slice(0, 8));
  const index = 8 + length <= got ? head.subarray(8, 8 + length) : read(descriptor, 8, length);
  return { places: JSON.parse(index.latin1Slice()), start: 8 + length };
}

function read(descriptor, position, length) {
  // Of its own, for V8 copies a cache that is not aligned.
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const got = readSync(descriptor, bytes, at, length - at, position + at);
    if (got === 0) throw new Error('the file of the chunks is shorter than its index says');
    at += got;
  }
  return bytes;
}
