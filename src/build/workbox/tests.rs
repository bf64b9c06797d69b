//! What is read of configurations as people write them.

mod mistaken;

use super::*;
use crate::build::routes::compiled;

/// The routes of a text, a line each, and the notes on it.
fn moved(path: &str, source: &str) -> (Vec<String>, Vec<String>) {
    let all = read(path, source).unwrap();
    let routes: Vec<Route> = all.iter().flat_map(|moved| moved.routes.clone()).collect();
    compiled(&routes).unwrap_or_else(|fault| panic!("{source}: {}", fault.0));
    let line = |route: &Route| serde_json::to_string(route).unwrap().replace('"', "");
    (routes.iter().map(line).collect(), all.into_iter().flat_map(|moved| moved.notes).collect())
}

/// Which routes come of a text, and how what is told beside them begins.
fn check(path: &str, source: &str, expected: &[&str], notes: &[&str]) {
    let (routes, told) = moved(path, source);
    assert_eq!(routes, expected, "{source}");
    let is_told = told.len() == notes.len() && told.iter().zip(notes).all(|(told, note)| told.starts_with(note));
    assert!(is_told, "{source}: {told:?}");
}

#[test]
fn what_workbox_is_told_becomes_routes() {
    let cases: [(&str, &[&str], usize); 23] = [
        (
            "registerRoute(({ request }) => request.destination === 'image' && request.destination === 'font', new CacheFirst())",
            &[],
            1,
        ),
        ("registerRoute('/logo.png', new CacheFirst())", &["{path:/logo.png,policy:cache-first}"], 0),
        (
            "workbox.routing.registerRoute(/\\.(?:png|gif)$/, workbox.strategies.cacheFirst({}))",
            &["{path:/*.png,policy:cache-first}", "{path:/*.gif,policy:cache-first}"],
            0,
        ),
        (
            "registerRoute(/\\.(?:png|gif)$/, new workbox.strategies.CacheFirst({ cacheName: 'x', plugins: [new ExpirationPlugin({ maxEntries: 60, maxAgeSeconds: 30 * 24 * 60 * 60 })] }))",
            &[
                "{path:/*.png,policy:cache-first,keepSeconds:2592000,maxEntries:60}",
                "{path:/*.gif,policy:cache-first,keepSeconds:2592000,maxEntries:60}",
            ],
            0,
        ),
        (
            "registerRoute(({ request }) => request.destination === 'style' || request.destination === 'script', new StaleWhileRevalidate())",
            &["{destination:[style,script],policy:stale-while-revalidate}"],
            0,
        ),
        (
            "registerRoute(({ request }) => ['style', 'font'].includes(request.destination), new NetworkFirst({ networkTimeoutSeconds: 3 }))",
            &["{destination:[style,font],policy:network-first,timeoutSeconds:3.0}"],
            0,
        ),
        (
            "registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith('/api/'), new NetworkOnly())",
            &["{path:/api/*,policy:network-only}"],
            0,
        ),
        (
            "registerRoute(function (c) { return c.url.origin === self.location.origin && c.url.pathname.endsWith('.json'); }, new CacheOnly())",
            &["{path:/*.json,policy:cache-only}"],
            0,
        ),
        (
            "registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/x/] }))",
            &[
                "{mode:navigate,policy:network-first,fallback:index.html}",
                "{path:/*x*,mode:navigate,policy:network-only}",
            ],
            1,
        ),
        (
            "registerRoute(({ url }) => url.origin === 'https://fonts.gstatic.com', new CacheFirst({ matchOptions: { ignoreSearch: true } }))",
            &["{origin:[https://fonts.gstatic.com],ignoreQuery:true,policy:cache-first}"],
            0,
        ),
        (
            "registerRoute(({ url }) => url.origin === 'https://a.example', new CacheFirst({ plugins: [new CacheableResponsePlugin({ statuses: [0, 200, 404] }), new ExpirationPlugin({ maxAgeSeconds: 9 })] }))",
            &["{origin:[https://a.example],opaque:true,policy:cache-first,keepSeconds:9}"],
            1,
        ),
        (
            "registerRoute(({ url }) => url.origin === 'https://a.example', new CacheFirst({ plugins: [new CacheableResponsePlugin({ statuses: [0, 200] })] }))",
            &["{origin:[https://a.example],policy:cache-first}"],
            1,
        ),
        (
            "registerRoute('/own', new NetworkFirst({ plugins: [new CacheableResponsePlugin({ statuses: [0, 200] })] }))",
            &["{path:/own,policy:network-first}"],
            0,
        ),
        (
            "registerRoute(({ request }) => request.mode === 'navigate', new NetworkFirst())",
            &["{mode:navigate,policy:network-first}"],
            0,
        ),
        ("registerRoute('/x', new NetworkOnly({ plugins: [sync] }), 'POST')", &[], 1),
        (
            "registerRoute('/api/x', new NetworkOnly({ plugins: [new BackgroundSyncPlugin('my queue', { maxRetentionTime: 60 })] }), 'POST')",
            &["{path:/api/x,method:[POST],policy:network-only,queue:my-queue}"],
            0,
        ),
        (
            "({ runtimeCaching: [{ urlPattern: '/a', method: 'PUT', handler: 'NetworkOnly', options: { backgroundSync: { name: 'q' } } }] })",
            &["{path:/a,method:[PUT],policy:network-only,queue:q}"],
            0,
        ),
        ("registerRoute(({ url }) => lookUp(url), new NetworkFirst())", &[], 1),
        ("registerRoute('/x', async ({ event }) => fetch(event.request))", &[], 1),
        (
            "module.exports = { globDirectory: 'dist', runtimeCaching: [{ urlPattern: /^https:\\/\\/cdn\\.example\\/.*/i, handler: 'StaleWhileRevalidate', options: { cacheName: 'c', expiration: { maxAgeSeconds: 60 }, cacheableResponse: { statuses: [0, 200] } } }], navigateFallback: '/app.html' }",
            &[
                "{mode:navigate,policy:network-first,fallback:app.html}",
                "{path:/*,origin:[https://cdn.example],opaque:true,policy:stale-while-revalidate,keepSeconds:60}",
            ],
            1,
        ),
        (
            "pageCache(); imageCache()",
            &[
                "{mode:navigate,policy:network-first,timeoutSeconds:3.0}",
                "{destination:[image],policy:cache-first,keepSeconds:2592000,maxEntries:60}",
            ],
            0,
        ),
        ("setDefaultHandler(new NetworkFirst())", &["{policy:network-first}"], 0),
        ("registerRoute(({ url }) => { const a = 1; return url.pathname === '/x' }, new NetworkFirst())", &[], 1),
    ];
    for (source, expected, notes) in cases {
        let (routes, told) = moved("sw.js", source);
        assert_eq!(routes, expected, "{source}");
        assert_eq!(told.len(), notes, "{source}: {told:?}");
    }
}

