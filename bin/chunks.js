const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/**
 * The chunks that build/pack.js has written. `load('main.js')` runs one, and what it requires, unless it
 * has run before. `read(position, length)` returns a buffer of its own, for V8 copies a cache that is not
 * aligned; `folder` is where the chunks seem to be, in a stack trace. Chunks that most commands load one
 * after the other are one script: read, checked and made once instead of a hundred times. Before the text
 * of a script lies its code cache, what V8 made of it when it was built: half of the start of a short command
 * is compiling, else. Another Node than the one that built it refuses the cache and compiles; nothing else
 * changes.
 */
exports.openChunks = ({ read, folder }) => {
  const { places, start } = readIndex(read);
  const scripts = new Map();
  const makers = new Map();
  const modules = new Map();
  const address = pathToFileURL(join(folder, 'x')).href.slice(0, -1);

  /** Makes the functions of the script that `name` stands in. */
  function compile(name) {
    const [offset, cached, length, names] = places.find((place) => place[3].includes(name));
    const bytes = read(start + offset, cached + length);
    const cachedData = cached === 0 ? undefined : bytes.subarray(0, cached);
    const script = new Script(bytes.utf8Slice(cached), {
      filename: join(folder, names[0]),
      cachedData,
    });
    scripts.set(names[0], script);
    const made = script.runInThisContext();
    for (const [at, chunk] of names.entries()) makers.set(chunk, made[at]);
    return makers.get(name);
  }

  function load(name) {
    const known = modules.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(name, module);
    const make = makers.get(name) ?? compile(name);
    make(module.exports, requireFrom, module, address + name);
    return module.exports;
  }

  const requireFrom = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));

  return { scripts, load, loaded: () => [...modules.keys()], forget: () => modules.clear() };
};

/** Reads where each script is: the length of the index in eight digits, the index, the scripts. */
function readIndex(read) {
  const length = Number(read(0, 8).latin1Slice());
  return { places: JSON.parse(read(8, length).latin1Slice()), start: 8 + length };
}
