// Starts real servers in the foreground, as an unprivileged process, with a configuration of their own.

import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { server } from './install.mjs';

/** `nobody`: nginx and Apache change to another user where they are started as root, and so do we. */
const NOBODY = 65534;

const TYPES = `text/html html; text/css css; text/javascript js; application/json json; text/plain txt; image/png png;
  image/svg+xml svg; image/x-icon ico; font/woff2 woff2; application/manifest+json webmanifest;`;

/** Each: the text of its configuration, and its arguments. */
const CONFIGURATIONS = {
  nginx: ({ out, root, folder, port, log }) => [
    `daemon off; pid nginx.pid; error_log stderr; worker_processes 1; events {}
     http {
       types { ${TYPES} } default_type application/octet-stream;
       log_format sent '$request_uri $status $bytes_sent'; access_log ${log ? `${folder}/access.log sent` : 'off'};
       gzip on; gzip_types text/css text/javascript application/json text/plain image/svg+xml;
       client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
       server {
         listen 127.0.0.1:${port}; root ${root}; index index.html;
         ${existsSync(`${out}/.keepfresh/nginx.conf`) ? `include ${out}/.keepfresh/nginx.conf;` : ''}
         location / { try_files $uri $uri/ $uri.html =404; }
       }
     }`,
    ['-p', folder, '-e', 'stderr', '-c', join(folder, 'conf')],
  ],
  apache: ({ root, folder, port, modules }) => {
    const wanted = ['mpm_event', 'authz_core', 'headers', 'dir', 'mime', 'negotiation'];
    const load = wanted.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`);
    return [
      `${load.join('\n')}
       ServerRoot ${folder}
       ServerName localhost
       Listen 127.0.0.1:${port}
       PidFile ${folder}/pid
       DefaultRuntimeDir ${folder}
       ErrorLog ${folder}/log
       TypesConfig /dev/null
       DocumentRoot ${root}
       DirectoryIndex index.html
       AddType text/html .html
       AddType text/css .css
       <Directory ${root}>
         Options FollowSymLinks MultiViews
         AllowOverride FileInfo
         Require all granted
       </Directory>`,
      ['-X', '-d', folder, '-f', join(folder, 'conf')],
    ];
  },
  caddy: ({ out, root, folder, port }) => [
    `{
       admin off
       auto_https off
       storage file_system ${folder}
     }
     import ${out}/.keepfresh/Caddyfile
     http://localhost:${port} {
       bind 127.0.0.1
       root * ${root}
       import keepfresh
       try_files {path} {path}/index.html {path}.html
       file_server
     }`,
    ['run', '--adapter', 'caddyfile', '--config', join(folder, 'conf')],
  ],
};

/**
 * Starts one for a site.
 *
 * @param site `{out, root, base}`: what was built, which folder is served, and under which path the site is in it; `port`, if it
 *   is to be a certain one, and `log`, if nginx is to write what it has sent into `access.log`.
 * @param folder its own; it is made, if it is not there.
 * @returns `{ask, stop, url}`. `ask(url)` answers `{status, headers}`, every line by its name.
 */
export async function start(name, site, folder) {
  const { program, modules, env } = server(name);
  const { port = await freePort() } = site;
  mkdirSync(folder, { recursive: true });
  const [text, args] = CONFIGURATIONS[name]({ ...site, folder, port, modules });
  writeFileSync(join(folder, 'conf'), text);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...user };
  const child = spawn(program, args, { ...options, env: { ...process.env, HOME: folder, ...env } });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => (told += chunk));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  for (let tries = 0; ; tries++) {
    const { status } = await ask(port, site.base).catch(() => ({}));
    if (status < 500) break;
    if (status || child.exitCode !== null || tries > 200) {
      child.kill();
      // Apache says only here what is wrong with the rules of a folder.
      const log = join(folder, 'log');
      throw new Error(`${name} cannot use this: ${told}${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
    }
    await sleep(50);
  }
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { ask: (url) => ask(port, url), stop, url: `http://127.0.0.1:${port}` };
}

function ask(port, path) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host: `localhost:${port}` } }, (response) => {
      const headers = {};
      const raw = response.rawHeaders;
      for (let at = 0; at < raw.length; at += 2) (headers[raw[at].toLowerCase()] ??= []).push(raw[at + 1]);
      response.resume().on('end', () => resolve({ status: response.statusCode, headers }));
    });
    asked.on('error', reject).end();
  });
}

function freePort() {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
