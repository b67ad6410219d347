#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { openFile } = require('./open-file.js');

const chunks = join(__dirname, '..', 'dist', 'drain.chunks');
if (existsSync(chunks)) openFile(chunks).load('main.js');
else {
  console.error(`drain: it is not built: there is no ${chunks}. Run \`npm run build\`.`);
  process.exitCode = 1;
}
