//! Queries through their natives. Expected values are those of .NET 8; the tables of `tests/csharp` have many more, from source text.

use super::super::collections::tests::{function, ints, message, show, with_machine};
use super::super::testing::call_typed;
use crate::expression::delegate::NativeDelegate;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::expression::{limits, sequence};

const CLASS: (&str, usize) = ("System.Linq.Enumerable", 0);

/// Calls the operator declared with this beginning of a signature; all type arguments are `int`.
fn run(signature: &str, arguments: &[Value]) -> Result<Value, String> {
    let class = crate::expression::library::get().class_by_full_name(CLASS.0, 0).unwrap();
    let class = crate::expression::library::get().class(class);
    let full = class.members().iter().find(|member| {
        member.signature.contains(&format!(" {signature}")) && member.parameters.len() == arguments.len()
    });
    let full = full.unwrap_or_else(|| panic!("no {signature}")).signature;
    call_typed(CLASS, full, &[Type::INT, Type::INT, Type::INT, Type::INT], arguments).map(|mut found| found.remove(0))
}

fn outcome(signature: &str, arguments: &[Value]) -> String {
    run(signature, arguments).map_or_else(|message| format!("!{message}"), |value| show(&value))
}

fn int(value: i32) -> Value {
    Value::Int(value)
}

