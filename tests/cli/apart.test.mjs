// What is loaded apart from the pages that people see: by documents in their attributes, and by the page for errors.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, partOf, put, text } from './folder.mjs';

const folder = ownFolder('apart');
const script = (src) => `<script src="${src}"></script>`;
const FALLBACK = '[[routes]]\nmode = "navigate"\npolicy = "network-first"\nfallback = "404.html"\n';
const ERRORS = {
  'index.html': '<p>',
  '404.html': script('main.js'),
  'main.js': 'fetch("data.json")',
  'data.json': '{}',
};

for (const [name, files, expected] of [
  [
    'what a page and a document in its attributes both load is there under both names',
    {
      'index.html': `<link rel="stylesheet" href="a.css">${script('app.js')}
        <iframe srcdoc="<link rel=stylesheet href=a.css><script src=app.js></script><img src=/b.png>"></iframe>`,
      'a.css': 'a{}',
      'app.js': 'f()',
      'b.png': 'b',
    },
    ['/', 'a.KF.css', 'a.css l', 'app.KF.js', 'app.js l', 'b.png l'],
  ],
  ['what the page for errors loads is left out', ERRORS, ['/']],
  [
    'but what its script mentions is not, if the page stands in for others',
    { ...ERRORS, 'keepfresh.toml': FALLBACK },
    ['/', 'data.json l'],
  ],
])
  test(name, () => {
    const src = put(join(folder, name), files);
    const { findings } = JSON.parse(built(src, `${src}-out`, '--json').stdout);
    const lines = text(`${src}-out`, partOf(`${src}-out`, 'list.txt'))
      .trimEnd()
      .split('\n');
    const entry = ([url, , , marks = '']) => `${url.replace(/\.kf\.\w+/, '.KF') || '/'}${/l/.test(marks) ? ' l' : ''}`;
    assert.deepEqual(lines.map((line) => entry(line.split('\t'))).sort(), expected);
    assert.deepEqual(findings, []);
  });