#[test]
fn names_stand_for_what_the_file_says() {
    let cases: [(&str, &[&str]); 8] = [
        (
            "const DAY = 24 * 60 * 60; registerRoute('/a', new CacheFirst({ plugins: [new ExpirationPlugin({ maxAgeSeconds: 30 * DAY })] }))",
            &["{path:/a,policy:cache-first,keepSeconds:2592000}"],
        ),
        (
            "const own = new CacheFirst(), when = '/a'; const route = new Route(when, own); registerRoute(route)",
            &["{path:/a,policy:cache-first}"],
        ),
        (
            "const sync = new BackgroundSyncPlugin('q'), METHOD = 'POST'; registerRoute('/a', new NetworkOnly({ plugins: [sync] }), METHOD)",
            &["{path:/a,method:[POST],policy:network-only,queue:q}"],
        ),
        (
            "const base = { networkTimeoutSeconds: 2, expiration: { maxEntries: 5 } }; ({ runtimeCaching: [{ urlPattern: '/a', handler: 'NetworkFirst', options: { ...base, networkTimeoutSeconds: 3 } }] })",
            &["{path:/a,policy:network-first,maxEntries:5,timeoutSeconds:3.0}"],
        ),
        (
            "const rules = [{ urlPattern: '/a', handler: 'CacheOnly' }]; export default { runtimeCaching: [...rules] }",
            &["{path:/a,policy:cache-only}"],
        ),
        ("const { registerRoute: on } = workbox.routing; on('/a', new CacheOnly())", &["{path:/a,policy:cache-only}"]),
        (
            "import { registerRoute as on, Route as R } from 'x'; on(new R('/a', new CacheOnly()))",
            &["{path:/a,policy:cache-only}"],
        ),
        ("serwist.registerCapture('/a', new NetworkFirst())", &["{path:/a,policy:network-first}"]),
    ];
    for (source, expected) in cases {
        let (routes, told) = moved("sw.js", source);
        assert_eq!(routes, expected, "{source}");
        assert!(told.is_empty(), "{source}: {told:?}");
    }
    // As long as it is, nothing comes of it without end.
    let doubled: String = (1..40).map(|n| format!("const a{n} = [...a{0}, ...a{0}];", n - 1)).collect();
    assert!(read("sw.js", &format!("const a0 = [1, 2];{doubled}")).is_ok());
}