fn two(run: impl Fn(i32, i32) -> i32 + 'static) -> Value {
    NativeDelegate::value(Type::named("System.Action"), 2, move |_, arguments| match arguments {
        [Value::Int(left), Value::Int(right)] => Ok(int(run(*left, *right))),
        _ => Ok(Value::Null),
    })
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn operators_give_what_dotnet_gives() {
    let list = || ints(&[3, 1, 2, 3]);
    let odd = || function(|value| value % 2 == 1);
    let none = || function(|_| false);
    let cases: &[(&str, Vec<Value>, &str)] = &[
        (
            "Select<T, R>(this IEnumerable<T> source, Func<T, R>",
            vec![list(), function(|value| value * 2)],
            "[6, 2, 4, 6]",
        ),
        (
            "Select<T, R>(this IEnumerable<T> source, Func<T, int, R>",
            vec![list(), two(|value, index| value * index)],
            "[0, 1, 4, 9]",
        ),
        ("Where<T>(this IEnumerable<T> source, Func<T, bool>", vec![list(), odd()], "[3, 1, 3]"),
        ("First<T>(", vec![ints(&[])], "!Sequence contains no elements"),
        ("First<T>(", vec![list(), none()], "!Sequence contains no matching element"),
        ("FirstOrDefault<T>(this IEnumerable<T> source)", vec![ints(&[])], "0"),
        ("FirstOrDefault<T>(this IEnumerable<T> source, T", vec![ints(&[]), int(7)], "7"),
        ("Last<T>(", vec![list()], "3"),
        ("Single<T>(", vec![list()], "!Sequence contains more than one element"),
        ("Single<T>(", vec![list(), odd()], "!Sequence contains more than one matching element"),
        (
            "ElementAt<T>(",
            vec![list(), int(9)],
            "!Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')",
        ),
    ];
    check(cases);
}

fn check(cases: &[(&str, Vec<Value>, &str)]) {
    for (signature, arguments, expected) in cases {
        assert_eq!(outcome(signature, arguments), *expected, "{signature}");
    }
}

#[test]
fn totals_extremes_and_sets_are_those_of_dotnet() {
    let list = || ints(&[3, 1, 2, 3]);
    let cases: &[(&str, Vec<Value>, &str)] = &[
        ("Sum(this IEnumerable<int> source)", vec![list()], "9"),
        (
            "Sum(this IEnumerable<int> source)",
            vec![ints(&[i32::MAX, 1, -1])],
            "!Arithmetic operation resulted in an overflow.",
        ),
        ("Average(this IEnumerable<int> source)", vec![ints(&[i32::MAX, i32::MAX])], "2147483647"),
        ("Average(this IEnumerable<int> source)", vec![ints(&[])], "!Sequence contains no elements"),
        ("Average(this IEnumerable<int?> source)", vec![ints(&[])], "null"),
        ("Max<T>(", vec![list()], "3"),
        ("Min<T>(", vec![ints(&[])], "!Sequence contains no elements"),
        ("Distinct<T>(", vec![list()], "[3, 1, 2]"),
        ("Union<T>(", vec![list(), ints(&[4, 1])], "[3, 1, 2, 4]"),
        ("Intersect<T>(", vec![list(), ints(&[3, 2])], "[3, 2]"),
        ("Except<T>(", vec![list(), ints(&[1])], "[3, 2]"),
        ("OrderBy<T, K>(", vec![list(), function(|value| value)], "[1, 2, 3, 3]"),
        ("OrderByDescending<T, K>(", vec![ints(&[13, 21, 11, 23]), function(|value| value % 10)], "[13, 23, 21, 11]"),
    ];
    check(cases);
}

#[test]
fn parts_groups_and_joins_are_those_of_dotnet() {
    let list = || ints(&[3, 1, 2, 3]);
    let odd = || function(|value| value % 2 == 1);
    let cases: &[(&str, Vec<Value>, &str)] = &[
        ("Aggregate<T>(", vec![list(), two(|left, right| left * 10 + right)], "3123"),
        ("Zip<T, U>(", vec![list(), ints(&[9])], "[(3, 9)]"),
        ("Zip<T, U, R>(", vec![list(), ints(&[9]), two(|left, right| left + right)], "[12]"),
        ("Skip<T>(", vec![list(), int(3)], "[3]"),
        ("Take<T>(", vec![list(), int(-1)], "[]"),
        ("TakeLast<T>(", vec![list(), int(2)], "[2, 3]"),
        ("SkipLast<T>(", vec![list(), int(2)], "[3, 1]"),
        ("TakeWhile<T>(this IEnumerable<T> source, Func<T, bool>", vec![list(), odd()], "[3, 1]"),
        ("Chunk<T>(", vec![list(), int(3)], "[[3, 1, 2], [3]]"),
        ("Reverse<T>(", vec![list()], "[3, 2, 1, 3]"),
        ("DefaultIfEmpty<T>(", vec![ints(&[])], "[0]"),
        ("Range(", vec![int(i32::MAX), int(1)], "[2147483647]"),
        (
            "Range(",
            vec![int(i32::MAX), int(2)],
            "!Specified argument was out of the range of valid values. (Parameter 'count')",
        ),
        ("GroupBy<T, K>(", vec![list(), function(|value| value % 2)], "[[3, 1, 3], [2]]"),
        ("ToLookup<T, K>(", vec![list(), function(|value| value % 2)], "[[3, 1, 3], [2]]"),
        ("ToDictionary<T, K>(", vec![ints(&[1, 2]), function(|value| value * 10)], "[10: 1, 20: 2]"),
        (
            "ToDictionary<T, K>(",
            vec![list(), function(|value| value)],
            "!An item with the same key has already been added. Key: 3",
        ),
        (
            "Join<T, U, K, R>(",
            vec![list(), ints(&[3, 5]), function(|v| v), function(|v| v), two(|l, r| l * r)],
            "[9, 9]",
        ),
    ];
    check(cases);
}

#[test]
fn arguments_are_checked_when_the_operator_is_called() {
    let null = "!Value cannot be null. (Parameter '";
    for (signature, arguments, parameter) in [
        ("Select<T, R>(", vec![Value::Null, Value::Null], "source"),
        ("Select<T, R>(", vec![ints(&[]), Value::Null], "selector"),
        ("Concat<T>(", vec![ints(&[]), Value::Null], "second"),
        ("OrderBy<T, K>(", vec![ints(&[]), Value::Null], "keySelector"),
        ("Any<T>(", vec![Value::Null], "source"),
    ] {
        assert_eq!(outcome(signature, &arguments), format!("{null}{parameter}')"), "{signature}");
    }
}

#[test]
fn nothing_is_asked_before_somebody_walks_and_no_more_than_needed() {
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let counter = std::rc::Rc::clone(&asked);
    let counting = function(move |value| {
        counter.set(counter.get() + 1);
        value
    });
    let endless = run("Range(", &[int(0), int(i32::MAX)]).unwrap();
    let selected = run("Select<T, R>(", &[endless, counting]).unwrap();
    let taken = run("Take<T>(", &[selected, int(2)]).unwrap();
    assert_eq!(asked.get(), 0);
    assert_eq!(show(&taken), "[0, 1]");
    assert_eq!(show(&taken), "[0, 1]");
    assert_eq!(asked.get(), 4);
}

#[test]
fn sequences_without_end_meet_the_budgets() {
    let endless = run("Repeat<T>(", &[int(1), int(i32::MAX)]).unwrap();
    let spent = with_machine(|machine| {
        // What is left is little, so that the test is quick.
        let left = 10_000;
        machine.charge(usize::try_from(limits::STEPS_MAX).unwrap() - left).unwrap();
        let mut walk = sequence::enumerate(&endless).unwrap();
        (0..=left).find_map(|_| walk.next(machine).err()).map(|thrown| message(&thrown))
    });
    assert_eq!(spent.as_deref(), Some("!Steps"));
    let kept = with_machine(|machine| {
        machine.charge_memory(limits::MEMORY_BYTES_MAX - 10_000).unwrap();
        super::query::Source::new(endless.clone())
            .rest(machine, &mut Default::default())
            .err()
            .map(|thrown| message(&thrown))
    });
    assert_eq!(kept.as_deref(), Some("!Memory"));
}

#[test]
fn queries_made_of_each_other_nest_only_so_deep_and_drop_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let dropping = thread.spawn(|| {
        let mut chain = ints(&[1]);
        for _ in 0..100_000 {
            let start: super::query::Start = |parts| {
                let mut source = parts.source(0);
                super::query::walk(move |machine| source.next(machine))
            };
            chain = super::query::Query::value(Type::INT, vec![chain], start, super::query::Length::Unknown);
        }
        assert_eq!(show(&chain), "!Depth");
        drop(chain);
    });
    dropping.unwrap().join().unwrap();
}
