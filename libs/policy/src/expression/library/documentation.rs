//! `docs/expressions.md`, made of the library: every class with the signatures of its members.
//!
//! The page is checked in; a test compares it with what it should be. `POSTERN_WRITE_DOCS=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use crate::expression::newer::Newer;

use super::{Class, ClassKind, MemberKind, get};

const HEAD: &str = "# Expressions\n\n\
    Policy expressions are C#: `@(expression)` is one expression, `@{ statements }` a body that returns on every path. The language is C# 7 with the later forms that\n\
    cannot be mistaken for something else (below). All namespaces below are imported.\n\
    What an expression may use is this closed list; anything else is an error when the policy is saved, with the C# compiler's code and place.\n\n\
    An evaluation has budgets for steps, memory and the depth of calls (`libs/policy/src/expression/limits.rs`); one that takes long gives other requests their\n\
    turn. An exception that is not caught runs `on-error` with the reason `ExpressionValueEvaluationFailure`.\n\n\
    Positions in strings count UTF-16 units, and a `char` or an item of a `char[]` may be half of a surrogate pair, as in .NET. A string is kept in UTF-8, though, the\n\
    form of bodies and headers, which has no halves: a half that comes to stand alone in a string becomes U+FFFD, for good (`\"😀\".Substring(0, 1)`, `\"\" + '\\ud83d'`).\n\n\
    Made from the library (`libs/policy/src/expression/library/`): `POSTERN_WRITE_DOCS=1 cargo nextest run -p postern-policy documentation` writes it anew.\n";

/// What `tests/csharp/deviations.txt` and `members-left-out.txt` say in full.
const DIFFERENCES: &str = "\n## Where it differs from .NET\n\n\
    Some thousands of expressions are compared with real C# in every test run (`tests/csharp`); the lines that differ are listed there with their reasons. What an author\n\
    may meet:\n\n\
    - Integers of JSON beyond 64 bits are kept with all digits, and formatted and converted exactly, but `BigInteger` is not among the types that APIM allows: their\n\
    `Value` is a string, and arithmetic with `dynamic` takes them as one.\n\
    - Messages of errors in `ToObject` name line and position of tokens that were read, but not of a value or property that was put elsewhere, nor in texts of\n\
    more than 256 KiB.\n\
    - A property that was removed from its object keeps its value's `Parent` only as long as somebody holds the property itself.\n\
    - A filter (`catch … when`) is asked before inner `finally` blocks run, as in .NET, but in one go: one that takes too many steps ends the evaluation.\n\
    - A generic local function is checked with the types it is called with, and with `object` if it has one type parameter and no constraint, not once for all types.\n\
    - Names of tuple items belong to the tuple's type: where two names for the same types meet, both are known.\n\
    - Named time zones have the rules of the IANA database; their display names are not localised, and `GetAdjustmentRules` of them gives none.\n\
    - `typeof(void)`, `GetInvocationList`, `Method` and `Target` of delegates, `ActualValue` and `Data` of exceptions are refused when the policy is saved.\n";

fn page() -> String {
    let mut page = HEAD.to_owned();
    write_newer(&mut page);
    page.push_str(DIFFERENCES);
    let mut classes: Vec<&Class> = get().classes().collect();
    classes.sort_by(|a, b| (&a.full_name, a.parameters.len()).cmp(&(&b.full_name, b.parameters.len())));
    let mut namespace = "";
    for class in classes {
        let of = class.full_name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
        if of != namespace {
            namespace = of;
            let _ = write!(page, "\n## {namespace}\n");
        }
        write_class(&mut page, class);
    }
    page
}

fn write_newer(page: &mut String) {
    page.push_str(
        "\n## Newer than C# 7\n\n\
        Azure API Management compiles with C# 7 and refuses what follows. It works here, with a warning (`expression-suspect`) when a policy is saved or checked, one of each\n\
        kind in an expression: a document without such warnings runs in both.\n\n\
        | construct | for example | C# |\n|---|---|---|\n",
    );
    for newer in Newer::ALL {
        let (what, version, example) = newer.described();
        let what = what.trim_start_matches("A ").trim_start_matches("An ");
        let _ = writeln!(page, "| {what} | `{example}` | {version} |");
    }
}

fn write_class(page: &mut String, class: &Class) {
    let names: Vec<&str> = class.parameters.iter().map(|(name, _)| &**name).collect();
    let parameters = if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) };
    let kind = match class.kind {
        ClassKind::Class => "class",
        ClassKind::Static => "static class",
        ClassKind::Struct => "struct",
        ClassKind::Interface => "interface",
        ClassKind::Enum => "enum",
        ClassKind::Delegate => "delegate",
    };
    let _ = write!(page, "\n### {kind} {}{parameters}\n", class.name);
    if !class.constants.is_empty() {
        let names: Vec<String> = class.constants.iter().map(|(name, _)| format!("`{name}`")).collect();
        let _ = write!(page, "\n{}\n", names.join(", "));
    }
    let mut lines: Vec<String> = Vec::new();
    for member in class.members() {
        let line = match member.kind {
            MemberKind::Constructor => format!("new {}{parameters}{}", class.name, member.signature),
            _ => member.signature.to_owned(),
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if !lines.is_empty() {
        let _ = write!(page, "\n```csharp\n{}\n```\n", lines.join("\n"));
    }
}

#[test]
fn the_page_says_what_the_library_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/expressions.md");
    let page = page();
    if std::env::var_os("POSTERN_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/expressions.md is out of date: run this test with POSTERN_WRITE_DOCS=1");
}