#[test]
fn nothing_is_lost_without_a_word() {
    let cases: [(&str, &[&str], &[&str]); 22] = [
        (
            "({ navigateFallback: '/a.html', navigateFallbackDenylist: [/^\\/api/, new RegExp('^/admin/')] })",
            &[
                "{mode:navigate,policy:network-first,fallback:a.html}",
                "{path:/api*,mode:navigate,policy:network-only}",
                "{path:/admin/*,mode:navigate,policy:network-only}",
            ],
            &["Workbox shows /a.html"],
        ),
        (
            "({ navigateFallback: '/a.html', navigateFallbackAllowlist: [/^\\/app/] })",
            &["{path:/app*,mode:navigate,policy:network-first,fallback:a.html}"],
            &["Workbox shows /a.html"],
        ),
        (
            "({ navigateFallback: '/a.html', navigateFallbackAllowlist: [/^(?!\\/__).*/] })",
            &[],
            &["left out: /a.html stands in for some pages alone"],
        ),
        (
            "registerRoute(new NavigationRoute(createHandlerBoundToURL('/a.html'), { denylist: [own] }))",
            &["{mode:navigate,policy:network-first,fallback:a.html}"],
            &["Workbox shows /a.html", "/a.html is not to stand in for some pages"],
        ),
        (
            "registerRoute('/a', new NetworkFirst({ networkTimeoutSeconds: T, plugins: [new ExpirationPlugin({ maxEntries: M })] }))",
            &["{path:/a,policy:network-first}"],
            &["networkTimeoutSeconds is left out", "maxEntries is left out"],
        ),
        ("registerRoute('/a', new CacheFirst(own))", &["{path:/a,policy:cache-first}"], &["its argument is left out"]),
        (
            "({ runtimeCaching: [{ urlPattern: '/a', handler: 'CacheFirst', options: own }, { urlPattern: '/b', handler: 'CacheFirst', options: { ...own } }, ...more] })",
            &["{path:/a,policy:cache-first}", "{path:/b,policy:cache-first}"],
            &["left out: it comes from elsewhere", "options is left out", "a part of its options is left out"],
        ),
        ("new Serwist({ runtimeCaching: defaultCache })", &[], &["left out: it comes from elsewhere"]),
        ("registerRoute(own)", &[], &["left out: it comes from elsewhere"]),
        ("registerRoute('/a', new CacheFirst(), METHOD)", &[], &["left out: its method is not known"]),
        ("registerRoute('/a', new NetworkOnly(), 'POST')", &[], &["left out: requests with the method POST go"]),
        (
            "registerRoute('/a', new NetworkOnly({ networkTimeoutSeconds: 9, plugins: [new ExpirationPlugin({ maxEntries: 9 }), new CacheableResponsePlugin({ statuses: [0, 200] })] }))",
            &["{path:/a,policy:network-only}"],
            &["networkTimeoutSeconds is left out: only `network-first`", "expiration is left out: nothing is kept"],
        ),
        (
            "pageCache({ networkTimeoutSeconds: 2, warmCache: ['/a'] })",
            &["{mode:navigate,policy:network-first,timeoutSeconds:2.0}"],
            &["warmCache is left out"],
        ),
        (
            "imageCache({ maxEntries: 5, matchCallback: ({ url }) => url.pathname.startsWith('/pics/') })",
            &["{path:/pics/*,policy:cache-first,keepSeconds:2592000,maxEntries:5}"],
            &[],
        ),
        (
            "googleFontsCache({ cachePrefix: 'x', maxEntries: 9, maxFonts: 10 })",
            &[
                "{origin:[https://fonts.googleapis.com],policy:stale-while-revalidate}",
                "{origin:[https://fonts.gstatic.com],policy:cache-first,keepSeconds:31536000,maxEntries:9}",
            ],
            &["maxFonts is left out"],
        ),
        (
            "imageCache(own)",
            &["{destination:[image],policy:cache-first,keepSeconds:2592000,maxEntries:60}"],
            &["its argument is left out"],
        ),
        (
            "offlineFallback({ pageFallback: '/off.html', imageFallback: '/off.png' })",
            &["{mode:navigate,policy:network-first,fallback:off.html}"],
            &["Workbox shows /off.html", "imageFallback is left out: say `fallback = \"/off.png\"`"],
        ),
        (
            "new Serwist({ precacheEntries: [], fallbacks: { entries: [{ url: '/~offline', matcher({ request }) { return request.destination === 'document' } }] } })",
            &["{mode:navigate,policy:network-first,fallback:~offline}"],
            &["Workbox shows /~offline"],
        ),
        (
            "withPWA({ fallbacks: { document: '/_offline', image: '/off.png' } })",
            &["{mode:navigate,policy:network-first,fallback:_offline}"],
            &["Workbox shows /_offline", "left out: say `fallback = \"/off.png\"`"],
        ),
        (
            "({ globDirectory: 'dist', importScripts: ['push.js'], navigationPreload: true, offlineGoogleAnalytics: false })",
            &[],
            &["importScripts is left out: `own-worker`", "navigationPreload is left out"],
        ),
        (
            "registerRoute('/a?x=1', new CacheFirst()); registerRoute('/b', new CacheFirst())",
            &["{path:/b,policy:cache-first}"],
            &["left out: "],
        ),
        (
            "registerRoute(new NavigationRoute(new NetworkFirst(), { denylist: [/x/] }))",
            &["{mode:navigate,policy:network-first}"],
            &["it is not for all pages"],
        ),
    ];
    for (source, expected, notes) in cases {
        check("sw.js", source, expected, notes);
    }
}

