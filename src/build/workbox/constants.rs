//! Puts what names stand for in the place of names, before anybody reads a configuration: `const DAY = 86_400`,
//! `import { registerRoute as on }`, `{ ...options }`.

use std::collections::{BTreeMap, BTreeSet};

use oxc_allocator::{Allocator, ArenaVec, CloneIn};
use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, BindingIdentifier, BindingPattern, Declaration, Expression,
    FormalParameters, ImportDeclarationSpecifier, ObjectExpression, ObjectPattern, ObjectPropertyKind, Program,
    SimpleAssignmentTarget, Statement, VariableDeclaration,
};
use oxc_ast_visit::{Visit, VisitMut, walk, walk_mut};
use oxc_span::GetSpan;

/// How deep constants may stand for each other, and how much of them may be put in, in bytes: a file is bounded, what it
/// comes to is not. What is put in costs something besides its text.
const DEEP: usize = 8;
const ROOM: usize = 4 << 20;
const EACH: usize = 400;

/// Replaces each name by what the file says that it is, where it says so once, outside of functions.
pub(super) fn put_in<'a>(program: &mut Program<'a>, allocator: &'a Allocator) {
    let mut constants = Constants { allocator, depth: 0, left: ROOM, names: BTreeMap::new(), values: BTreeMap::new() };
    for statement in &program.body {
        constants.note(statement);
    }
    let mut assigned = Bound::default();
    assigned.visit_program(program);
    for name in assigned.again {
        constants.values.insert(name, None);
    }
    constants.visit_program(program);
}

struct Constants<'a> {
    allocator: &'a Allocator,
    depth: usize,
    left: usize,
    /// What something is called elsewhere, by its name here.
    names: BTreeMap<String, String>,
    /// `None` if a name has several.
    values: BTreeMap<String, Option<Expression<'a>>>,
}

impl<'a> Constants<'a> {
    fn note(&mut self, statement: &Statement<'a>) {
        match statement {
            Statement::VariableDeclaration(all) => self.note_all(all),
            Statement::FunctionDeclaration(function) => {
                if let Some(name) = &function.id {
                    let value = Expression::FunctionExpression(function.clone_in(self.allocator));
                    self.note_one(name.name.to_string(), value);
                }
            }
            Statement::ExportDeclaration(export) => {
                if let Declaration::VariableDeclaration(all) = &export.declaration {
                    self.note_all(all);
                }
            }
            Statement::ImportDeclaration(import) => {
                for specifier in import.specifiers.iter().flatten() {
                    if let ImportDeclarationSpecifier::ImportSpecifier(one) = specifier {
                        self.names.insert(one.local.name.to_string(), one.imported.name().to_string());
                    }
                }
            }
            _ => {}
        }
    }

    fn note_all(&mut self, all: &VariableDeclaration<'a>) {
        for one in &all.declarations {
            match (&one.id, &one.init) {
                (BindingPattern::BindingIdentifier(name), Some(value)) => {
                    self.note_one(name.name.to_string(), value.clone_in(self.allocator));
                }
                (BindingPattern::ObjectPattern(pattern), _) => self.rename(pattern),
                _ => {}
            }
        }
    }

    fn note_one(&mut self, name: String, value: Expression<'a>) {
        let is_new = !self.values.contains_key(&name);
        self.values.insert(name, Some(value).filter(|_| is_new));
    }

    fn rename(&mut self, pattern: &ObjectPattern<'a>) {
        for property in &pattern.properties {
            match (property.key.static_name(), &property.value) {
                (Some(key), BindingPattern::BindingIdentifier(name)) => {
                    self.names.insert(name.name.to_string(), key.into_owned());
                }
                (Some(_), BindingPattern::ObjectPattern(inner)) => self.rename(inner),
                _ => {}
            }
        }
    }

    /// What a function calls by a name of its own is not what the file calls so; and what it takes out of its argument
    /// is called there what a matcher knows it by.
    fn inside(&mut self, bound: Bound, first: Option<BindingPattern<'a>>, go: impl FnOnce(&mut Self)) {
        let take = |name: String| (self.values.remove(&name), self.names.remove(&name), name);
        let hidden: Vec<_> = bound.names.into_iter().map(take).collect();
        if let Some(BindingPattern::ObjectPattern(pattern)) = first {
            self.rename(&pattern);
        }
        go(self);
        for (value, elsewhere, name) in hidden.into_iter().rev() {
            self.names.remove(&name);
            self.names.extend(elsewhere.map(|elsewhere| (name.clone(), elsewhere)));
            self.values.extend(value.map(|value| (name, value)));
        }
    }
}

