//! What a route of Workbox does: its strategy, and the options and plugins that this one has.

use oxc_ast::ast::{Argument, ArrayExpressionElement, Expression, ObjectExpression, ObjectPropertyKind, UnaryOperator};

use super::fallback::file;
use super::matcher::text;
use crate::build::routes::{Ignored, Policy, Route};

/// What a handler does, and what of it is lost.
#[derive(Default)]
pub(super) struct Strategy {
    pub(super) route: Route,
    pub(super) notes: Vec<String>,
}

/// Reads a handler: the name of a strategy, or `new Strategy({…})`. `None` if it is a function of its own.
pub(super) fn read(handler: &Expression<'_>, options: Option<&Expression<'_>>) -> Option<Strategy> {
    let mut strategy = Strategy::default();
    let handler = handler.get_inner_expression();
    strategy.route.policy = match handler {
        Expression::NewExpression(new) => policy(last_name(&new.callee)?)?,
        // `workbox.strategies.cacheFirst({…})`, of version 4 and before
        Expression::CallExpression(call) => {
            policy(last_name(&call.callee).filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))?)?
        }
        Expression::StaticMemberExpression(member) => policy(member.property.name.as_str())?,
        handler => policy(&text(handler)?)?,
    };
    let argument = match handler {
        Expression::CallExpression(call) => call.arguments.first(),
        Expression::NewExpression(new) => new.arguments.first(),
        _ => None,
    };
    match argument.and_then(Argument::as_expression).map(Expression::get_inner_expression) {
        Some(Expression::ObjectExpression(own)) => strategy.take(own),
        None if argument.is_some() => strategy.lose_unknown("its argument"),
        Some(_) => strategy.lose_unknown("its argument"),
        None => {}
    }
    match options.map(Expression::get_inner_expression) {
        Some(Expression::ObjectExpression(options)) => strategy.take(options),
        Some(_) => strategy.lose_unknown("options"),
        None => {}
    }
    strategy.keep_nothing();
    Some(strategy)
}

fn policy(name: &str) -> Option<Policy> {
    Some(match name {
        "CacheFirst" | "cacheFirst" => Policy::CacheFirst,
        "CacheOnly" | "cacheOnly" => Policy::CacheOnly,
        "NetworkFirst" | "networkFirst" => Policy::NetworkFirst,
        "NetworkOnly" | "networkOnly" => Policy::NetworkOnly,
        "StaleWhileRevalidate" | "staleWhileRevalidate" => Policy::StaleWhileRevalidate,
        "fastest" => Policy::Race,
        _ => return None,
    })
}

/// The last part of `workbox.strategies.NetworkFirst`.
pub(super) fn last_name<'e>(expression: &'e Expression<'_>) -> Option<&'e str> {
    match expression.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        _ => None,
    }
}

/// The value of a property.
pub(super) fn property<'e, 'a>(object: &'e ObjectExpression<'a>, name: &str) -> Option<&'e Expression<'a>> {
    // The last one counts.
    object.properties.iter().rev().find_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) if property.key.static_name().as_deref() == Some(name) => {
            Some(property.value.get_inner_expression())
        }
        _ => None,
    })
}

impl Strategy {
    /// Reads the options of a strategy, or of a recipe.
    pub(super) fn take(&mut self, options: &ObjectExpression<'_>) {
        for member in &options.properties {
            let ObjectPropertyKind::ObjectProperty(member) = member else {
                self.lose_unknown("a part of its options");
                continue;
            };
            let name = member.key.static_name().unwrap_or_default();
            match (name.as_ref(), member.value.get_inner_expression()) {
                ("cacheName" | "cachePrefix" | "matchCallback", _) => {}
                ("networkTimeoutSeconds", value) if self.route.policy == Policy::NetworkFirst => {
                    // None is no limit.
                    let seconds = self.number(&name, value).filter(|seconds| *seconds > 0.0);
                    self.route.timeout_seconds = seconds.or(self.route.timeout_seconds);
                }
                ("maxAgeSeconds" | "maxEntries", _) => self.expire(options),
                ("warmCache", _) => {
                    self.notes.push("warmCache is left out: pages can be precached (`include`)".to_owned())
                }
                ("cacheExpiration" | "expiration", Expression::ObjectExpression(own)) => self.expire(own),
                ("matchOptions", Expression::ObjectExpression(own)) => self.match_options(own),
                ("plugins", Expression::ArrayExpression(list)) => list.elements.iter().for_each(|one| self.plugin(one)),
                ("backgroundSync", Expression::ObjectExpression(own)) => {
                    self.queue(property(own, "name").and_then(text).as_deref());
                }
                ("precacheFallback", Expression::ObjectExpression(own)) => self.fall_back(own),
                ("rangeRequests", _) => {}
                ("cacheableResponse", Expression::ObjectExpression(own)) => self.take_statuses(own),
                (name, _) => self.lose(name),
            }
        }
    }

