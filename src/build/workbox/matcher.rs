//! Which requests a route of Workbox is for: strings, regular expressions, and functions that compare what they are
//! given.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    ArrowFunctionBody, BinaryOperator, CallExpression, ChainElement, Expression, LogicalOperator, RegExpFlags,
    StaticMemberExpression, UnaryOperator,
};
use oxc_span::GetSpan;

use super::regexp;
use super::steps::body_of;
use super::strategy::truth;

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Conditions {
    pub(super) destinations: Vec<String>,
    pub(super) is_navigation: bool,
    /// Whether they ask for the site's own origin, which a route without `origin` is for.
    pub(super) is_own: bool,
    /// What of them a route does not say.
    pub(super) notes: BTreeSet<&'static str>,
    pub(super) origin: Option<String>,
    pub(super) path: Option<String>,
}

impl Conditions {
    fn path(path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..Self::default() }
    }

    /// Those of both; `None` if that is more than a route can say.
    fn and(self, other: &Self) -> Option<Self> {
        let path = either(self.path, other.path.clone())?;
        let origin = either(self.origin, other.origin.clone())?;
        let is_own = self.is_own || other.is_own;
        if is_own && origin.is_some() {
            return None;
        }
        let destinations = match (self.destinations.as_slice(), other.destinations.as_slice()) {
            (one, []) | ([], one) => one.to_vec(),
            // None in common would be none at all, and a route without any is for all.
            (one, two) if one.iter().all(|name| !two.contains(name)) => return None,
            (one, two) => one.iter().filter(|name| two.contains(name)).cloned().collect(),
        };
        let notes = self.notes.union(&other.notes).copied().collect();
        let is_navigation = self.is_navigation || other.is_navigation;
        Some(Self { destinations, is_navigation, is_own, notes, origin, path })
    }
}

/// One of two; `None` if they are two.
fn either(one: Option<String>, other: Option<String>) -> Option<Option<String>> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => Some(one.or(other)),
    }
}

/// How many alternatives there may be.
const LIMIT: usize = 200;

pub(super) const CAPITALS: &str = "`i` is left out: capitals make a difference in paths";
const WHOLE: &str =
    "`*` and `:name` stand for anything here; to Workbox, from version 3 on, such a text is a URL as it is";

/// Alternatives, or what of an expression cannot be said by conditions.
pub(super) type Matched = Result<Vec<Conditions>, String>;

/// What a matcher matches.
pub(super) fn read(matcher: &Expression<'_>, source: &str) -> Matched {
    match matcher.get_inner_expression() {
        Expression::StringLiteral(_) | Expression::TemplateLiteral(_) | Expression::BinaryExpression(_) => {
            let text = text(matcher).ok_or_else(|| left(matcher, source))?;
            let mut one = of_url(&text, "").ok_or_else(|| left(matcher, source))?;
            if one.path.as_ref().is_some_and(|path| path.contains(['*', ':'])) {
                one.notes.insert(WHOLE);
            }
            Ok(vec![one])
        }
        Expression::RegExpLiteral(_) | Expression::NewExpression(_) => {
            let (regexp, flags) = regexp_of(matcher).ok_or_else(|| left(matcher, source))?;
            places(&regexp, &flags, false)
        }
        // To Workbox a promise is a yes, whatever comes of it.
        Expression::ArrowFunctionExpression(function) if function.r#async => Err(left(matcher, source)),
        Expression::ArrowFunctionExpression(function) => match &function.body {
            ArrowFunctionBody::FunctionBody(body) => body_of(body, source),
            body => condition(body.as_expression().ok_or("it is no expression")?, source),
        },
        Expression::FunctionExpression(function) if !function.r#async => {
            let body = function.body.as_ref().ok_or_else(|| left(matcher, source))?;
            body_of(body, source)
        }
        _ => Err(left(matcher, source)),
    }
}