#[test]
fn typescript_and_json_are_read_and_written_as_toml() {
    let typescript = "const rules: RuntimeCaching[] = [\n{ matcher: ({ url }: Context) => url.pathname === '/a:b', handler: new NetworkFirst() }]";
    let all = read("cache.ts", typescript).unwrap();
    assert_eq!(all[0].line, 2);
    assert_eq!(to_toml(&all), "[[routes]]\npath = \"/a\\\\:b\"\npolicy = \"network-first\"\n\n");
    let cast = "registerRoute(({ url }: any) => url?.pathname?.startsWith('/a/') && url!.origin === self.origin, new CacheFirst({ plugins: [new ExpirationPlugin({ maxEntries: 4 } as any)] as Plugin[] } as Options))";
    assert_eq!(moved("sw.ts", cast).0, ["{path:/a/*,policy:cache-first,maxEntries:4}"]);
    let jsx = "const page = <p>1</p>; registerRoute('/a', new CacheOnly())";
    assert_eq!(moved("a.js", jsx).0, ["{path:/a,policy:cache-only}"]);
    let quoting = read("sw.js", r#"registerRoute('/a', new CacheOnly(), "PO\nST")"#).unwrap();
    assert_eq!(to_toml(&quoting).lines().filter(|line| !line.starts_with('#')).collect::<String>(), "");
    let json = r#"{ "runtimeCaching": [{ "urlPattern": "/x", "handler": "NetworkOnly" }] }"#;
    assert_eq!(moved("config.json", json).0, ["{path:/x,policy:network-only}"]);
    assert!(read("a.js", "(").is_err());
    assert_eq!(moved("config.json", &["\u{feff}", json].concat()).0, ["{path:/x,policy:network-only}"]);
}
