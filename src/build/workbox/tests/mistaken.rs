//! What could be taken for something else, and what could take without end.

use super::{check, moved};
use crate::build::workbox::read;

/// Each of these says what it says, or is told of; nothing is taken for something else.
#[test]
fn nothing_is_mistaken() {
    let cases: [(&str, &[&str], &[&str]); 49] = [
        // Names that are a function's own, and names of several values.
        (
            "const url = '/b'; registerRoute(({ url }) => url.pathname === '/a', new CacheOnly())",
            &["{path:/a,policy:cache-only}"],
            &[],
        ),
        ("let a = '/a'; a = '/b'; registerRoute(a, new CacheOnly())", &[], &["left out: `a` says more"]),
        ("function offlineFallback(own) { return own } offlineFallback()", &[], &[]),
        (
            "function isA({ url }) { return url.pathname === '/a' } registerRoute(isA, new CacheOnly())",
            &["{path:/a,policy:cache-only}"],
            &[],
        ),
        (
            "export const DAY = 86400; registerRoute('/a', new CacheFirst({ plugins: [new ExpirationPlugin({ maxAgeSeconds: DAY })] }))",
            &["{path:/a,policy:cache-first,keepSeconds:86400}"],
            &[],
        ),
        (
            "const API = 'https://a.example'; registerRoute(`${API}/a`, new CacheOnly()); registerRoute(new RegExp('^' + API + '/b/'), new CacheOnly())",
            &[
                "{path:/a,origin:[https://a.example],policy:cache-only}",
                "{path:/b/*,origin:[https://a.example],policy:cache-only}",
            ],
            &[],
        ),
        // Minified.
        (
            "e.registerRoute(({request:{destination:e},sameOrigin:t})=>t&&\"image\"===e,new s.CacheFirst({matchOptions:{ignoreSearch:!0,ignoreVary:!1}}),\"GET\")",
            &["{destination:[image],ignoreQuery:true,policy:cache-first}"],
            &[],
        ),
        // Who is asked for.
        (
            "registerRoute(({ url }) => self.origin === url.origin && url.pathname === '/a', new CacheOnly())",
            &["{path:/a,policy:cache-only}"],
            &[],
        ),
        ("registerRoute(({ url }) => self.origin === 'https://a.example', new CacheOnly())", &[], &["left out: "]),
        (
            "registerRoute(({ url, sameOrigin }) => sameOrigin && url.origin === 'https://a.example', new CacheOnly())",
            &[],
            &["left out: "],
        ),
        (
            "registerRoute(({ url, request }) => request.method === 'GET' && url.pathname === '/a', new CacheOnly())",
            &["{path:/a,policy:cache-only}"],
            &[],
        ),
        ("registerRoute(({ request }) => request.method === 'POST', new CacheOnly())", &[], &["left out: "]),
        ("registerRoute(({ request }) => request.destination === '', new CacheOnly())", &[], &["left out: "]),
        (
            "registerRoute(({ request }) => /^(font|image)$/.test(request.destination), new CacheOnly())",
            &[],
            &["left out: "],
        ),
        ("registerRoute(({ url }) => /a\\.example/.test(url.origin), new CacheOnly())", &[], &["left out: "]),
        ("registerRoute(({ url }) => url.host.match(/example$/), new CacheOnly())", &[], &["left out: "]),
        (
            "registerRoute(({ url }) => url.href.includes('api.example.com'), new CacheOnly())",
            &[],
            &["left out: it names hosts"],
        ),
        ("registerRoute(({ url }) => url.href.startsWith('https://cdn.'), new CacheOnly())", &[], &["left out: "]),
        (
            "registerRoute(({ url }) => url.href.startsWith('https://a.example/x/'), new CacheOnly())",
            &["{path:/x/*,origin:[https://a.example],policy:cache-only}"],
            &[],
        ),
        (
            "registerRoute(({ url }) => url.host === 'localhost:3000', new CacheOnly())",
            &["{origin:[http://localhost:3000],policy:cache-only}"],
            &[],
        ),
        (
            "registerRoute(({ url }) => url.pathname.includes('a:b'), new CacheOnly())",
            &["{path:/*a\\\\:b*,policy:cache-only}"],
            &[],
        ),
        ("registerRoute(({ url }) => url.pathname.startsWith('/a?b'), new CacheOnly())", &[], &["left out: "]),
        ("registerRoute('https://*.a.example/x', new CacheOnly())", &[], &["left out: "]),
        ("registerRoute('./a', new CacheOnly())", &["{path:a,policy:cache-only}"], &[]),
        ("registerRoute('/a/:id', new CacheOnly())", &["{path:/a/:id,policy:cache-only}"], &["`*` and `:name` stand"]),
        ("registerRoute(/\\.png$/i, new CacheOnly())", &["{path:/*.png,policy:cache-only}"], &["`i` is left out"]),
        (
            "registerRoute(new RegExp('/a$', 'i'), new CacheOnly())",
            &["{path:{/*}?/a,policy:cache-only}"],
            &["`i` is left out"],
        ),
        ("registerRoute(/^https?.*/i, new NetworkFirst())", &["{path:/*,origin:[*],policy:network-first}"], &[]),
        // Functions of several steps.
        (
            "registerRoute(({ url, sameOrigin }) => { if (!sameOrigin) return false; if (url.pathname === '/a') return true; return url.pathname === '/b' }, new CacheOnly())",
            &["{path:/a,policy:cache-only}", "{path:/b,policy:cache-only}"],
            &[],
        ),
        (
            "registerRoute(({ request }) => { if (request.mode !== 'navigate' || request.method !== 'GET') { return false } return true }, new NetworkFirst())",
            &["{mode:navigate,policy:network-first}"],
            &[],
        ),
        (
            "registerRoute(({ url }) => { if (url.pathname.startsWith('/x')) return false; return true }, new CacheOnly())",
            &[],
            &["left out: `url.pathname.startsWith('/x')`"],
        ),
        (
            "registerRoute(({ url }) => { if (a) { b() } return true }, new CacheOnly())",
            &[],
            &["left out: a function of several"],
        ),
        ("registerRoute(async ({ url }) => url.pathname === '/a', new CacheOnly())", &[], &["left out: "]),
        // Pages that stand in.
        (
            "registerRoute(({ request }) => request.mode === 'navigate', createHandlerBoundToURL('/'))",
            &["{mode:navigate,policy:network-first,fallback:index.html}"],
            &["Workbox shows / before"],
        ),
        (
            "workbox.routing.registerNavigationRoute(workbox.precaching.getCacheKeyForURL('/a.html'), { blacklist: [/^\\/_/] })",
            &["{mode:navigate,policy:network-first,fallback:a.html}", "{path:/_*,mode:navigate,policy:network-only}"],
            &["Workbox shows /a.html"],
        ),
        (
            "registerRoute(new NavigationRoute(createHandlerBoundToURL('/a.html'), { denylist: [/\\?(.+&)?off=1$/] }))",
            &["{mode:navigate,policy:network-first,fallback:a.html}"],
            &[
                "Workbox shows /a.html",
                "/a.html is not to stand in for some pages, and /\\?(.+&)?off=1$/ asks for a query",
            ],
        ),
        ("({ navigateFallback: page })", &[], &["left out: its page is not known"]),
        ("({ navigateFallback: null, runtimeCaching: [] })", &[], &[]),
        (
            "registerRoute('/a', new NetworkFirst({ plugins: [new PrecacheFallbackPlugin({ fallbackURL: '/off/' })] }))",
            &["{path:/a,policy:network-first,fallback:off/index.html}"],
            &[],
        ),
        // Options and plugins.
        (
            "registerRoute('https://a.example/a', workbox.strategies.staleWhileRevalidate({ plugins: [new workbox.cacheableResponse.Plugin({ statuses: [0, 200] }), new workbox.expiration.Plugin({ maxEntries: 9 }), new workbox.rangeRequests.Plugin()] }))",
            &["{path:/a,origin:[https://a.example],opaque:true,policy:stale-while-revalidate,maxEntries:9}"],
            &[],
        ),
        (
            "import { Plugin as Own } from 'workbox-cacheable-response'; registerRoute('https://a.example/a', new NetworkFirst({ plugins: [new Own({ statuses: [0, 200] })] }))",
            &["{path:/a,origin:[https://a.example],opaque:true,policy:network-first}"],
            &[],
        ),
        (
            "registerRoute('/a', new CacheFirst({ plugins: [new ExpirationPlugin({ maxAgeSeconds: 9, maxAgeFrom: 'last-used' })] }))",
            &["{path:/a,policy:cache-first,keepSeconds:9}"],
            &["maxAgeFrom is left out"],
        ),
        (
            "registerRoute('/a', new NetworkFirst({ networkTimeoutSeconds: 0, plugins: [new ExpirationPlugin({ maxEntries: 0 })] }))",
            &["{path:/a,policy:network-first}"],
            &[],
        ),
        (
            "registerRoute('/a', new CacheFirst({ plugins: [new CacheableResponsePlugin({ statuses: [200], headers: { a: 'b' } }), new ExpirationPlugin(own)] }))",
            &["{path:/a,policy:cache-first}"],
            &["cacheableResponse is left out", "ExpirationPlugin is left out: it comes from elsewhere"],
        ),
        // Items and settings.
        (
            "({ runtimeCaching: [{ ...base, urlPattern: /a/ },\n{ urlPattern: /b/ }] })",
            &[],
            &["left out: it comes from elsewhere", "left out: it comes from elsewhere"],
        ),
        (
            "({ swDest: 'sw.js', navigationPreload: !1, globIgnores: ['a'], manifestTransforms: [], ignoreURLParametersMatching: [/a/] })",
            &[],
            &["globIgnores is left out", "ignoreURLParametersMatching is left out"],
        ),
        (
            "precacheAndRoute(self.__WB_MANIFEST, { ignoreURLParametersMatching: [/a/], cleanURLs: false })",
            &[],
            &["ignoreURLParametersMatching is left out"],
        ),
        (
            "new Serwist({ precacheOptions: { ignoreURLParametersMatching: [/a/] } })",
            &[],
            &["ignoreURLParametersMatching is left out"],
        ),
        (
            "imageCache({ matchCallback: ({ url }) => url.pathname.startsWith('/a/') })",
            &["{path:/a/*,policy:cache-first,keepSeconds:2592000,maxEntries:60}"],
            &[],
        ),
    ];
    for (source, expected, notes) in cases {
        check("sw.js", source, expected, notes);
    }
}