/// The text and the flags of a regular expression: `/x/i`, `new RegExp("x", "i")`.
pub(super) fn regexp_of(expression: &Expression<'_>) -> Option<(String, String)> {
    match expression.get_inner_expression() {
        Expression::RegExpLiteral(regexp) => {
            let flags = if regexp.regex.flags.contains(RegExpFlags::I) { "i" } else { "" };
            Some((regexp.regex.pattern.text.to_string(), flags.to_owned()))
        }
        Expression::NewExpression(new) if matches!(&new.callee, Expression::Identifier(name) if name.name == "RegExp") =>
        {
            let mut arguments = new.arguments.iter().map(|argument| argument.as_expression());
            let first = arguments.next()??;
            let (source, own) = regexp_of(first).or_else(|| Some((text(first)?, String::new())))?;
            match arguments.next() {
                None => Some((source, own)),
                Some(flags) => Some((source, text(flags?)?)),
            }
        }
        _ => None,
    }
}

/// Where both are so; `None` if that is more than a route can say, or too much.
pub(super) fn both(one: &[Conditions], other: &[Conditions]) -> Option<Vec<Conditions>> {
    if one.len() * other.len() > LIMIT {
        return None;
    }
    let pairs = one.iter().flat_map(|one| other.iter().map(move |other| one.clone().and(other)));
    let all: Vec<Conditions> = pairs.collect::<Option<_>>()?;
    Some(any(all, Vec::new()))
}

/// Where one or the other is so, each said once.
pub(super) fn any(one: Vec<Conditions>, other: Vec<Conditions>) -> Vec<Conditions> {
    let mut all: Vec<Conditions> = Vec::new();
    for conditions in merged([one, other].concat()) {
        if !all.contains(&conditions) {
            all.push(conditions);
        }
    }
    all
}

pub(super) fn condition(expression: &Expression<'_>, source: &str) -> Matched {
    let fault = || left(expression, source);
    match expression.get_inner_expression() {
        value if truth(value) == Some(true) => Ok(vec![Conditions::default()]),
        Expression::LogicalExpression(and) if and.operator == LogicalOperator::And => {
            let (one, other) = (condition(&and.left, source)?, condition(&and.right, source)?);
            both(&one, &other).ok_or_else(fault)
        }
        Expression::LogicalExpression(either) if either.operator == LogicalOperator::Or => {
            let all = any(condition(&either.left, source)?, condition(&either.right, source)?);
            if all.len() > LIMIT { Err(fault()) } else { Ok(all) }
        }
        Expression::BinaryExpression(comparison)
            if matches!(comparison.operator, BinaryOperator::Equality | BinaryOperator::StrictEquality) =>
        {
            equal(&comparison.left, &comparison.right)
                .or_else(|| equal(&comparison.right, &comparison.left))
                .ok_or_else(fault)
        }
        // `!!x`
        Expression::UnaryExpression(outer) if outer.operator == UnaryOperator::LogicalNot => {
            match outer.argument.get_inner_expression() {
                Expression::UnaryExpression(inner) if inner.operator == UnaryOperator::LogicalNot => {
                    condition(&inner.argument, source)
                }
                _ => Err(fault()),
            }
        }
        Expression::CallExpression(call) => called(call).ok_or_else(fault)?,
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::CallExpression(call) => called(call).ok_or_else(fault)?,
            _ => Err(fault()),
        },
        expression if name(expression).is_some_and(|name| name.ends_with("sameOrigin")) => Ok(vec![own()]),
        _ => Err(fault()),
    }
}

/// `request.destination === "image"` and the like.
pub(super) fn equal(subject: &Expression<'_>, value: &Expression<'_>) -> Option<Vec<Conditions>> {
    let subject = name(subject)?;
    let text = text(value);
    let one = match (Subject::of(&subject)?, text) {
        (Subject::Destination, Some(text)) if !text.is_empty() => of_destination(&text),
        (Subject::Method, Some(text)) if text == "GET" => Conditions::default(),
        (Subject::Mode, Some(text)) if text == "navigate" => {
            Conditions { is_navigation: true, ..Conditions::default() }
        }
        (Subject::Path, Some(text)) => Conditions::path(&literal(&text)?),
        (Subject::Origin, Some(text)) => Conditions { origin: Some(text), ..Conditions::default() },
        (Subject::Host, Some(text)) => {
            let scheme = if text.starts_with("localhost") { "http://" } else { "https://" };
            Conditions { origin: Some([scheme, &text].concat()), ..Conditions::default() }
        }
        (Subject::Url, Some(text)) => of_whole_url(&text, "")?,
        (Subject::Origin, None) if is_own(&name(value)?, "origin") => own(),
        (Subject::Host, None) if name(value)?.contains("location.host") => own(),
        _ => return None,
    };
    Some(vec![one])
}