    fn expire(&mut self, options: &ObjectExpression<'_>) {
        let mut whole = |name: &str| {
            let value = property(options, name)?;
            // None is no limit.
            self.number(name, value).map(|number| number as u32).filter(|number| *number > 0)
        };
        let (keep_seconds, max_entries) = (whole("maxAgeSeconds"), whole("maxEntries"));
        self.route.keep_seconds = keep_seconds.or(self.route.keep_seconds);
        self.route.max_entries = max_entries.or(self.route.max_entries);
        if property(options, "maxAgeFrom").is_some_and(|from| text(from).as_deref() != Some("last-fetched")) {
            self.lose("maxAgeFrom");
        }
    }

    /// The page that stands in where there is no answer.
    fn fall_back(&mut self, options: &ObjectExpression<'_>) {
        match property(options, "fallbackURL").and_then(text) {
            Some(page) => self.route.fallback = Some(file(&page)),
            None => self.lose_unknown("fallbackURL"),
        }
    }

    /// Which statuses are kept: those that HTTP allows, and 0 (opaque) if it is among them.
    fn take_statuses(&mut self, options: &ObjectExpression<'_>) {
        let Some(Expression::ArrayExpression(list)) = property(options, "statuses") else {
            return self.lose("cacheableResponse");
        };
        let statuses: Vec<_> = list.elements.iter().filter_map(|one| one.as_expression().and_then(number)).collect();
        self.route.opaque = statuses.contains(&0.0).then_some(true);
        let is_more = statuses.len() < list.elements.len() || property(options, "headers").is_some();
        if is_more || statuses.iter().any(|status| ![0.0, 200.0].contains(status)) {
            self.lose("cacheableResponse");
        }
    }

    /// What is said of responses that are kept means nothing where none is.
    fn keep_nothing(&mut self) {
        let Route { keep_seconds, max_entries, opaque, policy, .. } = &mut self.route;
        let is_kept = *policy != Policy::NetworkOnly;
        if !is_kept && keep_seconds.take().is_some() | max_entries.take().is_some() {
            self.notes.push("expiration is left out: nothing is kept".to_owned());
        }
        if matches!(policy, Policy::CacheOnly | Policy::NetworkOnly) {
            *opaque = None;
        }
    }

    fn match_options(&mut self, options: &ObjectExpression<'_>) {
        match property(options, "ignoreSearch").map(truth) {
            Some(Some(true)) => self.route.ignore_query = Some(Ignored::All(true)),
            Some(None) => self.lose_unknown("ignoreSearch"),
            Some(Some(false)) | None => {}
        }
        for name in ["ignoreMethod", "ignoreVary"] {
            if property(options, name).is_some_and(|value| truth(value) != Some(false)) {
                self.lose(name);
            }
        }
    }