#[test]
fn what_angulars_worker_is_told_becomes_routes() {
    let group = |urls: &str, config: &str| {
        format!(r#"{{ "dataGroups": [{{ "urls": [{urls}], "cacheConfig": {{ {config} }} }}] }}"#)
    };
    let cases: [(String, &[&str], &[&str]); 10] = [
        (
            group(r#""/api/**""#, r#""strategy": "freshness", "maxSize": 100, "maxAge": "1d12h", "timeout": "2s500u""#),
            &["{path:/api/*,policy:network-first,keepSeconds:129600,maxEntries:100,timeoutSeconds:2.5}"],
            &[],
        ),
        (
            group(r#""api/*/a", "/**/*.md""#, r#""maxSize": 5, "maxAge": "30m", "timeout": "5s""#),
            &[
                "{path:/api/{:s0x1}?/a,policy:cache-first,keepSeconds:1800,maxEntries:5}",
                "{path:/{*/}?{:s1x1}?.md,policy:cache-first,keepSeconds:1800,maxEntries:5}",
            ],
            &["timeout is left out"],
        ),
        (
            group(r#""https://a.example/**""#, r#""strategy": "freshness", "maxSize": 5, "maxAge": "1h""#),
            &["{path:/*,origin:[https://a.example],opaque:true,policy:network-first,keepSeconds:3600,maxEntries:5}"],
            &[],
        ),
        (
            group(r#""https://a.example/**""#, r#""strategy": "performance", "maxSize": 5, "maxAge": "1h", "refreshAhead": "1m""#),
            &["{path:/*,origin:[https://a.example],policy:cache-first,keepSeconds:3600,maxEntries:5}"],
            &["refreshAhead is left out"],
        ),
        (group(r#""/live/**""#, r#""strategy": "freshness", "maxSize": 0, "maxAge": "0u""#), &["{path:/live/*,policy:network-only}"], &[]),
        (
            group(r#""!/a/**", "/b?c", "https://**", "/(d|e)/**", "//f.example/**""#, r#""maxSize": 1, "maxAge": "soon""#),
            &[],
            &["maxAge is left out", "`!/a/**` is left out", "`/b?c` is left out", "`https://**` is left out", "`/(d|e)/**` is left out", "`//f.example/**` is left out"],
        ),
        (
            r#"{ "dataGroups": [{ "urls": ["/a"], "version": 2, "cacheConfig": { "maxAge": "1h" }, "cacheQueryOptions": { "ignoreSearch": true } }] }"#.to_owned(),
            &["{path:/a,ignoreQuery:true,policy:cache-first,keepSeconds:3600}"],
            &["version is left out"],
        ),
        (r#"{ "dataGroups": [{ "urls": ["/a"] }] }"#.to_owned(), &[], &["left out: it has no `cacheConfig`"]),
        (
            r#"{ "index": "/index.html", "assetGroups": [{ "name": "app", "resources": { "files": ["/*.js"] } }], "navigationUrls": ["/**"] }"#.to_owned(),
            &["{mode:navigate,policy:network-first,fallback:index.html}"],
            &["Angular's worker shows /index.html", "navigationUrls is left out", "left out: the build lists"],
        ),
        (
            r#"{ "index": "/index.html", "navigationRequestStrategy": "freshness", "assetGroups": [] }"#.to_owned(),
            &["{mode:navigate,policy:network-first,fallback:index.html}"],
            &[],
        ),
    ];
    for (source, expected, notes) in cases {
        check("ngsw-config.json", &source, expected, notes);
    }
}

#[test]
fn nothing_takes_without_end() {
    let either = vec!["(sameOrigin || request.mode === 'navigate')"; 60].join(" && ");
    let source = format!("registerRoute(({{ sameOrigin, request }}) => {either}, new CacheOnly())");
    assert_eq!(moved("sw.js", &source).0, ["{policy:cache-only}", "{mode:navigate,policy:cache-only}"]);
    let paths: String = (0..300).map(|n| format!("'/{n}',")).collect();
    let source = format!("registerRoute(({{ url }}) => [{paths}].includes(url.pathname), new CacheOnly())");
    assert_eq!(moved("sw.js", &source).1.len(), 1);
    let groups = ["(".repeat(200), ")".repeat(200)].concat();
    assert_eq!(moved("sw.js", &format!("registerRoute(/{groups}/, new CacheOnly())")).1.len(), 1);
    // Functions that call each other, and lists of themselves.
    let function = "const a = () => [b(), b(), b()]; const b = () => [a(), a(), a()]; a()";
    assert!(read("sw.js", function).is_ok());
}
