//! Puts what names stand for in the place of names, before anybody reads a configuration: `const DAY = 86_400`,
//! `import { registerRoute as on }`, `{ ...options }`.

use std::collections::BTreeMap;

use oxc_allocator::{Allocator, ArenaVec, CloneIn};
use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, BindingPattern, Expression, ImportDeclarationSpecifier, ObjectExpression,
    ObjectPropertyKind, Program, Statement, VariableDeclaration,
};
use oxc_ast_visit::{VisitMut, walk_mut};

/// How deep constants may stand for each other, and how often any may be put in: a file is bounded, what it comes to is not.
const DEEP: usize = 8;
const OFTEN: usize = 10_000;

/// Replaces each name by what the file says that it is, where it says so once, outside of functions.
pub(super) fn put_in<'a>(program: &mut Program<'a>, allocator: &'a Allocator) {
    let mut constants = Constants { allocator, depth: 0, left: OFTEN, names: BTreeMap::new(), values: BTreeMap::new() };
    for statement in &program.body {
        constants.note(statement);
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
                    let value = value.clone_in(self.allocator);
                    let name = name.name.to_string();
                    let is_new = !self.values.contains_key(&name);
                    self.values.insert(name, Some(value).filter(|_| is_new));
                }
                (BindingPattern::ObjectPattern(pattern), _) => {
                    for property in &pattern.properties {
                        if let (Some(key), BindingPattern::BindingIdentifier(name)) =
                            (property.key.static_name(), &property.value)
                        {
                            self.names.insert(name.name.to_string(), key.into_owned());
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'a> VisitMut<'a> for Constants<'a> {
    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        let Expression::Identifier(name) = expression else {
            return walk_mut::walk_expression(self, expression);
        };
        if let Some(elsewhere) = self.names.get(name.name.as_str()) {
            name.name = self.allocator.alloc_str(elsewhere).into();
        } else if let Some(Some(value)) = self.values.get(name.name.as_str())
            && self.depth < DEEP
            && self.left > 0
        {
            *expression = value.clone_in(self.allocator);
            (self.depth, self.left) = (self.depth + 1, self.left - 1);
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
