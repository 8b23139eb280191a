//! The members of Regex and of its results, called as compiled code calls them; the values are those of .NET 8.
#![allow(clippy::cloned_ref_to_slice_refs, reason = "arguments read alike whether one or more are given")]

use smallvec::SmallVec;

use crate::expression::display;
use crate::expression::enums::EnumValue;
use crate::expression::library::{Class, Member, get};
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::sequence;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

fn find(class: &'static Class, signature: &str) -> Option<&'static Member> {
    class.members().iter().find(|member| member.signature == signature).or_else(|| {
        class.bases().iter().find_map(|base| match base {
            Type::Class(id, _) => find(get().class(*id), signature),
            _ => None,
        })
    })
}

fn with_machine<T>(run: impl FnOnce(&mut Machine<'_>) -> T) -> T {
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    run(&mut Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None }))
}

fn call(class: &str, signature: &str, arguments: &[Value]) -> Result<Value, String> {
    let id = get().class_by_full_name(&format!("System.Text.RegularExpressions.{class}"), 0);
    let member = id.and_then(|id| find(get().class(id), signature));
    let member = member.unwrap_or_else(|| panic!("no {class}.{signature}"));
    assert_eq!(arguments.len(), member.parameters.len() + usize::from(!member.is_static), "{signature}");
    with_machine(|machine| {
        let arguments = arguments.iter().cloned().collect();
        let mut call = Call { machine, arguments, types: &[], outs: SmallVec::new() };
        (member.native)(&mut call).map_err(|thrown| match thrown {
            Thrown::Exception(exception) => exception.to_string(),
            Thrown::Limit(limit) => format!("{limit:?}"),
        })
    })
}

/// The text of a value; of a sequence its items.
fn text(value: &Value) -> String {
    with_machine(|machine| {
        if !matches!(value, Value::String(_))
            && let Ok(items) = sequence::collect(value, machine)
        {
            let items = items.iter().map(|item| display::to_text(item, machine).unwrap().to_string());
            return items.collect::<Vec<_>>().join("|");
        }
        display::to_text(value, machine).unwrap().to_string()
    })
}

fn options(bits: i64) -> Value {
    let class = get().class_by_full_name("System.Text.RegularExpressions.RegexOptions", 0).unwrap();
    Value::object(EnumValue { class, value: bits })
}

#[test]
fn static_and_instance_members_agree() {
    let regex = call("Regex", "(string pattern)", &["[a-c]+".into()]).unwrap();
    for (own, of_class, expected) in [
        ("bool IsMatch(string input)", "static bool IsMatch(string input, string pattern)", "True"),
        ("Match Match(string input)", "static Match Match(string input, string pattern)", "ab"),
        (
            "MatchCollection Matches(string input)",
            "static MatchCollection Matches(string input, string pattern)",
            "ab|c",
        ),
        ("string[] Split(string input)", "static string[] Split(string input, string pattern)", "x|y|"),
        ("int Count(string input)", "static int Count(string input, string pattern)", "2"),
    ] {
        assert_eq!(text(&call("Regex", own, &[regex.clone(), "xabyc".into()]).unwrap()), expected, "{own}");
        assert_eq!(text(&call("Regex", of_class, &["xabyc".into(), "[a-c]+".into()]).unwrap()), expected, "{of_class}");
    }
    let signature = "static string Replace(string input, string pattern, string replacement, RegexOptions options)";
    let replaced = call("Regex", signature, &["xABy".into(), "(a)(b)".into(), "$2$1".into(), options(1)]).unwrap();
    assert_eq!(text(&replaced), "xBAy");
    let signature = "string Replace(string input, string replacement, int count)";
    assert_eq!(
        text(&call("Regex", signature, &[regex.clone(), "axbxc".into(), "-".into(), 2.into()]).unwrap()),
        "-x-xc"
    );
    assert_eq!(text(&regex), "[a-c]+");
    assert_eq!(text(&call("Regex", "static string Escape(string str)", &["a.b".into()]).unwrap()), "a\\.b");
}

#[test]
fn groups_and_captures_are_reached_from_a_match() {
    let arguments = ["2024-05".into(), r"(?<year>\d+)-(\d)+".into()];
    let found = call("Regex", "static Match Match(string input, string pattern)", &arguments).unwrap();
    let groups = call("Match", "GroupCollection Groups", &[found.clone()]).unwrap();
    let year = call("GroupCollection", "Group this[string groupname]", &[groups.clone(), "year".into()]).unwrap();
    assert_eq!(text(&year), "2024");
    assert_eq!(text(&call("Group", "string Name", &[year.clone()]).unwrap()), "year");
    assert_eq!(text(&call("Match", "int Index", &[year]).unwrap()), "0");
    let digits = call("GroupCollection", "Group this[int groupnum]", &[groups.clone(), 1.into()]).unwrap();
    assert_eq!(text(&call("Group", "CaptureCollection Captures", &[digits]).unwrap()), "0|5");
    let whole = call("GroupCollection", "Group this[int groupnum]", &[groups.clone(), 0.into()]).unwrap();
    assert_eq!(whole.of().to_string(), "Match");
    let none = call("GroupCollection", "Group this[string groupname]", &[groups.clone(), "none".into()]).unwrap();
    assert_eq!(text(&call("Group", "bool Success", &[none.clone()]).unwrap()), "False");
    assert_eq!(text(&call("Capture", "string Value", &[none]).unwrap()), "");
    assert_eq!(text(&groups), "2024-05|5|2024");
    assert_eq!(text(&call("GroupCollection", "int Count", &[groups]).unwrap()), "3");
    let result = call("Match", "string Result(string replacement)", &[found.clone(), "${year}!".into()]).unwrap();
    assert_eq!(text(&result), "2024!");
    let next = call("Match", "Match NextMatch()", &[found]).unwrap();
    assert_eq!(text(&call("Group", "bool Success", &[next]).unwrap()), "False");
}

#[test]
fn exceptions_are_those_of_dotnet() {
    let prefix = "System.Text.RegularExpressions.RegexParseException: ";
    assert_eq!(
        call("Regex", "(string pattern)", &["x(".into()]).unwrap_err(),
        format!("{prefix}Invalid pattern 'x(' at offset 2. Not enough )'s.")
    );
    assert_eq!(
        call("Regex", "static bool IsMatch(string input, string pattern)", &[Value::Null, "x".into()]).unwrap_err(),
        "System.ArgumentNullException: Value cannot be null. (Parameter 'input')"
    );
    let slow = call(
        "Regex",
        "static bool IsMatch(string input, string pattern)",
        &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".into(), "^(a+)+$".into()],
    );
    assert!(slow.unwrap_err().starts_with("System.Text.RegularExpressions.RegexMatchTimeoutException"));
    let arguments = ["a".into(), "a".into()];
    let found = call("Regex", "static MatchCollection Matches(string input, string pattern)", &arguments).unwrap();
    assert_eq!(
        call("MatchCollection", "Match this[int i]", &[found, 1.into()]).unwrap_err(),
        "System.ArgumentOutOfRangeException: Specified argument was out of the range of valid values. (Parameter 'i')"
    );
}
