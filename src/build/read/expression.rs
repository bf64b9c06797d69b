//! What expressions come to, as far as their text tells.

use oxc_ast::ast::{BinaryOperator, Expression};

/// What an expression comes to, with `*` for what is not known.
pub(in crate::build) fn pattern(expression: &Expression<'_>) -> String {
    match expression {
        Expression::StringLiteral(text) => text.value.to_string(),
        Expression::TemplateLiteral(template) => {
            let texts = template.quasis.iter().map(|part| part.value.cooked.as_ref().map_or("*", |text| text.as_str()));
            texts.collect::<Vec<_>>().join("*")
        }
        Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
            [pattern(&sum.left), pattern(&sum.right)].concat()
        }
        Expression::ParenthesizedExpression(inner) => pattern(&inner.expression),
        _ => "*".to_owned(),
    }
}

/// The name of a function that every script knows, which may be called as a member of what holds these.
pub(in crate::build) fn global<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => {
            let is_global = matches!(&member.object, Expression::Identifier(name) if matches!(name.name.as_str(), "globalThis" | "self" | "window"));
            is_global.then_some(member.property.name.as_str())
        }
        _ => None,
    }
}
