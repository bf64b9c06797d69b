//! `keepfresh serve`: a built folder on localhost, as a good host would serve it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, http::Method};
use keepfresh::build::headers::{fields_at, lines};
use keepfresh::build::name::{NAME_LIMIT, decode, encode, is_for_host, media_type};
use keepfresh::build::release::listing::Listing;
use keepfresh::build::release::worker_script::FOLDER;
use keepfresh::manifest::{FINGERPRINT_DIGITS, MARK, base64, fingerprint_of};
use tokio::net::TcpListener;
use tower_http::services::{ServeDir, ServeFile};

use super::args::ServeArgs;
use super::delta::Coding;
use super::folder::place_in;
use super::output::MANIFEST;

const FIRST_PORT: u16 = 8080;

/// What every request needs to know.
struct Host {
    /// The path that the site stands under: `/` or `/app/`.
    base: String,
    dist: PathBuf,
    log: bool,
}

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let Ok(text) = std::fs::read_to_string(args.dist.join(MANIFEST)) else {
        bail!("{} was not written by keepfresh; run `keepfresh build SRC --out {0}` first", args.dist.display());
    };
    let base = Listing::parse(&text).map(|listing| encode(&listing.base)).unwrap_or_else(|_| "/".to_owned());
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(args, base))
}

async fn serve(args: &ServeArgs, base: String) -> anyhow::Result<ExitCode> {
    let listener = listen(args.port).await?;
    let address = format!("http://localhost:{}{base}", listener.local_addr()?.port());
    let host = Arc::new(Host { base, dist: args.dist.clone(), log: args.log });
    let app = Router::new().fallback_service(files(&args.dist)).layer(from_fn_with_state(host, answer));
    outln!("{address}");
    let stopped = async {
        // Without signals the server goes on until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    Ok(ExitCode::SUCCESS)
}

/// How long a path may be, in bytes: file systems take 4,096, the folder's own included.
const PATH_LIMIT: usize = 3_000;

/// Files with validators and ranges; a folder's `index.html`; `/about` for `about.html`; the site's
/// own page for what is not there.
fn files(dist: &Path) -> ServeDir<tower_http::set_status::SetStatus<ServeFile>> {
    ServeDir::new(dist)
        .html_as_default_extension(true)
        .precompressed_br()
        .precompressed_zstd()
        .precompressed_gzip()
        .not_found_service(ServeFile::new(dist.join("404.html")))
}

async fn answer(State(host): State<Arc<Host>>, mut request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // People who type no path mean the site.
    if path != host.base && (path == "/" || host.base.strip_suffix('/') == Some(&path)) {
        return Redirect::temporary(&host.base).into_response();
    }
    let is_inside = host.enter(&mut request);
    let deltas = if is_inside { host.deltas(&request) } else { Vec::new() };
    let mut response = match method {
        _ if !is_inside => StatusCode::NOT_FOUND.into_response(),
        Method::GET | Method::HEAD => match delta(&request, &deltas) {
            Some(delta) => delta,
            None => host.redirected(file(request, next).await),
        },
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
    };
    // What the file would come with, had it changed (RFC 9110, section 15.4.5).
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().entry(header::VARY).or_insert(HeaderValue::from_static("accept-encoding"));
    }
    // Read for each request: the folder may have been built again in the meantime.
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let rules = std::fs::read_to_string(host.dist.join("_headers")).unwrap_or_default();
        for (name, value) in fields_at(&lines(&rules), &path) {
            join(&mut response, name, value);
        }
    }
    // Said of the file as it is, too: another browser may be sent a delta.
    let varies = |response: &Response| {
        let fields = response.headers().get_all(header::VARY).iter().filter_map(|field| field.to_str().ok());
        fields.collect::<String>().to_ascii_lowercase().contains("available-dictionary")
    };
    if !deltas.is_empty() && !varies(&response) {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding, available-dictionary"));
    }
    if response.status() == StatusCode::NOT_FOUND {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if host.log {
        errln!("{method} {path} {}", response.status().as_u16());
    }
    response
}

