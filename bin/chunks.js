const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/**
 * The chunks that build/pack.js has written. `load('main.js')` runs one, and what it requires, unless it
 * has run before. `read(position, length)` returns a buffer of its own, for V8 copies a cache that is not
 * aligned; `folder` is where the chunks seem to be, in a stack trace. Before the text of a chunk lies its
 * code cache, what V8 made of it when it was built: half of the start of a short command is compiling,
 * else. Another Node than the one that built it refuses the cache and compiles; nothing else changes.
 */
exports.openChunks = ({ read, folder }) => {
  const { places, start } = readIndex(read);
  const scripts = new Map();
  const modules = new Map();

  function compile(name) {
    const [offset, cached, length] = places[name];
    const bytes = read(start + offset, cached + length);
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

/** Reads where each chunk is: the length of the index in eight digits, the index, the chunks. */
function readIndex(read) {
  const length = Number(read(0, 8).latin1Slice());
  return { places: JSON.parse(read(8, length).latin1Slice()), start: 8 + length };
}
