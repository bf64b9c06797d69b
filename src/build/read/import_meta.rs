//! What a script knows of its own place: `import.meta` ([HTML][spec]).
//!
//! [spec]: https://html.spec.whatwg.org/multipage/webappapis.html#hostgetimportmetaproperties

use oxc_ast::ast::{Argument, BinaryOperator, Expression};

pub(in crate::build) fn is_import_meta_url(argument: &Argument<'_>) -> bool {
    argument.as_expression().is_some_and(is_url)
}

/// `import.meta.url`, and as Vite writes it, so that no other tool takes it for its own: `"" + import.meta.url`.
fn is_url(base: &Expression<'_>) -> bool {
    let is_empty = |one: &Expression<'_>| match one {
        Expression::StringLiteral(text) => text.value.is_empty(),
        Expression::TemplateLiteral(text) => {
            text.expressions.is_empty() && text.quasis.iter().all(|part| part.value.raw.is_empty())
        }
        _ => false,
    };
    match base {
        Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition && is_empty(&sum.left) => {
            is_import_meta(&sum.right, "url")
        }
        _ => is_import_meta(base, "url"),
    }
}

/// Whether an expression is a member of `import.meta`.
pub(in crate::build) fn is_import_meta(expression: &Expression<'_>, name: &str) -> bool {
    matches!(expression, Expression::StaticMemberExpression(member)
        if member.property.name == name && matches!(member.object, Expression::ImportMeta(_)))
}
