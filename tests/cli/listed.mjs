// Sites of which it matters what their workers install, and how much each file is needed.

import { join } from 'node:path';
import { built, ownFolder, partOf, put, text } from './folder.mjs';

export const page = (...scripts) => `<!doctype html><html lang="en">${scripts.join('')}</html>`;
export const script = (src) => `<script src="${src}"></script>`;
export const chunk = (n, body = '') =>
  `"use strict";(self.webpackChunkapp=self.webpackChunkapp||[]).push([[${n}],{}]);${body}`;
export const RUNTIME = 'r.u=e=>e+"."+{787:"c4e7f8f9",12:"0a1b2c3d"}[e]+".js"';

/** What webpack writes. */
export const WEBPACK = {
  'index.html': page(script('main.8e3f0a1c.js')),
  'main.8e3f0a1c.js': RUNTIME,
  '787.c4e7f8f9.js': chunk(787),
  '787.c4e7f8f9.js.map': '{}',
  '12.0a1b2c3d.js': chunk(12),
  '12.0a1b2c3d.css': 'a { background: url(a.png) }',
  'a.png': 'a',
  '31.9e8d7c6b.js': `${chunk(31)}//${'x'.repeat(2 << 20)}`,
  '404.html': page(script('lost.6f5e4d3c.js')),
  'lost.6f5e4d3c.js': 'for errors alone',
  'photo.5d4c3b2a.png': 'nobody knows who shows that',
};

/** Builds sites in a folder of a test file's own. */
export function sites(name) {
  const folder = ownFolder(name);
  let count = 0;
  /** The list of a site: from each path to how much it is needed, `R`, `O` or `L`. */
  const list = (files) => {
    const src = put(join(folder, `${++count}`), files);
    built(src, `${src}-out`);
    const lines = text(`${src}-out`, partOf(`${src}-out`, 'list.txt')).trimEnd();
    const need = (marks = '') => (marks.includes('l') ? 'L' : marks.includes('o') ? 'O' : 'R');
    const entries = lines.split('\n').map((line) => line.split('\t'));
    return { out: `${src}-out`, list: entries.map(([url, , , marks]) => `${url || '/'}:${need(marks)}`).join(' ') };
  };
  return { folder, list };
}