fn own() -> Conditions {
    Conditions { is_own: true, ..Conditions::default() }
}

/// Whether a name is that of the worker's own origin.
fn is_own(name: &str, part: &str) -> bool {
    ["globalThis.", "self.", "window."].iter().any(|global| name.strip_prefix(global) == Some(part))
        || name == part
        || name.strip_suffix(part).is_some_and(|before| before.ends_with("location."))
}

/// `url.pathname.startsWith("/api/")`, `/x/.test(url.href)` and the like.
fn called(call: &CallExpression<'_>) -> Option<Matched> {
    let Expression::StaticMemberExpression(member) = &call.callee else { return None };
    let argument = call.arguments.first()?.as_expression()?;
    let object = member.object.get_inner_expression();
    match member.property.name.as_str() {
        way @ ("exec" | "match" | "test") => {
            let (regexp, subject) = if way == "match" { (argument, object) } else { (object, argument) };
            let (regexp, flags) = regexp_of(regexp)?;
            match Subject::of(&name(subject)?)? {
                Subject::Path => Some(places(&regexp, &flags, true)),
                Subject::Url => Some(places(&regexp, &flags, false)),
                _ => None,
            }
        }
        "includes" if matches!(object, Expression::ArrayExpression(_)) => {
            let Expression::ArrayExpression(list) = object else { return None };
            if list.elements.len() > LIMIT {
                return None;
            }
            let items = list.elements.iter().map(|item| equal(argument, item.as_expression()?));
            Some(Ok(merged(items.collect::<Option<Vec<_>>>()?.concat())))
        }
        way @ ("startsWith" | "endsWith" | "includes") => {
            let (subject, text) = (Subject::of(&name(object)?)?, text(argument)?);
            match (subject, way) {
                (Subject::Path, "startsWith") => Some(Ok(vec![Conditions::path(&[&literal(&text)?, "*"].concat())])),
                (Subject::Path | Subject::Url, "endsWith") => Some(places_of(&text, true, true)),
                (Subject::Path, _) => Some(places_of(&text, true, false)),
                (Subject::Url, "startsWith") => Some(Ok(vec![of_whole_url(&text, "*")?])),
                (Subject::Url, _) => Some(places_of(&text, false, false)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a function compares.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Subject {
    Destination,
    Host,
    Method,
    Mode,
    Origin,
    Path,
    Url,
}

impl Subject {
    fn of(name: &str) -> Option<Self> {
        // What is of the worker itself, or of the page that asks, is no subject.
        let mut parts = name.rsplit('.');
        let last = parts.next().unwrap_or_default();
        if matches!(parts.next(), Some("location" | "referrer" | "self" | "window")) {
            return None;
        }
        Some(match last {
            "destination" => Self::Destination,
            "host" | "hostname" => Self::Host,
            "method" => Self::Method,
            "mode" => Self::Mode,
            "origin" => Self::Origin,
            "pathname" => Self::Path,
            "href" => Self::Url,
            "url" if name.ends_with("request.url") => Self::Url,
            _ => return None,
        })
    }
}

/// `a.b.c` as text.
fn name(expression: &Expression<'_>) -> Option<String> {
    match expression.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.to_string()),
        Expression::StaticMemberExpression(member) => name_of(member),
        // `a?.b`
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::StaticMemberExpression(member) => name_of(member),
            _ => None,
        },
        _ => None,
    }
}

fn name_of(member: &StaticMemberExpression<'_>) -> Option<String> {
    Some([&name(&member.object)?, ".", member.property.name.as_str()].concat())
}

/// A string that is known now.
pub(super) fn text(expression: &Expression<'_>) -> Option<String> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(template) => {
            let mut whole = String::new();
            for (at, quasi) in template.quasis.iter().enumerate() {
                whole.push_str(quasi.value.cooked.as_ref()?);
                if let Some(between) = template.expressions.get(at) {
                    whole.push_str(&text(between)?);
                }
            }
            Some(whole)
        }
        Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
            Some([text(&sum.left)?, text(&sum.right)?].concat())
        }
        _ => None,
    }
}