    fn plugin(&mut self, plugin: &ArrayExpressionElement<'_>) {
        let (name, options) = match plugin.as_expression().map(Expression::get_inner_expression) {
            Some(Expression::NewExpression(new)) => (plugin_name(&new.callee), new.arguments.first()),
            _ => (None, None),
        };
        let options = options.and_then(Argument::as_expression).map(Expression::get_inner_expression);
        match (name, options) {
            (Some("CacheableResponsePlugin" | "cacheableResponse"), Some(Expression::ObjectExpression(own))) => {
                self.take_statuses(own);
            }
            // Until version 4 all were called so, and are told apart by what they take.
            (Some("Plugin"), Some(Expression::ObjectExpression(own)))
                if property(own, "statuses").or_else(|| property(own, "headers")).is_some() =>
            {
                self.take_statuses(own);
            }
            (Some("ExpirationPlugin" | "Plugin" | "expiration"), Some(Expression::ObjectExpression(own))) => {
                self.expire(own);
            }
            (Some("PrecacheFallbackPlugin"), Some(Expression::ObjectExpression(own))) => self.fall_back(own),
            (Some("RangeRequestsPlugin" | "rangeRequests"), _) => {}
            (Some("BackgroundSyncPlugin" | "backgroundSync"), name) => {
                self.queue(name.and_then(text).as_deref());
            }
            (Some("BroadcastUpdatePlugin" | "broadcastUpdate"), _) => self.lose("broadcastUpdate"),
            (Some(name @ ("CacheableResponsePlugin" | "ExpirationPlugin" | "cacheableResponse" | "expiration")), _) => {
                self.lose_unknown(name);
            }
            (Some(name), _) => self.lose(name),
            (None, _) => self.lose("a plugin of its own"),
        }
    }

    /// Requests that do not reach the network wait, in a queue that need not have the same name.
    fn queue(&mut self, name: Option<&str>) {
        let plain = |c: char| if c.is_whitespace() || c.is_control() || c == ',' { '-' } else { c };
        let name: String = name.unwrap_or_default().chars().map(plain).collect();
        self.route.queue = Some(if name.is_empty() { "requests".to_owned() } else { name });
    }

    /// A number, which is told of if it is not known now.
    fn number(&mut self, name: &str, value: &Expression<'_>) -> Option<f64> {
        let number = number(value).filter(|number| *number >= 0.0);
        if number.is_none() {
            self.lose_unknown(name);
        }
        number
    }

    /// What depends on something outside of the file.
    fn lose_unknown(&mut self, what: &str) {
        let note = format!("{what} is left out: it comes from elsewhere, or is put together at run time");
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn lose(&mut self, what: &str) {
        let why = match what {
            "cacheableResponse" => "what may be kept is what HTTP allows (RFC 9111, section 3)",
            "broadcastUpdate" => "every page is told that asks for it (`onUpdated`)",
            "maxAgeFrom" => "`keepSeconds` counts from when a response came or was last validated",
            "ignoreVary" => "what Vary names makes a difference (RFC 9111, section 4.1)",
            "networkTimeoutSeconds" => "only `network-first` has something else to look at",
            "fetchOptions" => "requests go out as the page made them",
            _ => "there is nothing like it",
        };
        self.notes.push(format!("{what} is left out: {why}"));
    }
}

/// The class of a plugin; of `workbox.expiration.Plugin` what it is a plugin of.
fn plugin_name<'e>(class: &'e Expression<'_>) -> Option<&'e str> {
    match class.get_inner_expression() {
        Expression::StaticMemberExpression(member) if member.property.name == "Plugin" => last_name(&member.object),
        class => last_name(class),
    }
}

/// `true` and `false`, as minifiers write them, too: `!0`, `!1`.
pub(super) fn truth(value: &Expression<'_>) -> Option<bool> {
    match value.get_inner_expression() {
        Expression::BooleanLiteral(value) => Some(value.value),
        Expression::UnaryExpression(not) if not.operator == UnaryOperator::LogicalNot => {
            number(&not.argument).map(|number| number == 0.0)
        }
        _ => None,
    }
}

/// A number that is known now: `60 * 60 * 24`.
pub(super) fn number(expression: &Expression<'_>) -> Option<f64> {
    use oxc_ast::ast::BinaryOperator::{Addition, Division, Multiplication, Subtraction};
    match expression.get_inner_expression() {
        Expression::NumericLiteral(number) => Some(number.value),
        Expression::BinaryExpression(sum) => {
            let (left, right) = (number(&sum.left)?, number(&sum.right)?);
            Some(match sum.operator {
                Addition => left + right,
                Division => left / right,
                Multiplication => left * right,
                Subtraction => left - right,
                _ => return None,
            })
        }
        _ => None,
    }
}