/// What a function is given first, which a matcher takes apart.
fn first_of<'a>(parameters: &FormalParameters<'a>, allocator: &'a Allocator) -> Option<BindingPattern<'a>> {
    parameters.items.first().map(|first| first.pattern.clone_in(allocator))
}

/// Names that are declared somewhere in a function, and those that something is assigned to.
#[derive(Default)]
struct Bound {
    names: BTreeSet<String>,
    again: BTreeSet<String>,
}

impl<'a> Visit<'a> for Bound {
    fn visit_binding_identifier(&mut self, name: &BindingIdentifier<'a>) {
        self.names.insert(name.name.to_string());
    }

    fn visit_simple_assignment_target(&mut self, target: &SimpleAssignmentTarget<'a>) {
        if let SimpleAssignmentTarget::AssignmentTargetIdentifier(name) = target {
            self.again.insert(name.name.to_string());
        }
        walk::walk_simple_assignment_target(self, target);
    }
}

impl<'a> VisitMut<'a> for Constants<'a> {
    fn visit_statement(&mut self, statement: &mut Statement<'a>) {
        let Statement::FunctionDeclaration(function) = statement else {
            return walk_mut::walk_statement(self, statement);
        };
        let mut bound = Bound::default();
        bound.visit_formal_parameters(&function.params);
        function.body.iter().for_each(|body| bound.visit_function_body(body));
        let first = first_of(&function.params, self.allocator);
        self.inside(bound, first, |all| walk_mut::walk_statement(all, statement));
    }

    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        let parameters = match expression {
            Expression::ArrowFunctionExpression(function) => Some(&function.params),
            Expression::FunctionExpression(function) => Some(&function.params),
            _ => None,
        };
        if let Some(parameters) = parameters {
            let first = first_of(parameters, self.allocator);
            let mut bound = Bound::default();
            bound.visit_expression(expression);
            return self.inside(bound, first, |all| walk_mut::walk_expression(all, expression));
        }
        let Expression::Identifier(name) = expression else {
            return walk_mut::walk_expression(self, expression);
        };
        if let Some(elsewhere) = self.names.get(name.name.as_str()) {
            name.name = self.allocator.alloc_str(elsewhere).into();
        } else if let Some(Some(value)) = self.values.get(name.name.as_str())
            && self.depth < DEEP
            && let Some(left) = self.left.checked_sub(value.span().size() as usize + EACH)
        {
            *expression = value.clone_in(self.allocator);
            (self.depth, self.left) = (self.depth + 1, left);
            self.visit_expression(expression);
            self.depth -= 1;
        }
    }

    fn visit_object_expression(&mut self, object: &mut ObjectExpression<'a>) {
        walk_mut::walk_object_expression(self, object);
        let all = std::mem::replace(&mut object.properties, ArenaVec::new_in(&self.allocator));
        for one in all {
            match one {
                ObjectPropertyKind::SpreadProperty(spread)
                    if matches!(spread.argument, Expression::ObjectExpression(_)) =>
                {
                    if let Expression::ObjectExpression(inner) = spread.unbox().argument {
                        object.properties.extend(inner.unbox().properties);
                    }
                }
                one => object.properties.push(one),
            }
        }
    }

    fn visit_array_expression(&mut self, array: &mut ArrayExpression<'a>) {
        walk_mut::walk_array_expression(self, array);
        let all = std::mem::replace(&mut array.elements, ArenaVec::new_in(&self.allocator));
        for one in all {
            match one {
                ArrayExpressionElement::SpreadElement(spread)
                    if matches!(spread.argument, Expression::ArrayExpression(_)) =>
                {
                    if let Expression::ArrayExpression(inner) = spread.unbox().argument {
                        array.elements.extend(inner.unbox().elements);
                    }
                }
                one => array.elements.push(one),
            }
        }
    }
}