/// A file, or what of it is asked for. The rest of what RFC 9110 says of conditions and ranges: a range counts if it can be
/// read and `If-Range` names these bytes (section 13.1.5), and no condition is about what says that there is none.
async fn file(mut request: Request, next: Next) -> Response {
    let is_head = request.method() == Method::HEAD;
    let fields = request.headers_mut();
    let if_range = fields.remove(header::IF_RANGE);
    let range = fields.get(header::RANGE).and_then(|field| field.to_str().ok()).unwrap_or_default().to_owned();
    // Ranges are for GET alone (RFC 9110, section 14.2).
    if is_head || !is_range(&range) {
        fields.remove(header::RANGE);
    }
    let mut plain = Request::new(axum::body::Body::empty());
    (*plain.method_mut(), *plain.uri_mut()) = (request.method().clone(), request.uri().clone());
    if let Some(codings) = request.headers().get(header::ACCEPT_ENCODING) {
        plain.headers_mut().insert(header::ACCEPT_ENCODING, codings.clone());
    }
    let response = next.clone().run(request).await;
    let is_wanted = match response.status() {
        // Of what is shorter, all is meant (section 14.1.2).
        StatusCode::RANGE_NOT_SATISFIABLE if range.trim().starts_with("bytes=-") && !is_none(&range) => false,
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => is_meant(&response, if_range),
        status => status != StatusCode::NOT_FOUND,
    };
    if is_wanted { response } else { next.run(plain).await }
}

/// Whether a part is of the bytes that are meant, and has any.
fn is_meant(part: &Response, if_range: Option<HeaderValue>) -> bool {
    let is = |name: HeaderName, value: &HeaderValue| part.headers().get(name) == Some(value);
    let is_empty = part.headers().get(header::CONTENT_RANGE).is_some_and(|range| range.as_bytes().ends_with(b"-0/0"));
    !is_empty && if_range.is_none_or(|field| is(header::ETAG, &field) || is(header::LAST_MODIFIED, &field))
}

/// Whether it asks for the last bytes, and for none of them.
fn is_none(range: &str) -> bool {
    range.trim().trim_start_matches("bytes=-").bytes().all(|b| b == b'0')
}

/// Whether a field `Range` asks for one run of bytes: what does not is left out of account (RFC 9110, section 14.2).
fn is_range(field: &str) -> bool {
    let Some((start, end)) = field.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return false;
    };
    let is_place =
        |text: &str| text.is_empty() || (text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok());
    is_place(start) && is_place(end) && !(start.is_empty() && end.is_empty())
}

impl Host {
    /// The deltas that there are to the file that is asked for, the better coding first.
    fn deltas(&self, request: &Request) -> Vec<(Coding, PathBuf)> {
        let path = request.uri().path().strip_prefix('/').and_then(decode).unwrap_or_default();
        let Some(new) = fingerprint_of(&path) else { return Vec::new() };
        if !place_in(&self.dist, &path).is_some_and(|place| place.is_file()) {
            return Vec::new();
        }
        // Sites may have names with more digits, or fewer.
        let mark = [MARK, &new[..new.len().min(FINGERPRINT_DIGITS)]].concat();
        let entries = std::fs::read_dir(self.dist.join(FOLDER)).into_iter().flatten().flatten();
        let there: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        let in_coding = |coding: Coding| {
            let is_one = |place: &&PathBuf| {
                let name = place.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                name.contains(&mark) && place.extension().is_some_and(|extension| extension == coding.as_str())
            };
            there.iter().filter(is_one).map(move |place| (coding, place.clone())).collect::<Vec<_>>()
        };
        [Coding::Dcb, Coding::Dcz].into_iter().flat_map(in_coding).collect()
    }

    /// Puts the site's own path before the place that a response leads to, which was taken off the request's.
    fn redirected(&self, mut response: Response) -> Response {
        let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
        let whole = place.map(|place| [&self.base, place.trim_start_matches('/')].concat());
        if let Some(Ok(whole)) = whole.map(HeaderValue::try_from) {
            response.headers_mut().insert(header::LOCATION, whole);
        }
        response
    }

