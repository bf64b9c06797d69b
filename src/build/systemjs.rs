//! What SystemJS loads: modules that register what they need, by specifiers like those of others. A page's import map for it is
//! of no use to the browser, nor is the browser's to it; so what scripts name are URLs, and bare names are left to the map.

use oxc_ast::ast::{Argument, ArrayExpression, BindingPattern, CallExpression, Expression};

/// What stands in front of a specifier where a page has it import one: `<script type="systemjs-module" src="import:app">`.
pub(super) const SCHEME: &str = "import:";

/// What a module registers.
pub(super) struct Registered<'l, 'a> {
    /// What it calls that by which it imports more: `context.import("./b.js")`.
    pub(super) context: Option<&'l str>,
    /// What it needs.
    pub(super) needs: &'l ArrayExpression<'a>,
}

/// `System.register(["./a.js"], function (exports, context) { … })`. One with a name in front is part of a file of several,
/// which name each other.
pub(super) fn registered<'l, 'a>(call: &'l CallExpression<'a>) -> Option<Registered<'l, 'a>> {
    let ("System", "register") = called(&call.callee)? else { return None };
    let [Argument::ArrayExpression(needs), declare, ..] = call.arguments.as_slice() else { return None };
    let parameters = match declare {
        Argument::ArrowFunctionExpression(function) => &function.params,
        Argument::FunctionExpression(function) => &function.params,
        _ => return None,
    };
    let context = parameters.items.get(1).and_then(|context| match &context.pattern {
        BindingPattern::BindingIdentifier(name) => Some(name.name.as_str()),
        _ => None,
    });
    Some(Registered { context, needs })
}

/// The name of that whose `import` is called: `System`, or a module's context.
pub(super) fn importer<'l>(callee: &'l Expression<'_>) -> Option<&'l str> {
    called(callee).filter(|(_, name)| *name == "import").map(|(of, _)| of)
}

fn called<'l>(callee: &'l Expression<'_>) -> Option<(&'l str, &'l str)> {
    let Expression::StaticMemberExpression(member) = callee else { return None };
    let Expression::Identifier(of) = &member.object else { return None };
    Some((of.name.as_str(), member.property.name.as_str()))
}
