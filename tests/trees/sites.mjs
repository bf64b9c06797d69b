// Trees of pages: written by hand, or by generators of documentation. What the fields mean is in `trees.mjs`.

export const SITES = [
  {
    name: 'reveal.js',
    kind: 'written by hand',
    from: { here: 'node_modules/reveal.js' },
    pages: ['demo.html', 'index.html'],
    floor: 100,
  },
  {
    name: 'impress.js',
    kind: 'written by hand',
    from: { npm: 'impress.js@1.1.0' },
    folder: 'package',
    pages: ['index.html'],
    floor: 100,
  },
  {
    name: 'MathJax 2',
    kind: 'a loader of its own, fonts by computed names',
    from: { npm: 'mathjax@2.7.9' },
    folder: 'package',
    pages: ['test/index.html', 'test/sample.html', 'test/sample-dynamic.html'],
    floor: 0,
    // It looks for the element whose `src` ends in its name.
    plain: /\/MathJax\.js/,
  },
  {
    name: 'CKEditor 4',
    kind: 'a large script that looks for itself, and a loader of its own',
    from: { npm: 'ckeditor4@4.25.2' },
    folder: 'package',
    pages: ['samples/index.html', 'samples/old/uicolor.html'],
    floor: 25,
    plain: /\/ckeditor\.js$/,
  },
  {
    name: 'SB Admin 2',
    kind: 'gulp, Bootstrap 4',
    from: { npm: 'startbootstrap-sb-admin-2@4.1.4' },
    folder: 'package',
    pages: ['buttons.html', 'charts.html', 'index.html', 'login.html', 'tables.html'],
    floor: 100,
  },
  {
    name: 'AdminLTE 4',
    kind: 'Astro, Bootstrap 5',
    from: { npm: 'admin-lte@4.0.0' },
    folder: 'package/dist',
    pages: ['index.html', 'index2.html', 'forms/elements.html', 'tables/simple.html'],
    floor: 100,
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
    pages: ['api.html', 'index.html', 'quickstart.html', 'search.html', 'tutorial/index.html'],
    floor: 100,
    engines: ['index.html', 'quickstart.html', 'tutorial/index.html'],
  },
  {
    name: 'Doxygen manual',
    kind: 'Doxygen',
    from: { debian: ['doxygen-doc=1.9.4-4'] },
    folder: 'usr/share/doc/doxygen/html',
    pages: ['index.html', 'config.html', 'diagrams.html', 'examples/afterdoc/html/index.html'],
    floor: 90,
    plain: /sync_on\.png$/, // Written by jQuery.
  },
  {
    name: 'Commons Lang',
    kind: 'javadoc',
    from: { debian: ['libcommons-lang3-java-doc=3.12.0-2+deb12u1'] },
    folder: 'usr/share/doc/libcommons-lang3-java/api',
    pages: ['index.html', 'index-all.html'],
    floor: 55,
  },
];