    /// Takes the site's own path off a request's. Whether it is for something that the host does not keep to
    /// itself.
    fn enter(&self, request: &mut Request) -> bool {
        let uri = request.uri();
        let Some(path) = uri.path().strip_prefix(self.base.as_str()) else { return false };
        let decoded = decode(path).unwrap_or_default();
        let parts: Vec<&str> = decoded.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let query = uri.query().map(|query| ["?", query].concat()).unwrap_or_default();
        // Beside a folder of its name, a page is meant: so hosts have it.
        let place = self.dist.join(parts.join("/"));
        let is_page = !path.ends_with('/') && !parts.contains(&"..") && place.is_dir();
        let is_page = is_page && place.with_added_extension("html").is_file();
        let Ok(inner) = ["/", path, if is_page { ".html" } else { "" }, &query].concat().parse() else { return false };
        *request.uri_mut() = inner;
        // Of such a name a file system says that it is a fault, and not that there is none.
        let is_long = parts.iter().any(|part| part.len() > NAME_LIMIT) || decoded.len() > PATH_LIMIT;
        parts.first() != Some(&".keepfresh") && !is_for_host(&parts.join("/")) && !is_long
    }
}

/// The delta that makes a file out of the one that a browser has, if it says that it has one (RFC 9842, section 2.2).
fn delta(request: &Request, deltas: &[(Coding, PathBuf)]) -> Option<Response> {
    let field = |name| request.headers().get(name)?.to_str().ok();
    let accepted = field("accept-encoding")?;
    let old = field("available-dictionary")?.trim().strip_prefix(':')?.strip_suffix(':')?;
    let of_use = |(coding, place): &(Coding, PathBuf)| {
        let bytes = takes(accepted, coding.as_str()).then(|| std::fs::read(place).ok())??;
        (base64(coding.dictionary(&bytes)?) == old).then_some((*coding, bytes))
    };
    let (coding, bytes) = deltas.iter().find_map(of_use)?;
    let body = if request.method() == Method::HEAD { Vec::new() } else { bytes };
    let fields =
        [(header::CONTENT_TYPE, media_type(request.uri().path())), (header::CONTENT_ENCODING, coding.as_str())];
    Some((fields, body).into_response())
}

/// Whether a field `Accept-Encoding` names a coding, and does not refuse it with a weight of nothing (RFC 9110, section 12.5.3).
fn takes(accepted: &str, coding: &str) -> bool {
    let is_taken = |member: &str| {
        let (name, weight) = member.split_once(';').unwrap_or((member, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(coding) && !is_refused
    };
    accepted.split(',').any(is_taken)
}

/// Every rule that matches applies, and values of the same name are joined, as on the hosts whose
/// file this is.
fn join(response: &mut Response, name: &str, value: &str) {
    let Ok(name) = HeaderName::try_from(name) else {
        return;
    };
    let fields = response.headers_mut();
    let joined = match fields.get(&name).and_then(|there| there.to_str().ok()) {
        Some(there) => [there, ", ", value].concat(),
        None => value.to_owned(),
    };
    if let Ok(joined) = HeaderValue::try_from(joined) {
        fields.insert(name, joined);
    }
}

/// The port that was asked for, or else the first that is free.
async fn listen(port: Option<u16>) -> anyhow::Result<TcpListener> {
    let bind = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if let Some(port) = port {
        return bind(port).await.with_context(|| format!("port {port} cannot be used; try another with --port"));
    }
    for port in FIRST_PORT..FIRST_PORT + 100 {
        if let Ok(listener) = bind(port).await {
            return Ok(listener);
        }
    }
    bail!("no port from {FIRST_PORT} on is free; name one with --port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_that_are_one_run_of_bytes() {
        for (field, expected) in [
            ("bytes=0-", true),
            ("bytes=5-9", true),
            ("bytes=-5", true),
            ("bytes=-", false),
            ("bytes=0-1,4-5", false),
            ("bytes=a-b", false),
            ("bytes=+1-2", false),
            ("items=0-1", false),
            ("bytes=0-99999999999999999999999", false),
        ] {
            assert_eq!(is_range(field), expected, "{field}");
        }
    }

    #[test]
    fn codings_are_taken_that_are_named_and_not_refused() {
        for (accepted, is_taken) in [
            ("dcb", true),
            ("gzip, br;q=1, DCB ;q=0.5", true),
            ("dcb;q=0.001", true),
            ("dcb; q=0", false),
            ("dcb;q=0.000, dcz", false),
            ("dcbx, xdcb", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(takes(accepted, "dcb"), is_taken, "{accepted}");
        }
    }
}
