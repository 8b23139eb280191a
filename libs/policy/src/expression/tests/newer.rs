//! What is newer than the C# of the original is taken, with a warning where it stands. The versions are those of the real compiler
//! (`tests/csharp/cases/newer.txt`).

use crate::expression::newer::Newer;
use crate::expression::{Form, Type, compile};

/// The places of warnings about the version in `marked`, where each should have a `‸`.
#[track_caller]
fn check(form: Form, marked: &str, constructs: &[Newer]) {
    let mut code = String::new();
    let mut places = Vec::new();
    for piece in marked.split('‸') {
        code.push_str(piece);
        places.push(code.len());
    }
    places.pop();
    let expression = compile(&code, form, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let told: Vec<(usize, &str)> =
        expression.warnings().iter().map(|warning| (warning.span.start as usize, &*warning.message)).collect();
    let messages: Vec<String> = constructs.iter().map(|newer| newer.warning(Default::default()).message).collect();
    let wanted: Vec<(usize, &str)> = places.into_iter().zip(messages.iter().map(|message| &**message)).collect();
    assert_eq!(told, wanted, "{code}");
}

#[test]
fn every_construct_newer_than_the_original_has_a_warning_where_it_stands() {
    use Newer as N;
    let expressions: &[(&str, &[Newer])] = &[
        ("1 ‸switch { 1 => \"a\", _ => \"b\" }", &[N::SwitchExpression]),
        ("\"a\" is ‸{ Length: 1 }", &[N::PropertyPattern]),
        ("DateTime.MinValue is ‸{ TimeOfDay‸.Hours: 1 }", &[N::PropertyPattern, N::NestedPropertyPattern]),
        ("(1, 2) is ‸(1, 2)", &[N::PositionalPattern]),
        ("(1, 2) is ‸var (a, b)", &[N::PositionalPattern]),
        ("‸@$\"a{1}\"", &[N::VerbatimInterpolation]),
        ("(object)1 is ‸not null", &[N::NotPattern]),
        ("5 is 1 ‸or 5", &[N::OrPattern]),
        ("5 is ‸> 3 ‸and < 7", &[N::RelationalPattern, N::AndPattern]),
        ("(object)\"a\" is ‸(string s)", &[N::ParenthesizedPattern]),
    ];
    for (code, constructs) in expressions {
        check(Form::Expression, code, constructs);
    }
    let bodies: &[(&str, &[Newer])] = &[
        ("string s = null; s ‸??= \"x\"; return s;", &[N::CoalescingAssignment]),
        ("‸using var h = SHA256.Create(); return 1;", &[N::UsingDeclaration]),
        ("‸static int F() => 1; return F();", &[N::StaticLocalFunction]),
        ("‸string? s = null; return s;", &[N::NullableReference]),
        ("List<int> l = ‸new(); return l;", &[N::TargetTypedNew]),
        ("Func<int, int, int> f = (_, ‸_) => 1; return f(1, 2);", &[N::DiscardParameters]),
        ("int y; ‸(var x, y) = (1, 2); return x + y;", &[N::MixedDeconstruction]),
        ("switch ((object)1) { case ‸int: return 1; default: return 2; }", &[N::TypePattern]),
        ("switch ((object)1) { case ‸Exception: return 1; default: return 2; }", &[N::TypePattern]),
        ("switch (1) { case ‸_: return 1; }", &[N::DiscardPattern]),
    ];
    for (code, constructs) in bodies {
        check(Form::Statements, code, constructs);
    }
    let shown: Vec<Newer> =
        expressions.iter().chain(bodies).flat_map(|(_, constructs)| constructs.iter().copied()).collect();
    for newer in Newer::ALL {
        assert!(shown.contains(&newer), "{newer:?} has no line here");
    }
}

#[test]
fn a_construct_has_one_warning_in_an_expression() {
    check(Form::Expression, "(5 is 1 ‸or 5) && (6 is 2 or 3)", &[Newer::OrPattern]);
    check(Form::Expression, "‸@$\"a{1}\" + @$\"b\"", &[Newer::VerbatimInterpolation]);
    check(Form::Statements, "‸string? s = null; object? o = s; return o;", &[Newer::NullableReference]);
}

#[test]
fn what_the_original_takes_has_no_warning() {
    check(Form::Expression, "(object)1 is int", &[]);
    check(Form::Expression, "5 is (5)", &[]);
    check(Form::Expression, "$@\"a{1}\"", &[]);
    check(Form::Statements, "int? x = null; return x;", &[]);
    check(Form::Statements, "int a, b; (a, b) = (1, 2); (int c, var _) = (3, 4); return a + b + c;", &[]);
    check(Form::Statements, "Func<int, int, int> f = (_, x) => x; return f(1, 2);", &[]);
    check(
        Form::Statements,
        "switch ((object)1) { case int i when i > 0: return i; case null: return 0; default: return 2; }",
        &[],
    );
}
