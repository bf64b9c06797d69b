// The real trees, a line or a few each: where each comes from, what stands in it, and what was measured.

/** The pages of a tree that has one page. */
const INDEX = ['index.html'];

/**
 * Each tree:
 *
 * - `kind`: what made it, for a tree stands for all that its generator makes.
 * - `from`: where it comes from, in one fixed version (`fetch.mjs`); `inner` is an archive inside of that.
 * - `folder`: the folder that is built, inside of what was fetched.
 * - `base`: the path that the tree was made to stand under. Default: `/`.
 * - `pages`: what is opened, of many pages one of each sort.
 * - `floor`: of what its pages load, the percentage that must be cacheable for ever. What was measured, rounded down.
 * - `plain`: why something that no script asked for loads under its own name, with a pattern of its path.
 * - `faults`: pages that the build breaks, with what is wrong. Such a page must fail, until its line is taken out.
 */
export const TREES = [
  {
    name: 'swagger-ui-dist',
    kind: 'webpack, as classic scripts',
    from: { here: 'node_modules/swagger-ui-dist' },
    pages: ['index.html', 'oauth2-redirect.html'],
  },
  {
    name: 'reveal.js',
    kind: 'written by hand',
    from: { here: 'node_modules/reveal.js' },
    pages: ['demo.html', 'index.html'],
  },
  {
    name: 'playwright',
    kind: 'Vite, React, several apps side by side',
    from: { here: 'node_modules/playwright-core/lib/vite' },
    pages: ['dashboard/index.html', 'htmlReport/index.html', 'recorder/index.html', 'traceViewer/index.html', 'traceViewer/snapshot.html', 'traceViewer/uiMode.html'],
  },
  {
    name: 'PDF.js',
    kind: 'the viewer with its worker, modules',
    from: { npm: 'ng2-pdfjs-viewer@26.4.2' },
    folder: 'package/pdfjs',
    pages: ['web/viewer.html'],
  },
  {
    name: 'MathJax 2',
    kind: 'a loader of its own, fonts by computed names',
    from: { npm: 'mathjax@2.7.9' },
    folder: 'package',
    pages: ['test/index.html', 'test/sample.html', 'test/sample-mml.html', 'test/sample-dynamic.html', 'test/sample-macros.html'],
  },
  {
    name: 'impress.js',
    kind: 'written by hand',
    from: { npm: 'impress.js@1.1.0' },
    folder: 'package',
    pages: ['index.html'],
  },
  {
    name: 'SB Admin 2',
    kind: 'gulp, Bootstrap 4',
    from: { npm: 'startbootstrap-sb-admin-2@4.1.4' },
    folder: 'package',
    pages: ['404.html', 'buttons.html', 'charts.html', 'index.html', 'login.html', 'tables.html'],
  },
  {
    name: 'AdminLTE 4',
    kind: 'Astro, Bootstrap 5',
    from: { npm: 'admin-lte@4.0.0' },
    folder: 'package/dist',
    pages: ['index.html', 'index2.html', 'forms/elements.html', 'layout/fixed-sidebar.html', 'tables/simple.html', 'UI/icons.html'],
  },
  {
    name: 'Nuxt devtools',
    kind: 'Nuxt, Vue, import maps',
    from: { npm: '@nuxt/devtools@3.4.4' },
    folder: 'package/dist/client',
    base: '/__NUXT_DEVTOOLS_BASE__/',
    pages: ['index.html', '404.html', 'discovery/index.html'],
  },
  {
    name: 'Vitest UI',
    kind: 'Vite, Vue',
    from: { npm: '@vitest/ui@5.1.1' },
    folder: 'package/dist/client',
    pages: INDEX,
  },
  {
    name: 'Streamlit',
    kind: 'Vite, React, hundreds of chunks',
    from: { pypi: 'streamlit==1.67.0' },
    folder: 'streamlit/static',
    pages: INDEX,
  },
  {
    name: 'JupyterLite',
    kind: 'Rspack, module federation',
    from: { pypi: 'jupyterlite-core==0.8.6', inner: 'jupyterlite_core/jupyterlite-app-0.8.6.tgz' },
    folder: 'package',
    pages: ['index.html', 'lab/index.html', 'notebooks/index.html', 'repl/index.html', 'tree/index.html'],
  },
  {
    name: 'AutoGen Studio',
    kind: 'Gatsby',
    from: { pypi: 'autogenstudio==0.4.2.2' },
    folder: 'autogenstudio/web/ui',
    pages: ['404.html', 'build/index.html', 'gallery/index.html', 'index.html', 'labs/index.html', 'settings/index.html'],
  },
  {
    name: 'LiteLLM',
    kind: 'Next.js, exported',
    from: { pypi: 'litellm==1.74.9' },
    folder: 'litellm/proxy/_experimental/out',
    base: '/litellm-asset-prefix/',
    pages: ['index.html', 'model_hub_table.html', 'onboarding.html'],
  },
  {
    name: 'TensorBoard',
    kind: 'Angular, bundled by Bazel',
    from: { pypi: 'tensorboard==2.21.0', inner: 'tensorboard/webfiles.zip' },
    pages: INDEX,
  },
  {
    name: 'Locust',
    kind: 'Vite, React',
    from: { pypi: 'locust==2.47.0' },
    folder: 'locust/webui/dist',
    pages: ['auth.html', 'index.html'],
  },
  {
    name: 'Flask docs',
    kind: 'Sphinx',
    from: {
      debian: [
        'python-flask-doc=2.2.2-3',
        'libjs-sphinxdoc=5.3.0-4',
        'libjs-jquery=3.6.1+dfsg+~3.5.14-1',
        'libjs-underscore=1.13.4~dfsg+~1.11.4-3',
      ],
    },
    folder: 'usr/share/doc/python-flask-doc/html',
    pages: ['api.html', 'genindex.html', 'index.html', 'quickstart.html', 'search.html', 'tutorial/index.html'],
  },
  {
    name: 'Doxygen manual',
    kind: 'Doxygen',
    from: { debian: ['doxygen-doc=1.9.4-4'] },
    folder: 'usr/share/doc/doxygen/html',
    pages: ['index.html', 'config.html', 'diagrams.html', 'examples/afterdoc/html/index.html'],
  },
  {
    name: 'Commons Lang',
    kind: 'javadoc',
    from: { debian: ['libcommons-lang3-java-doc=3.12.0-2+deb12u1'] },
    folder: 'usr/share/doc/libcommons-lang3-java/api',
    pages: ['index.html', 'index-all.html'],
  },
];
