//! Functions that say in several steps which requests a route is for: `if (x) return false; return y`.

use oxc_ast::ast::{BinaryOperator, Expression, FunctionBody, LogicalOperator, Statement, UnaryOperator};

use super::matcher::{Matched, any, both, condition, equal, left};
use super::strategy::truth;

/// A function's body that does nothing but give an answer, in several steps perhaps: `if (x) return false; return y`.
pub(super) fn body_of(body: &FunctionBody<'_>, source: &str) -> Matched {
    steps(&body.statements, source)
}

fn steps(statements: &[Statement<'_>], source: &str) -> Matched {
    match statements {
        [Statement::ReturnStatement(answer), ..] => match &answer.argument {
            Some(answer) if truth(answer) == Some(false) => Ok(Vec::new()),
            Some(answer) => condition(answer, source),
            None => Err("a function that gives no answer".to_owned()),
        },
        [Statement::IfStatement(branch), rest @ ..] if branch.alternate.is_none() => {
            let answer = match &branch.consequent {
                Statement::BlockStatement(block) => block.body.as_slice(),
                one => std::slice::from_ref(one),
            };
            let [Statement::ReturnStatement(answer)] = answer else { return Err(STEPS.to_owned()) };
            match answer.argument.as_ref().map_or(Some(false), truth) {
                Some(true) => Ok(any(condition(&branch.test, source)?, steps(rest, source)?)),
                Some(false) => both(&negated(&branch.test, source)?, &steps(rest, source)?)
                    .ok_or_else(|| left(&branch.test, source)),
                None => Err(STEPS.to_owned()),
            }
        }
        _ => Err(STEPS.to_owned()),
    }
}

const STEPS: &str = "a function of several steps";

/// What is left where an expression is not so: what is compared with `!==`, or stands behind a `!`.
fn negated(expression: &Expression<'_>, source: &str) -> Matched {
    let fault = || left(expression, source);
    match expression.get_inner_expression() {
        Expression::UnaryExpression(not) if not.operator == UnaryOperator::LogicalNot => {
            condition(&not.argument, source)
        }
        Expression::LogicalExpression(either) if either.operator == LogicalOperator::Or => {
            both(&negated(&either.left, source)?, &negated(&either.right, source)?).ok_or_else(fault)
        }
        Expression::BinaryExpression(comparison)
            if matches!(comparison.operator, BinaryOperator::Inequality | BinaryOperator::StrictInequality) =>
        {
            equal(&comparison.left, &comparison.right)
                .or_else(|| equal(&comparison.right, &comparison.left))
                .ok_or_else(fault)
        }
        _ => Err(fault()),
    }
}
