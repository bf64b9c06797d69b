//! Which requests a route of Workbox is for: strings, regular expressions, and functions that compare what they are
//! given.

use oxc_ast::ast::{
    Argument, ArrowFunctionBody, BinaryOperator, CallExpression, Expression, FunctionBody, LogicalOperator, Statement,
    UnaryOperator,
};
use oxc_span::GetSpan;

use super::regexp;

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Conditions {
    pub(super) destinations: Vec<String>,
    pub(super) is_navigation: bool,
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
        let destinations = match (self.destinations.as_slice(), other.destinations.as_slice()) {
            (one, []) | ([], one) => one.to_vec(),
            // None in common would be none at all, and a route without any is for all.
            (one, two) if one.iter().all(|name| !two.contains(name)) => return None,
            (one, two) => one.iter().filter(|name| two.contains(name)).cloned().collect(),
        };
        Some(Self { destinations, is_navigation: self.is_navigation || other.is_navigation, origin, path })
    }
}

/// One of two; `None` if they are two.
fn either(one: Option<String>, other: Option<String>) -> Option<Option<String>> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => Some(one.or(other)),
    }
}

/// Alternatives, or what of an expression cannot be said by conditions.
pub(super) type Matched = Result<Vec<Conditions>, String>;

/// What a matcher matches.
pub(super) fn read(matcher: &Expression<'_>, source: &str) -> Matched {
    match matcher.get_inner_expression() {
        Expression::StringLiteral(text) => Ok(vec![of_url(&text.value)]),
        Expression::RegExpLiteral(regexp) => places(&regexp.regex.pattern.text, false),
        Expression::ArrowFunctionExpression(function) => match &function.body {
            ArrowFunctionBody::FunctionBody(body) => body_of(body, source),
            body => condition(body.as_expression().ok_or("it is no expression")?, source),
        },
        Expression::FunctionExpression(function) => {
            let body = function.body.as_ref().ok_or_else(|| left(matcher, source))?;
            body_of(body, source)
        }
        // `new RegExp("…")`
        Expression::NewExpression(new) if matches!(&new.callee, Expression::Identifier(name) if name.name == "RegExp") => {
            match new.arguments.first() {
                Some(Argument::StringLiteral(text)) => places(&text.value, false),
                Some(Argument::RegExpLiteral(regexp)) => places(&regexp.regex.pattern.text, false),
                _ => Err(left(matcher, source)),
            }
        }
        _ => Err(left(matcher, source)),
    }
}

/// A function's body that does nothing but give an answer.
fn body_of(body: &FunctionBody<'_>, source: &str) -> Matched {
    match body.statements.as_slice() {
        [Statement::ReturnStatement(answer)] => match &answer.argument {
            Some(answer) => condition(answer, source),
            None => Err("a function that gives no answer".to_owned()),
        },
        _ => Err("a function of several steps".to_owned()),
    }
}

