//! The engine against what real C# answers (`tests/csharp`): code in, canonical text of the value out.
//!
//! What must hold: every line of both tables agrees, except those that `deviations.txt` names with a reason; and those differ.

mod canonical;
mod described;
mod members;

use std::collections::BTreeMap;
use std::path::Path;

use self::canonical::{canonical, type_name};
use self::described::Described;
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::{Form, Type, compile};
use crate::variables::Variables;

/// One line of a table.
struct Case {
    id: String,
    code: String,
    form: Form,
    /// File with the exchange.
    context: String,
    expected: Expected,
    /// What the line says of constructs that are newer than C# 7.3.
    newer: Newer,
}

/// Whether a line needs a later version of C#.
enum Newer {
    /// The real compiler takes it as C# 7.3.
    No,
    /// Its first such construct needs this version.
    Version(String),
    /// Nobody asked the real compiler.
    Unknown,
}

impl Newer {
    fn read(case: &serde_json::Value) -> Newer {
        if case["hand"].is_string() || case["same"] == true {
            return Newer::Unknown;
        }
        match case["compile_error"].as_str() {
            None => Newer::No,
            Some(error) if case["newer"] == true => {
                let (_, version) = error.split_once("version ").unwrap();
                let version = version.trim_start_matches('\'').split('.').next().unwrap();
                Newer::Version(format!(" is C# {version}; "))
            }
            Some(_) => Newer::Unknown,
        }
    }
}

enum Expected {
    /// Name of the type, canonical text.
    Value(String, String),
    /// Class, and the message where it matters.
    Exception(String, Option<String>),
    /// Refused when it is compiled.
    CompileError,
    /// Any value.
    Volatile,
}

impl Case {
    fn read(line: &str) -> Case {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().map(str::to_owned);
        let is = |name: &str| case[name].as_bool() == Some(true);
        let expected = match (text("value"), text("throws")) {
            (Some(value), _) => Expected::Value(text("type").unwrap_or_default(), value),
            (_, Some(class)) => Expected::Exception(class, text("message").filter(|_| is("message_matters"))),
            _ if is("volatile") => Expected::Volatile,
            _ => Expected::CompileError,
        };
        let form = if case["form"] == "multi" { Form::Statements } else { Form::Expression };
        let [id, code, context] = ["id", "code", "context"].map(|name| text(name).unwrap());
        Case { id, code, form, context, expected, newer: Newer::read(&case) }
    }

    /// What the engine makes of it, if that is not what C# does.
    fn difference(&self, described: &Described) -> Option<String> {
        if !matches!(self.newer, Newer::Unknown) && !self.is_warned_of() {
            let told = warnings(&self.code, self.form);
            return Some(format!("{}\n    {}\n  warnings about its version: {told:?}", self.id, self.code));
        }
        if matches!(self.newer, Newer::Version(_)) {
            return None;
        }
        let answer = answer(&self.code, self.form, described);
        match (&self.expected, &answer) {
            (Expected::Value(of, expected), Answer::Value(our, text)) if expected == text && is_same_type(of, our) => {
                None
            }
            (Expected::Exception(class, message), Answer::Exception(thrown, text))
                if class == thrown && message.as_ref().is_none_or(|message| message == text) =>
            {
                None
            }
            (Expected::CompileError, Answer::Refused(_)) | (Expected::Volatile, Answer::Value(..)) => None,
            (expected, answer) => {
                let code = self.code.replace('\n', "\n    ");
                Some(format!("{}\n    {code}\n  C# {}\n  we {}", self.id, expected.shown(), answer.shown()))
            }
        }
    }
}

impl Case {
    /// Whether what is newer than C# 7.3 in it has a warning with the version, and nothing else has.
    fn is_warned_of(&self) -> bool {
        let told = warnings(&self.code, self.form);
        match &self.newer {
            Newer::Version(version) => told.iter().any(|warning| warning.contains(version)),
            _ => told.is_empty(),
        }
    }
}

/// The warnings about the version of C# that code needs.
fn warnings(code: &str, form: Form) -> Vec<String> {
    let expression = compile(code, form, &Type::Object);
    let warnings = expression.iter().flat_map(|expression| expression.warnings());
    warnings
        .map(|warning| warning.message.clone())
        .filter(|message| message.contains("; Azure API Management"))
        .collect()
}

impl Expected {
    fn shown(&self) -> String {
        match self {
            Expected::Value(of, text) => format!("= {of} {text}"),
            Expected::Exception(class, message) => format!("! {class}: {}", message.as_deref().unwrap_or("…")),
            Expected::CompileError => "# does not compile".to_owned(),
            Expected::Volatile => "= any value".to_owned(),
        }
    }
}

