//! A tree as an S-expression, for tests: what the parser grouped with what.
//!
//! `(+ 1 (* 2 3))`; names stand for themselves, everything else is a list that starts with its operator or the name of its kind.

use super::ast::{
    Argument, ArrayItem, ArrayItems, Clause, Designation, ExprId, ExprKind, InitialValue, Initializer,
    InterpolationPart, Lambda, LambdaBody, Literal, MemberTarget, Parameter, ParameterPassing, PatternId, PatternKind,
    Root, SimpleName, Tree, TypeId, TypeKind,
};

mod statement;

/// The whole tree.
pub(super) fn dump(tree: &Tree) -> String {
    let dump = Dump { tree };
    match &tree.root {
        Root::Expression(value) => dump.expr(*value),
        Root::Statements(statements) => {
            statements.iter().map(|&statement| dump.stmt(statement)).collect::<Vec<_>>().join(" ")
        }
    }
}

struct Dump<'t> {
    tree: &'t Tree,
}

/// `(head a b)` without the empty parts.
fn list(head: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = std::iter::once(head.to_owned()).chain(parts).filter(|part| !part.is_empty()).collect();
    format!("({})", parts.join(" "))
}

impl Dump<'_> {
    fn exprs(&self, values: &[ExprId]) -> Vec<String> {
        values.iter().map(|&value| self.expr(value)).collect()
    }

    fn optional(&self, value: Option<ExprId>) -> String {
        value.map(|value| self.expr(value)).unwrap_or_default()
    }

    fn name(&self, name: &SimpleName) -> String {
        let text = self.tree.text(name.name);
        if name.arguments.is_empty() {
            return text.to_owned();
        }
        let arguments: Vec<String> = name.arguments.iter().map(|&of| self.type_of(of)).collect();
        format!("{text}<{}>", arguments.join(","))
    }

    fn expr(&self, value: ExprId) -> String {
        match &self.tree[value].kind {
            ExprKind::Literal(literal) => constant(literal),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Global(name) => format!("global::{}", self.name(name)),
            ExprKind::Predefined(of) => of.keyword().to_owned(),
            ExprKind::Parenthesized(inner) => list("paren", [self.expr(*inner)]),
            ExprKind::Member { target, name } => list(".", [self.expr(*target), self.name(name)]),
            ExprKind::ConditionalAccess { target, access } => list("?", [self.expr(*target), self.expr(*access)]),
            ExprKind::MemberBinding(name) => list(".", [self.name(name)]),
            ExprKind::ElementBinding(arguments) => list("[]", self.arguments(arguments)),
            ExprKind::Call { target, arguments } => {
                list("call", std::iter::once(self.expr(*target)).chain(self.arguments(arguments)))
            }
            ExprKind::Index { target, arguments } => {
                list("[]", std::iter::once(self.expr(*target)).chain(self.arguments(arguments)))
            }
            ExprKind::Unary { operator, operand } => list(operator.text(), [self.expr(*operand)]),
            ExprKind::Binary { operator, left, right } => list(operator.text(), [self.expr(*left), self.expr(*right)]),
            ExprKind::Assign { operator, target, value } => {
                list(operator.text(), [self.expr(*target), self.expr(*value)])
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                list("?:", self.exprs(&[*condition, *then, *otherwise]))
            }
            ExprKind::Cast { of, operand } => list("cast", [self.type_of(*of), self.expr(*operand)]),
            ExprKind::As { operand, of } => list("as", [self.expr(*operand), self.type_of(*of)]),
            ExprKind::Is { operand, pattern } => list("is", [self.expr(*operand), self.pattern(*pattern)]),
            other => self.rare_expr(other),
        }
    }

    fn rare_expr(&self, kind: &ExprKind) -> String {
        match kind {
            ExprKind::Interpolated(parts) => list("$", parts.iter().map(|part| self.part(part))),
            ExprKind::Tuple(items) => list(
                "tuple",
                items.iter().map(|item| match item.name {
                    Some(name) => format!("{}:{}", self.tree.text(name), self.expr(item.value)),
                    None => self.expr(item.value),
                }),
            ),
            ExprKind::Switch { value, arms } => {
                let arms = arms.iter().map(|arm| {
                    let guard = arm.guard.map(|guard| list("when", [self.expr(guard)])).unwrap_or_default();
                    list("=>", [self.pattern(arm.pattern), guard, self.expr(arm.value)])
                });
                list("switch", std::iter::once(self.expr(*value)).chain(arms))
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::New { of, arguments, initializer } => {
                let of = of.map_or("_".to_owned(), |of| self.type_of(of));
                let initializer = initializer.as_ref().map(|braces| self.initializer(braces));
                list("new", std::iter::once(of).chain(self.arguments(arguments)).chain(initializer))
            }
            ExprKind::NewArray { of, sizes, items } => {
                let items = items.as_ref().map(|items| self.items(items));
                list("new-array", std::iter::once(self.type_of(*of)).chain(self.exprs(sizes)).chain(items))
            }
            ExprKind::NewImplicitArray { rank, items } => list(&format!("new[{rank}]"), [self.items(items)]),
            ExprKind::NewAnonymous(members) => {
                let member = |member: &super::ast::AnonymousMember| {
                    format!("{}={}", self.tree.text(member.name), self.expr(member.value))
                };
                list("new-anonymous", members.iter().map(member))
            }
            ExprKind::TypeOf(of) => list("typeof", [self.type_of(*of)]),
            ExprKind::SizeOf(of) => list("sizeof", [self.type_of(*of)]),
            ExprKind::Default(of) => list("default", of.map(|of| self.type_of(of))),
            ExprKind::Checked(value) => list("checked", [self.expr(*value)]),
            ExprKind::Unchecked(value) => list("unchecked", [self.expr(*value)]),
            ExprKind::Throw(value) => list("throw", [self.expr(*value)]),
            ExprKind::Ref(value) => list("ref", [self.expr(*value)]),
            ExprKind::Query(query) => list("query", query.clauses.iter().map(|clause| self.clause(clause))),
            ExprKind::Declaration { of, designation } => {
                list("declare", [self.type_of(*of), self.designation(designation)])
            }
            _ => unreachable!("shown by `expr`"),
        }
    }

    fn part(&self, part: &InterpolationPart) -> String {
        match part {
            InterpolationPart::Text(text) => format!("{text:?}"),
            InterpolationPart::Hole { value, alignment, format } => {
                let alignment = alignment.map(|alignment| format!(",{}", self.expr(alignment))).unwrap_or_default();
                let format = format.as_ref().map(|format| format!(":{format}")).unwrap_or_default();
                format!("{{{}{alignment}{format}}}", self.expr(*value))
            }
        }
    }

    fn lambda(&self, lambda: &Lambda) -> String {
        let parameters = lambda.parameters.as_ref().map_or("any".to_owned(), |parameters| self.parameters(parameters));
        list("=>", [parameters, self.body(lambda.body)])
    }

    fn body(&self, body: LambdaBody) -> String {
        match body {
            LambdaBody::Expression(value) => self.expr(value),
            LambdaBody::Block(block) => self.stmt(block),
        }
    }

    fn parameters(&self, parameters: &[Parameter]) -> String {
        let parameter = |parameter: &Parameter| {
            let is_params = if parameter.is_params { "params " } else { "" };
            let of = parameter.of.map(|of| self.type_of(of) + " ").unwrap_or_default();
            let default = parameter.default.map(|value| format!("={}", self.expr(value))).unwrap_or_default();
            format!("{is_params}{}{of}{}{default}", passing(parameter.passing), self.tree.text(parameter.name))
        };
        format!("({})", parameters.iter().map(parameter).collect::<Vec<_>>().join(", "))
    }

    fn arguments(&self, arguments: &[Argument]) -> Vec<String> {
        let argument = |argument: &Argument| {
            let name = argument.name.map(|name| format!("{}:", self.tree.text(name))).unwrap_or_default();
            format!("{name}{}{}", passing(argument.passing), self.expr(argument.value))
        };
        arguments.iter().map(argument).collect()
    }

    fn initializer(&self, initializer: &Initializer) -> String {
        match initializer {
            Initializer::Object(members) => list(
                "set",
                members.iter().map(|member| {
                    let target = match &member.target {
                        MemberTarget::Name(name) => self.tree.text(*name).to_owned(),
                        MemberTarget::Index(arguments) => list("[]", self.arguments(arguments)),
                    };
                    match &member.value {
                        InitialValue::Value(value) => format!("{target}={}", self.expr(*value)),
                        InitialValue::Nested(nested) => format!("{target}={}", self.initializer(nested)),
                    }
                }),
            ),
            Initializer::Collection(items) => {
                list("add", items.iter().map(|item| self.exprs(&item.arguments).join(",")))
            }
        }
    }

    fn items(&self, items: &ArrayItems) -> String {
        list(
            "items",
            items.items.iter().map(|item| match item {
                ArrayItem::Value(value) => self.expr(*value),
                ArrayItem::Nested(nested) => self.items(nested),
            }),
        )
    }

    fn clause(&self, clause: &Clause) -> String {
        let text = |name: &super::ast::Name| self.tree.text(*name).to_owned();
        let of = |of: &Option<TypeId>| of.map(|of| self.type_of(of)).unwrap_or_default();
        match clause {
            Clause::From { of: kind, name, source } => list("from", [of(kind), text(name), self.expr(*source)]),
            Clause::Let { name, value } => list("let", [text(name), self.expr(*value)]),
            Clause::Where(value) => list("where", [self.expr(*value)]),
            Clause::Join { of: kind, name, source, left, right, into } => {
                let into = into.as_ref().map(text).unwrap_or_default();
                let keys = self.exprs(&[*source, *left, *right]);
                list("join", [of(kind), text(name)].into_iter().chain(keys).chain([into]))
            }
            Clause::OrderBy(orderings) => list(
                "orderby",
                orderings
                    .iter()
                    .map(|ordering| self.expr(ordering.key) + if ordering.is_descending { " descending" } else { "" }),
            ),
            Clause::Select(value) => list("select", [self.expr(*value)]),
            Clause::Group { value, key } => list("group", self.exprs(&[*value, *key])),
            Clause::Into(name) => list("into", [text(name)]),
        }
    }

    fn type_of(&self, of: TypeId) -> String {
        match &self.tree[of].kind {
            TypeKind::Predefined(of) => of.keyword().to_owned(),
            TypeKind::Var => "var".to_owned(),
            TypeKind::Dynamic => "dynamic".to_owned(),
            TypeKind::Named { qualifier, name } => {
                let qualifier = qualifier.map(|of| self.type_of(of) + ".").unwrap_or_default();
                qualifier + &self.name(name)
            }
            TypeKind::Array { element, rank } => {
                // Shown from the inside out, so that `int[][,]` cannot be mistaken for `int[,][]`.
                format!("array{rank}({})", self.type_of(*element))
            }
            TypeKind::Nullable(of) => self.type_of(*of) + "?",
            TypeKind::Ref { of, is_readonly } => {
                format!("ref {}{}", if *is_readonly { "readonly " } else { "" }, self.type_of(*of))
            }
            TypeKind::Tuple(elements) => {
                let element = |element: &super::ast::TupleElementType| {
                    let name = element.name.map(|name| format!(" {}", self.tree.text(name))).unwrap_or_default();
                    self.type_of(element.of) + &name
                };
                format!("({})", elements.iter().map(element).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn pattern(&self, pattern: PatternId) -> String {
        match &self.tree[pattern].kind {
            PatternKind::Discard => "_".to_owned(),
            PatternKind::Constant(value) => list("const", [self.expr(*value)]),
            PatternKind::Name(of) => list("name", [self.type_of(*of)]),
            PatternKind::Type(of) => list("type", [self.type_of(*of)]),
            PatternKind::Declaration { of, designation } => {
                list("declare", [self.type_of(*of), self.designation(designation)])
            }
            PatternKind::Var(designation) => list("var", [self.designation(designation)]),
            PatternKind::Positional(items) => list("items", items.iter().map(|item| self.pattern(*item))),
            PatternKind::Properties { of, properties, designation } => {
                let of = of.map(|of| self.type_of(of)).unwrap_or_default();
                let property = |property: &super::ast::PropertyPattern| {
                    let path: Vec<&str> = property.path.iter().map(|&name| self.tree.text(name)).collect();
                    format!("{}:{}", path.join("."), self.pattern(property.pattern))
                };
                let name = designation.as_ref().map(|designation| self.designation(designation));
                list("has", std::iter::once(of).chain(properties.iter().map(property)).chain(name))
            }
            PatternKind::Relational { operator, value } => list(operator.text(), [self.expr(*value)]),
            PatternKind::Not(inner) => list("not", [self.pattern(*inner)]),
            PatternKind::And(left, right) => list("and", [self.pattern(*left), self.pattern(*right)]),
            PatternKind::Or(left, right) => list("or", [self.pattern(*left), self.pattern(*right)]),
            PatternKind::Parenthesized(inner) => list("paren", [self.pattern(*inner)]),
        }
    }

    fn designation(&self, designation: &Designation) -> String {
        match designation {
            Designation::Single(name) => self.tree.text(*name).to_owned(),
            Designation::Discard(_) => "_".to_owned(),
            Designation::Tuple(names) => {
                format!("({})", names.iter().map(|name| self.designation(name)).collect::<Vec<_>>().join(", "))
            }
            Designation::Expression(value) => self.expr(*value),
        }
    }
}

fn passing(passing: ParameterPassing) -> &'static str {
    match passing {
        ParameterPassing::Value => "",
        ParameterPassing::Ref => "ref ",
        ParameterPassing::Out => "out ",
        ParameterPassing::In => "in ",
    }
}

fn constant(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::UInt(value) => format!("{value}u"),
        Literal::Long(value) => format!("{value}L"),
        Literal::ULong(value) => format!("{value}uL"),
        Literal::Float(value) => format!("{value}f"),
        Literal::Double(value) => format!("{value}d"),
        Literal::Decimal(value) => format!("{}e-{}m", value.mantissa, value.scale),
        Literal::Char(unit) => format!("'{}'", char::from_u32(u32::from(*unit)).unwrap_or('\u{fffd}').escape_debug()),
        Literal::String(text) => format!("{text:?}"),
    }
}
