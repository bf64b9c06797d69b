//! Vite's lists of what dynamic imports need. It loads these before the modules ask for them, and so must know their names.

use oxc_ast::ast::{
    Argument, ArrayExpression, ArrayExpressionElement, AssignmentExpression, AssignmentTarget, BindingPattern,
    Expression, StringLiteral, VariableDeclarator,
};
use oxc_span::GetSpan;

use crate::build::clues::called::name_of;
use crate::build::reference::{Kind, Reference};
use crate::build::text::holds;

/// The texts of a list.
pub(in crate::build) fn texts<'l, 'a>(list: &'l ArrayExpression<'a>) -> impl Iterator<Item = &'l StringLiteral<'a>> {
    list.elements.iter().filter_map(|item| match item {
        ArrayExpressionElement::StringLiteral(text) => Some(&**text),
        _ => None,
    })
}

/// From Vite 5.2 on, `__vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["a"])))=>…`; in 5.0,
/// `__vite__mapDeps.viteFileDeps = ["a"]`.
pub(in crate::build) fn list_of_assignment<'l, 'a>(
    assignment: &'l AssignmentExpression<'a>,
    source: &str,
) -> Option<&'l ArrayExpression<'a>> {
    let AssignmentTarget::StaticMemberExpression(member) = &assignment.left else { return None };
    let Expression::ArrayExpression(list) = &assignment.right else { return None };
    let is_list = matches!(member.property.name.as_str(), "f" | "viteFileDeps") && holds(source, "__vite__mapDeps");
    is_list.then_some(list)
}

/// In Vite 5.1, `const __vite__fileDeps=["a"]`.
pub(in crate::build) fn list_of_variable<'l, 'a>(
    variable: &'l VariableDeclarator<'a>,
) -> Option<&'l ArrayExpression<'a>> {
    let BindingPattern::BindingIdentifier(name) = &variable.id else { return None };
    let Some(Expression::ArrayExpression(list)) = &variable.init else { return None };
    (name.name == "__vite__fileDeps").then_some(list)
}

/// Before Vite 5, `preload(() => import("./a.js"), ["assets/a.js", "assets/a.css"])`: the module is one of those that it
/// needs, so another list beside an import is none. `found` are the references in there.
pub(in crate::build) fn list_beside<'l, 'a>(
    module: &Argument<'a>,
    list: &'l Argument<'a>,
    found: &[Reference],
) -> Option<&'l ArrayExpression<'a>> {
    let is_function = matches!(module, Argument::ArrowFunctionExpression(_) | Argument::FunctionExpression(_));
    let list = match list.as_expression().filter(|_| is_function)? {
        Expression::ArrayExpression(list) => list,
        // As it is where nothing is minified: `true ? ["assets/a.js"] : void 0`.
        Expression::ConditionalExpression(either) => match &either.consequent {
            Expression::ArrayExpression(list) => list,
            _ => return None,
        },
        _ => return None,
    };
    let inside = module.span().start as usize..module.span().end as usize;
    let mut imports = found.iter().filter(|one| one.kind == Kind::DynamicImport && inside.contains(&one.span.start));
    // From the root of the site, or from where the script lies: any other list is relative to something else.
    let is_path = |text: &StringLiteral<'_>| text.value.contains('/');
    let is_needed =
        |import: &Reference| texts(list).any(|text| is_path(text) && name_of(&text.value) == name_of(&import.url));
    (texts(list).count() == list.elements.len() && imports.any(is_needed)).then_some(list)
}
