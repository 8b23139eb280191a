//! Natives that pause in the middle of large work: what comes out is what comes out in one go, and no turn does more than its share.

use crate::expression::compiled::compile;
use crate::expression::display::to_text;
use crate::expression::limits::STEPS_MAX;
use crate::expression::machine::{Evaluation, Host, Machine, Progress, Thrown};
use crate::expression::parser::Form;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

const JSON_ITEM: &str = r#"{"id":1234,"name":"a\n\"b","at":"2020-01-02T03:04:05Z","x":[1,2.5,null,{"y":true}]},"#;
const XML_ITEM: &str = r#"<a n="1" p:m="2 &amp; 3" xmlns:p="u"><b>te&lt;xt</b><!--c--><p:c/><![CDATA[d]]></a>"#;

fn exchange(body: &str) -> MemoryExchange {
    MemoryExchange { request_body: Some(body.as_bytes().to_vec()), ..MemoryExchange::get("/") }
}

fn told(result: Result<Value, Thrown>, machine: &mut Machine<'_>) -> String {
    match result.and_then(|value| if value.is_null() { Ok("null".into()) } else { to_text(&value, machine) }) {
        Ok(text) => text.to_string(),
        Err(Thrown::Exception(exception)) => format!("!{} {}", exception.of.name(), exception.message),
        Err(Thrown::Limit(limit)) => format!("!{limit:?}"),
    }
}

/// What code makes of a body in one go, and in how many turns it comes to the same.
fn turns(code: &str, body: &str) -> usize {
    let expression =
        compile(code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let (mut memory, mut variables) = (exchange(body), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut memory, variables: &mut variables, last_error: None });
    let result = machine.evaluate(expression.code());
    let expected = told(result, &mut machine);
    assert!(!expected.starts_with("!Memory") && !expected.starts_with("!Steps"), "{code}: {expected}");
    let left = memory.request_body;

    let (mut memory, mut variables) = (exchange(body), Variables::default());
    let mut evaluation = Evaluation::new();
    evaluation.start(expression.code());
    let mut turns = 1;
    let result = loop {
        match evaluation.step(Host { exchange: &mut memory, variables: &mut variables, last_error: None }) {
            Ok(Progress::Yielded) => turns += 1,
            Ok(Progress::Done(value)) => break Ok(value),
            Err(thrown) => break Err(thrown),
        }
    };
    assert!(evaluation.steps_left < STEPS_MAX - (turns as u64 - 1) * 90_000, "{code}: steps are paid for");
    assert_eq!(memory.request_body, left, "{code}");
    let mut machine = Machine::new(Host { exchange: &mut memory, variables: &mut variables, last_error: None });
    let found = told(result, &mut machine);
    assert!(found == expected, "{code}: {} instead of {}", cut(&found), cut(&expected));
    turns
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

fn array(bytes: usize) -> String {
    format!("[{}0]", JSON_ITEM.repeat(bytes / JSON_ITEM.len()))
}

fn document(bytes: usize) -> String {
    format!("<r>{}</r>", XML_ITEM.repeat(bytes / XML_ITEM.len()))
}

/// Codes with the turns they take at least for a body of this many bytes.
#[track_caller]
fn check(cases: &[(&str, usize)], body: &str) {
    for (code, least) in cases {
        let turns = turns(code, body);
        assert!(turns >= *least && turns < least * 3 + 2, "{code}: {turns} turns instead of {least}");
    }
}

#[test]
fn json_is_read_in_turns() {
    let body = array(500_000);
    check(
        &[
            ("return context.Request.Body.As<JArray>().Count;", 5),
            ("return context.Request.Body.As<JArray>(true).Count;", 5),
            ("return context.Request.Body.As<JToken>()[1][\"x\"][3][\"y\"];", 5),
            ("return context.Request.Body.AsJArray().Last;", 5),
            ("return JToken.Parse(context.Request.Body.As<string>()).Path;", 5),
            ("return JArray.Parse(\"/**/\" + context.Request.Body.As<string>() + \" // c\").Count;", 5),
            ("return JsonConvert.DeserializeObject<JArray>(context.Request.Body.As<string>()).Count;", 5),
            // What is wrong stands at the end.
            ("return JObject.Parse(\"{a:\" + context.Request.Body.As<string>() + \"]\");", 5),
            (
                "try { return JToken.Parse(context.Request.Body.As<string>() + \"]\"); } catch (Exception e) { return e.Message; }",
                5,
            ),
            // Nothing can pause inside of a native.
            (
                "return new[] { context.Request.Body.As<string>() }.Select(x => JArray.Parse(x.Substring(0, 90000) + \"}]\").Count).First();",
                1,
            ),
        ],
        &body,
    );
    check(&[("return context.Request.Body.As<JArray>().Count;", 1)], &array(60_000));
}

#[test]
fn json_is_written_and_copied_in_turns() {
    let body = array(500_000);
    check(
        &[
            ("return context.Request.Body.As<JArray>().ToString();", 12),
            ("return context.Request.Body.As<JArray>().ToString(Newtonsoft.Json.Formatting.None);", 10),
            ("return JsonConvert.SerializeObject(context.Request.Body.As<JArray>());", 10),
            ("var a = context.Request.Body.As<JArray>(); a[0] = 1; var b = a.DeepClone(); a[1] = 2; return b[1];", 12),
        ],
        &body,
    );
}

#[test]
fn xml_is_read_and_written_in_turns() {
    let body = document(200_000);
    check(
        &[
            ("return context.Request.Body.As<XDocument>().Root.Elements().Count();", 8),
            ("return context.Request.Body.As<XElement>(true).Elements().Count();", 8),
            ("return XElement.Parse(context.Request.Body.As<string>(), LoadOptions.PreserveWhitespace).FirstNode;", 8),
            (
                "return XDocument.Parse(\"<!--\" + context.Request.Body.As<string>().Replace(\"-\", \"\") + \"--><a/>\");",
                1,
            ),
            ("return XDocument.Parse(context.Request.Body.As<string>() + \"<a/>\");", 8),
            (
                "var d = new XmlDocument(); d.LoadXml(context.Request.Body.As<string>()); return d.DocumentElement.ChildNodes.Count;",
                8,
            ),
            ("return context.Request.Body.As<XElement>().ToString();", 18),
            ("return context.Request.Body.As<XDocument>().ToString(SaveOptions.DisableFormatting);", 16),
        ],
        &body,
    );
    check(&[("return context.Request.Body.As<XElement>().Elements().Count();", 1)], &document(60_000));
}
