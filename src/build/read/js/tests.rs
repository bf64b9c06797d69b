//! What is read of scripts.

use super::*;

#[test]
fn every_construct_of_javascript_is_read() {
    let cases: [(&str, &[&str]); 49] = [
        ("import './a.js'", &["./a.js"]),
        ("import a, { b as c } from \"./a.js\";", &["./a.js"]),
        ("import * as a from './a.js'", &["./a.js"]),
        ("import a from './a.json' with { type: 'json' }", &["./a.json"]),
        ("export * from './a.js'; export { b } from './b.js'", &["./a.js", "./b.js"]),
        ("export * as ns from './a.js'", &["./a.js"]),
        ("const a = await import('./a.js')", &["./a.js"]),
        ("import(`./a.js`).then(x)", &["./a.js"]),
        ("function f() { return import('./a.js') }", &["./a.js"]),
        ("import(`./${name}.js`)", &[]),
        ("import('./' + name)", &[]),
        ("import(a ? './a.js' : (b || './b.js'))", &["./a.js", "./b.js"]),
        ("import(('./a.js'))", &["./a.js"]),
        ("import(import.meta.resolve('./a.js'))", &["./a.js"]),
        ("import.meta.resolve(name); other.resolve('./a.js')", &[]),
        ("navigator.serviceWorker.register(new URL('./sw.js', import.meta.url))", &[]),
        ("importScripts(a ? 'a.js' : 'b.js')", &["a.js", "b.js"]),
        ("new URL('./a.png', import.meta.url)", &["./a.png"]),
        ("new URL(`/a.png`, ``+import.meta.url); new URL('/b.png', '' + import.meta.url)", &["/a.png", "/b.png"]),
        ("new URL('/b.png', 'x' + import.meta.url)", &[]),
        ("new Worker(new URL('./w.js', import.meta.url), { type: 'module' })", &["./w.js"]),
        ("new URL('./a.png', location.href)", &[]),
        ("new URL('./a.png', new.target.url)", &[]),
        ("// import './a.js'\n/* import('./b.js') */", &[]),
        ("const s = \"import './a.js'\"; const r = /import '.\\/a.js'/", &[]),
        ("import 'react'; import 'https://x.example/a.js'", &["react", "https://x.example/a.js"]),
        ("var x = 1;\n//# sourceMappingURL=a.js.map\n", &["a.js.map"]),
        ("var x = 1;\n//@ sourceMappingURL=a.js.map", &["a.js.map"]),
        ("with (a) { b() }", &[]),
        ("importScripts('a.js', `./b.js`, name, '/c.js')", &["a.js", "./b.js", "/c.js"]),
        ("self.importScripts('a.js'); other.importScripts('b.js'); importScripts()", &["a.js"]),
        ("new Worker('/w.js'); new SharedWorker('/s.js', { name: 'x' })", &["/w.js", "/s.js"]),
        ("new Worker('w.js'); new Worker(url); new Worker(); new Worker('//x.example/w.js')", &[]),
        ("new Worker(new URL('w.js', import.meta.url))", &["w.js"]),
        ("navigator.serviceWorker.register('/sw.js')", &[]),
        ("class Worker2 {} new Worker2('/w.js')", &[]),
        (
            "const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=['./a.js','assets/b.css'])))=>i; import('./c.js')",
            &["./a.js", "assets/b.css", "./c.js"],
        ),
        ("m.f = ['./a.js']; import.meta", &[]),
        (
            "function __vite__mapDeps(i){if(!__vite__mapDeps.viteFileDeps){__vite__mapDeps.viteFileDeps=['a.js']} return import('./c.js')}",
            &["a.js", "./c.js"],
        ),
        (
            "const __vite__fileDeps=['a.js','b.css'],__vite__mapDeps=i=>i; import('./a.js')",
            &["a.js", "b.css", "./a.js"],
        ),
        ("p(()=>import('./a.js'),['x/a.js','x/a.css'])", &["./a.js", "x/a.js", "x/a.css"]),
        ("p(()=>import('./a.js').then(n=>n.a),['./a.js'],import.meta.url)", &["./a.js", "./a.js"]),
        ("p(function(){return import('./a.js')},true?['x/a.js']:void 0)", &["./a.js", "x/a.js"]),
        (
            "p(()=>import('./a.js'),['users']); p(()=>import('./b.js'),['b.js', b]); p('./a.js', ['a.js'])",
            &["./a.js", "./b.js"],
        ),
        ("p(()=>f(),['a.js']); p(()=>1,[import('./a.js'), 'a.js'])", &["./a.js"]),
        ("importShim('/a.js'); self.importShim('/b.js', { with: {} }); importShim('react')", &["/a.js", "/b.js"]),
        ("importShim('./a.js', import.meta.url); window.importShim('./b.js')", &["./a.js"]),
        ("importShim('./a.js', base); other.importShim('/b.js'); importShim()", &[]),
        ("#!/usr/bin/env node\nimport './a.js'", &["./a.js"]),
    ];
    for (source, expected) in cases {
        let found = read(source).unwrap_or_else(|error| panic!("{source}: {error}")).references;
        let urls: Vec<_> = found.iter().map(|reference| reference.url.as_str()).collect();
        assert_eq!(urls, expected, "{source}");
        for reference in found {
            assert_eq!(source[reference.span.clone()], reference.url, "{source}");
        }
    }
}