/// Whether a type is the one that C# answers with. What stands behind an interface of sequences is no promise of .NET, so any sequence
/// will do where the table names one.
fn is_same_type(csharp: &str, ours: &str) -> bool {
    let is_sequence = |name: &str| {
        let hidden = [
            "IEnumerable<",
            "IOrderedEnumerable<",
            "ICollection<",
            "JEnumerable<",
            "KeyCollection<",
            "ValueCollection<",
        ];
        name.ends_with("[]") || hidden.iter().any(|hidden| name.contains(hidden))
    };
    csharp == ours
        || csharp.replace("<anonymous>", "System.Object") == ours
        || (is_sequence(csharp) && is_sequence(ours))
}

/// What the engine makes of code.
enum Answer {
    /// Name of the type, canonical text.
    Value(String, String),
    Exception(String, String),
    Refused(String),
    Limit(String),
}

impl Answer {
    fn shown(&self) -> String {
        match self {
            Answer::Value(of, text) => format!("= {of} {text}"),
            Answer::Exception(class, message) => format!("! {class}: {message}"),
            Answer::Refused(error) => format!("# {error}"),
            Answer::Limit(limit) => format!("! {limit}"),
        }
    }
}

fn answer(code: &str, form: Form, described: &Described) -> Answer {
    let expression = match compile(code, form, &Type::Object) {
        Ok(expression) => expression,
        Err(errors) => {
            let first = errors.first().map(|error| format!("{}: {}", error.code, error.message));
            return Answer::Refused(first.unwrap_or_default());
        }
    };
    let mut exchange = described.exchange();
    // Most lines need none.
    let mut variables = if code.contains("context") { described.variables() } else { Variables::default() };
    let last_error = described.last_error();
    let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: last_error.as_ref() };
    let mut machine = Machine::new(host);
    let result = machine.evaluate(expression.code()).and_then(|value| {
        let text = canonical(&value, &mut machine)?;
        Ok((type_name(&value.of()), text))
    });
    match result {
        Ok((of, text)) => Answer::Value(of, text),
        Err(Thrown::Exception(exception)) => {
            Answer::Exception(exception.of.name().to_owned(), exception.message.to_string())
        }
        Err(Thrown::Limit(limit)) => Answer::Limit(limit.to_string()),
    }
}

/// Ids of lines that differ, each with the reason: a reason starts at the margin, the ids it is for stand below it, indented.
fn deviations() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut reason = String::new();
    for line in file("deviations.txt").lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(ids) => {
                assert!(!reason.is_empty(), "no reason for {ids}");
                for id in ids.split_whitespace() {
                    let before = found.insert(id.to_owned(), reason.clone());
                    assert!(before.is_none(), "{id} is listed twice");
                }
            }
            None => reason = line.to_owned(),
        }
    }
    found
}

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/csharp");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn cases(table: &str) -> Vec<Case> {
    file(table).lines().map(Case::read).collect()
}

#[track_caller]
#[allow(clippy::print_stdout, reason = "what differs is worth reading")]
fn check_table(table: &str) {
    let described: Vec<(&str, Described)> =
        ["context.json", "context-bare.json"].map(|name| (name, Described::read(&file(name)))).into();
    let deviations = deviations();
    let (mut wrong, mut stale) = (0, 0);
    for case in cases(table) {
        let (_, described) = described.iter().find(|(name, _)| *name == case.context).unwrap();
        match (case.difference(described), deviations.get(&case.id)) {
            (None, None) | (Some(_), Some(_)) => {}
            (Some(difference), None) => {
                wrong += 1;
                println!("{difference}");
            }
            (None, Some(reason)) => {
                stale += 1;
                println!("{} agrees, but is listed: {reason}", case.id);
            }
        }
    }
    assert!(wrong == 0 && stale == 0, "{wrong} answers differ and are not listed, {stale} are listed and agree");
}

#[test]
fn all_answers_but_the_listed_are_those_of_csharp() {
    check_table("table.jsonl");
}

#[test]
fn all_corpus_expressions_but_the_listed_do_what_they_do_in_csharp() {
    check_table("corpus-table.jsonl");
}

/// `generate.sh TOPIC` leaves its answers in a file; with its name in `POSTERN_TRIAL` this shows what of them differs here.
#[test]
fn the_answers_of_a_trial_are_those_of_csharp() {
    if let Ok(path) = std::env::var("POSTERN_TRIAL") {
        check_table(&path);
    }
}

#[test]
fn every_listed_deviation_is_a_line_of_a_table() {
    let mut listed = deviations();
    for case in cases("table.jsonl").iter().chain(&cases("corpus-table.jsonl")) {
        listed.remove(&case.id);
    }
    assert!(listed.is_empty(), "no such lines: {listed:?}");
}
