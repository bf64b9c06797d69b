// The three browser engines, each behind the same WebDriver client.
//
// The drivers are started here, on ports of their own, so that the client never looks for one to download. The
// programs are taken from PATH (`node scripts/setup.mjs --browsers` installs them; geckodriver is built into a folder
// outside the checkout, which whoever runs the tests puts on PATH).

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import webdriver from 'selenium-webdriver';
import { which } from '../../scripts/run.mjs';
import { freePort, removeFolder, start, stop, temporaryFolder } from './processes.mjs';
import { until } from './until.mjs';

const ENGINES = {
  Chromium: {
    driver: (port) => ['chromedriver', [`--port=${port}`, '--log-level=SEVERE']],
    capabilities: (folder) => ({
      browserName: 'chrome',
      'goog:chromeOptions': {
        binary: which('chromium'),
        args: [...CHROMIUM_ARGS, `--user-data-dir=${folder}/profile`],
      },
    }),
  },
  Firefox: {
    driver: (port, folder) => ['geckodriver', ['--port', port, '--log', 'error', '--profile-root', folder]],
    capabilities: () => ({
      browserName: 'firefox',
      'moz:firefoxOptions': { binary: which('firefox') ?? which('firefox-esr'), args: ['-headless'] },
    }),
  },
  WebKit: {
    // It has no headless mode, and as root no sandbox.
    needsScreen: true,
    driver: (port) => ['WebKitWebDriver', [`--port=${port}`]],
    environment: { GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
    capabilities: () => ({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
    }),
  },
};

const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The engines to test in: those that the environment names, or else all. One that is missing is a failure. */
export function chosenEngines() {
  const names = process.env.KEEPFRESH_ENGINES?.split(',').map((name) => name.trim()) ?? Object.keys(ENGINES);
  for (const name of names) {
    if (!(name in ENGINES)) throw new Error(`KEEPFRESH_ENGINES names ${name}; it can be ${Object.keys(ENGINES)}`);
  }
  return names;
}

/**
 * Opens a browser that has never been anywhere.
 *
 * @returns its WebDriver session, `devTools` (Chromium), `isGone`, whether it has ended by itself, and `close`, which ends every
 *   process of it.
 */
export async function launch(name) {
  const engine = ENGINES[name];
  const folder = temporaryFolder('browser');
  const programs = [];
  const close = async () => {
    for (const program of programs.reverse()) await stop(program);
    removeFolder(folder);
  };
  try {
    const env = { ...engine.environment, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    if (engine.needsScreen) env.DISPLAY = await openScreen(programs);
    const port = await freePort();
    const program = start(...engine.driver(port, folder), { env });
    programs.push(program);
    const server = `http://127.0.0.1:${port}`;
    await until(`${program.child.spawnfile} to be ready`, () => isReady(server, program));
    const driver = await session(server, engine.capabilities(folder));
    return {
      name,
      driver,
      isGone: () =>
        driver.getAllWindowHandles().then(
          () => false,
          () => true,
        ),
      devTools: (command, params) => devTools(server, driver, command, params),
      close: () =>
        driver
          .quit()
          .catch(() => {})
          .then(close),
    };
  } catch (error) {
    const said = programs.flatMap(({ lines }) => lines).join('\n');
    await close();
    throw new Error(`${name} did not start: ${error.message}\n${said}\n${HINT}`, { cause: error });
  }
}

const HINT = 'Install it with `node scripts/setup.mjs --browsers`, or leave it out of KEEPFRESH_ENGINES.';

/** A screen that nobody sees. The X server picks a free one and says which. */
async function openScreen(programs) {
  const args = ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'];
  const program = start('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  programs.push(program);
  const number = await until('Xvfb to open a screen', () => program.lines.find((line) => /^\d+$/.test(line)));
  return `:${number}`;
}

async function isReady(server, { child, lines }) {
  if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}: ${lines.join('\n')}`);
  const answer = await fetch(`${server}/status`);
  return (await answer.json()).value.ready;
}

/** What only Chromium's own protocol can do, in the tab that the driver is at. */
async function devTools(server, driver, cmd, params) {
  const id = (await driver.getSession()).getId();
  const body = JSON.stringify({ cmd, params });
  const answer = await fetch(`${server}/session/${id}/goog/cdp/execute`, { method: 'POST', body });
  const { value } = await answer.json();
  if (value?.error) throw new Error(`${cmd}: ${value.message}`);
  return value;
}

async function session(server, capabilities) {
  const builder = new webdriver.Builder().disableEnvironmentOverrides().usingServer(server);
  const driver = await builder.withCapabilities(capabilities).build();
  await driver.manage().setTimeouts({ pageLoad: 60_000, script: 60_000 });
  return driver;
}

/** MiniBrowser is no command: distributions keep it beside WebKit's own processes. */
function miniBrowser() {
  const folders = ['/usr/libexec', '/usr/lib', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)];
  const places = folders.map((folder) => join(folder, 'webkit2gtk-4.1', 'MiniBrowser'));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error('there is no webkit2gtk-4.1/MiniBrowser below /usr/lib or /usr/libexec');
  return found;
}