#[test]
fn what_needs_no_parser_is_read_as_by_it() {
    let cases = [
        ("f()\n//# sourceMappingURL=a.map\n", true),
        ("f()\n//@ sourceMappingURL=a.map", true),
        ("//# sourceMappingURL=a.map", true),
        ("f() //# sourceMappingURL=a.map", false),
        ("//# sourceMappingURL=a.map\nf()", false),
        ("'\\\n//# sourceMappingURL=a.map'", false),
        ("f() // import\n//# sourceMappingURL=a.map", false),
        ("f()", true),
        ("", true),
    ];
    for (source, is_quick) in cases {
        let quick = last_line(source, Place::File);
        assert_eq!(quick.is_some(), is_quick, "{source}");
        if let Some(quick) = quick {
            assert_eq!(Some(quick), parsed(source, Place::File), "{source}");
        }
    }
}

#[test]
fn what_a_shim_imports_in_a_page_is_relative_to_that() {
    let urls = |script: Script| script.references.into_iter().map(|reference| reference.url).collect::<Vec<_>>();
    let source = "importShim('./a.js'); importShim('b')";
    assert_eq!(urls(imports(source)), ["./a.js", "b"]);
    assert_eq!(urls(in_page(source).unwrap()), ["./a.js", "b"]);
}

#[test]
fn what_is_put_together_at_run_time_is_counted() {
    let cases = [
        ("import(`./${name}.js`); import('./a.js'); import(name)", 2),
        ("new URL(name, import.meta.url); new URL('a', b)", 1),
        ("new Worker(name); importScripts(...names); importScripts(name)", 2),
    ];
    for (source, expected) in cases {
        assert_eq!(read(source).unwrap().unknown, expected, "{source}");
    }
}

#[test]
fn what_may_be_reached_by_its_own_name_is_told() {
    let cases: [(&str, &[&str]); 12] = [
        ("import(`./${name}.js`)", &["./*.js"]),
        ("a.split('/'); import(`${name}.js`)", &["/.js"]),
        ("const d = './x/'; import(d + name + '.js')", &["./x/*.js"]),
        ("import('./' + name + '.js?' + v)", &["./*.js?*"]),
        ("import(a ? './a.js' : `/x/${b}`)", &["/x/*"]),
        ("import(name); import('pkg/' + name); import(`${base}/a.js`)", &[]),
        ("import './a.js'; f('./b'); g('c'); import(`${name}.js`)", &["./b.js"]),
        ("import('./a.js'); const all = { x: '../x.js' }; import(all[n])", &["../x.js"]),
        (
            "const all = { a: '/x/a.js', b: `./b.js`, c: '//x/c.js', d: `./${d}.js` }; import(all[n])",
            &["./b.js", "/x/a.js"],
        ),
        ("new URL(`./${name}.png`, import.meta.url)", &[]),
        ("navigator.serviceWorker.register(new URL('./sw.js', import.meta.url))", &["./sw.js"]),
        ("import.meta.resolve(`./${name}.js`)", &["./*.js"]),
    ];
    for (source, expected) in cases {
        assert_eq!(read(source).unwrap().reaches, expected, "{source}");
    }
}

#[test]
fn what_elements_may_load_that_a_script_makes_is_told() {
    let cases: [(&str, &[&str]); 6] = [
        ("import './a.js'; s=d.createElement('script'); s.type='module'; s.src='./a.js'; u='./b/'", &["./a.js"]),
        (
            "for (id of ['a','b/c','see d']) { s=createElement('script'); s.setAttribute('type','module'); s.setAttribute('src',`${id}.js`) }",
            &["a.js", "b/c.js", "module.js", "script.js", "src.js", "type.js"],
        ),
        ("s=d.createElement('p'); s.type='module'; s.src=n+'.js'", &["module.js", "p.js"]),
        ("s=d.createElement('script'); s.type='module'; s.src=url; f('a')", &[]),
        ("s=d.createElement('script'); s.src='./a.js'", &[]),
        ("d.createElement('img'); import module from 'module'; i.src=u+'.png'", &[]),
    ];
    for (source, expected) in cases {
        assert_eq!(read(source).unwrap().pieces.made.into_iter().collect::<Vec<_>>(), expected, "{source}");
    }
}

#[test]
fn what_is_no_javascript_is_an_error() {
    assert!(read("import { from 'x").is_err());
    assert!(read("<!doctype html> import").is_err());
}
