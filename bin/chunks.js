const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/**
 * The chunks that build/build.js has made in `folder`. `load('main.js')` runs one, and what it requires,
 * unless it has run before. Beside a chunk lies its code cache, what V8 made of its text when it was
 * built: half of the start of a short command is compiling, else. Another Node than the one that built
 * it refuses the cache and compiles; nothing else changes. V8 compares no more of the text than its
 * length, so a cache is only kept for chunks whose name has a hash of it.
 */
exports.openChunks = (folder) => {
  const scripts = new Map();
  const modules = new Map();

  function compile(name) {
    const filename = join(folder, name);
    const cachedData = readIfThere(`${filename}.cache`);
    const script = new Script(readFileSync(filename, 'utf8'), { filename, cachedData });
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

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
