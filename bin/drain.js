#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { openChunks } = require('./chunks.js');

const dist = join(__dirname, '..', 'dist');
if (existsSync(join(dist, 'main.js'))) openChunks(dist).load('main.js');
else {
  console.error(
    `drain: it is not built: there is no ${join(dist, 'main.js')}. Run \`npm run build\`.`,
  );
  process.exitCode = 1;
}