/// `image`; Workbox says `document` where we say that it is a navigation.
fn of_destination(name: &str) -> Conditions {
    match name {
        "document" => Conditions { is_navigation: true, ..Conditions::default() },
        name => Conditions { destinations: vec![name.to_owned()], ..Conditions::default() },
    }
}

/// A URL, or a path, which may be said from the worker on, and with stars.
fn of_url(url: &str, tail: &str) -> Option<Conditions> {
    let (origin, path) = regexp::split_url(url.strip_prefix("./").unwrap_or(url))?;
    let path = match &origin {
        Some(_) => ["/", path.trim_start_matches('/'), tail].concat(),
        None => [path, tail].concat(),
    };
    Some(Conditions { origin, path: Some(path), ..Conditions::default() })
}

/// What a whole URL is, or begins with; `None` if that is none.
fn of_whole_url(url: &str, tail: &str) -> Option<Conditions> {
    let (origin, path) = regexp::split_url(url)?;
    origin.as_ref()?;
    let path = ["/", literal(path)?.trim_start_matches('/'), tail].concat();
    Some(Conditions { origin, path: Some(path), ..Conditions::default() })
}

fn places(regexp: &str, flags: &str, is_path: bool) -> Matched {
    let of_place = |(origin, path): (Option<String>, String)| {
        let has_letters = path.contains(|c: char| c.is_ascii_alphabetic());
        let notes = (flags.contains('i') && has_letters).then_some(CAPITALS).into_iter().collect();
        Conditions { notes, origin, path: Some(path), ..Conditions::default() }
    };
    Ok(regexp::places(regexp, is_path)?.into_iter().map(of_place).collect())
}

/// A text somewhere in a path or in a URL, or at its end.
fn places_of(text: &str, is_path: bool, ends: bool) -> Matched {
    literal(text).ok_or("it asks for a query")?;
    let text: String = text.chars().map(regexp::literal).collect();
    let text = if ends { text } else { [&text, "*"].concat() };
    let (origin, path) = regexp::place(text, false, is_path).ok_or("it names hosts that are not known")?;
    Ok(vec![Conditions { origin, ..Conditions::path(&path) }])
}

/// Alternatives that differ in their destinations alone are one.
fn merged(all: Vec<Conditions>) -> Vec<Conditions> {
    let mut merged: Vec<Conditions> = Vec::new();
    for one in all {
        let same = |other: &&mut Conditions| {
            let bare = |conditions: &Conditions| Conditions { destinations: Vec::new(), ..conditions.clone() };
            !other.destinations.is_empty() && !one.destinations.is_empty() && bare(other) == bare(&one)
        };
        match merged.iter_mut().find(same) {
            Some(other) => other.destinations.extend(one.destinations),
            None => merged.push(one),
        }
    }
    merged
}

/// A text as it stands in a pattern; `None` if it is no part of a path.
fn literal(text: &str) -> Option<String> {
    let escaped = |c: char| "*+:{}()\\".contains(c).then_some('\\').into_iter().chain([c]);
    (!text.contains(['?', '#'])).then(|| text.chars().flat_map(escaped).collect())
}

pub(super) fn left(expression: &Expression<'_>, source: &str) -> String {
    let span = expression.span();
    let text = source.get(span.start as usize..span.end as usize).unwrap_or_default();
    let first: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
    format!("`{first}` says more than a route can")
}