fn condition(expression: &Expression<'_>, source: &str) -> Matched {
    let fault = || left(expression, source);
    match expression.get_inner_expression() {
        Expression::BooleanLiteral(value) if value.value => Ok(vec![Conditions::default()]),
        Expression::LogicalExpression(both) if both.operator == LogicalOperator::And => {
            let (one, other) = (condition(&both.left, source)?, condition(&both.right, source)?);
            let pairs = one.iter().flat_map(|one| other.iter().map(move |other| one.clone().and(other)));
            pairs.collect::<Option<_>>().ok_or_else(fault)
        }
        Expression::LogicalExpression(either) if either.operator == LogicalOperator::Or => {
            let (one, other) = (condition(&either.left, source)?, condition(&either.right, source)?);
            Ok(merged([one, other].concat()))
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
        expression if name(expression).is_some_and(|name| name.ends_with("sameOrigin")) => {
            Ok(vec![Conditions::default()])
        }
        _ => Err(fault()),
    }
}

/// `request.destination === "image"` and the like.
fn equal(subject: &Expression<'_>, value: &Expression<'_>) -> Option<Vec<Conditions>> {
    let subject = name(subject)?;
    let text = text(value);
    let one = match (Subject::of(&subject)?, text) {
        (Subject::Destination, Some(text)) => of_destination(&text),
        (Subject::Mode, Some(text)) if text == "navigate" => {
            Conditions { is_navigation: true, ..Conditions::default() }
        }
        (Subject::Path, Some(text)) => Conditions::path(&literal(&text)),
        (Subject::Origin, Some(text)) => Conditions { origin: Some(text), ..Conditions::default() },
        (Subject::Host, Some(text)) => {
            Conditions { origin: Some(["https://", &text].concat()), ..Conditions::default() }
        }
        (Subject::Url, Some(text)) => of_url(&text),
        (Subject::Origin, None) if name(value)?.ends_with("location.origin") => Conditions::default(),
        (Subject::Host, None) if name(value)?.contains("location.host") => Conditions::default(),
        _ => return None,
    };
    Some(vec![one])
}

/// `url.pathname.startsWith("/api/")`, `/x/.test(url.href)` and the like.
fn called(call: &CallExpression<'_>) -> Option<Matched> {
    let Expression::StaticMemberExpression(member) = &call.callee else { return None };
    let argument = call.arguments.first()?.as_expression()?;
    let object = member.object.get_inner_expression();
    match member.property.name.as_str() {
        "test" => {
            let Expression::RegExpLiteral(regexp) = object else { return None };
            let is_path = Subject::of(&name(argument)?)? == Subject::Path;
            Some(places(&regexp.regex.pattern.text, is_path))
        }
        "match" => {
            let Expression::RegExpLiteral(regexp) = argument else { return None };
            let is_path = Subject::of(&name(object)?)? == Subject::Path;
            Some(places(&regexp.regex.pattern.text, is_path))
        }
        "includes" if matches!(object, Expression::ArrayExpression(_)) => {
            let Expression::ArrayExpression(list) = object else { return None };
            let items = list.elements.iter().map(|item| equal(argument, item.as_expression()?));
            Some(Ok(merged(items.collect::<Option<Vec<_>>>()?.concat())))
        }
        way @ ("startsWith" | "endsWith" | "includes") => {
            let (subject, text) = (Subject::of(&name(object)?)?, text(argument)?);
            let text = literal(&text);
            match (subject, way) {
                (Subject::Path, "startsWith") => Some(Ok(vec![Conditions::path(&[&text, "*"].concat())])),
                (Subject::Path | Subject::Url, "endsWith") => Some(places_of(&text, false, true)),
                (Subject::Path, _) => Some(places_of(&text, false, false)),
                (Subject::Url, "startsWith") => Some(Ok(vec![of_url(&[&text, "*"].concat())])),
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
    Mode,
    Origin,
    Path,
    Url,
}

impl Subject {
    fn of(name: &str) -> Option<Self> {
        let last = name.rsplit('.').next().unwrap_or_default();
        Some(match last {
            "destination" => Self::Destination,
            "host" | "hostname" => Self::Host,
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
        Expression::StaticMemberExpression(member) => {
            Some([&name(&member.object)?, ".", member.property.name.as_str()].concat())
        }
        _ => None,
    }
}

/// A string that is known now.
pub(super) fn text(expression: &Expression<'_>) -> Option<String> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
            template.quasis.first()?.value.cooked.as_ref().map(|text| text.to_string())
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

/// A URL, or a path.
fn of_url(url: &str) -> Conditions {
    let Some(host) = url.find("://").map(|at| at + 3) else { return Conditions::path(url) };
    let end = url[host..].find(['/', '*']).map_or(url.len(), |at| host + at);
    let path = url[end..].trim_start_matches('/');
    Conditions { origin: Some(url[..end].to_owned()), path: Some(["/", path].concat()), ..Conditions::default() }
}

fn places(regexp: &str, is_path: bool) -> Matched {
    let of_place = |(origin, path)| Conditions { origin, path: Some(path), ..Conditions::default() };
    Ok(regexp::places(regexp, is_path)?.into_iter().map(of_place).collect())
}

/// A text somewhere in a path, or at its end.
fn places_of(text: &str, begins: bool, ends: bool) -> Matched {
    let text = if ends { text.to_owned() } else { [text, "*"].concat() };
    let (_, path) = regexp::place(text, begins, true).ok_or("it names hosts that are not known")?;
    Ok(vec![Conditions::path(&path)])
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

/// A text as it stands in a pattern.
fn literal(text: &str) -> String {
    text.chars().flat_map(|c| "*+?:{}()\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

fn left(expression: &Expression<'_>, source: &str) -> String {
    let span = expression.span();
    let text = source.get(span.start as usize..span.end as usize).unwrap_or_default();
    let first: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
    format!("`{first}` says more than a route can")
}
