//! What is measured: expressions alone, and whole policies on an exchange in memory.
//!
//! Each scenario is run once before it is measured and its result looked at: what fails quickly is not fast.

use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use postern_policy::expression::{Evaluation, Expression, Form, Host, Progress, Type, Value, compile};
use postern_policy::testing::{MemoryExchange, compile_one};
use postern_policy::{Advance, Program, Run, Section, Variables};

/// RS256 with the key of RFC 7515, appendix A.2; 1,078 bytes, the claims of a Microsoft Entra token. Valid from 12:00 to 14:10 of the day that the
/// exchange in memory has.
const TOKEN: &str = include_str!("token.txt");
/// That key's modulus.
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
/// An order of 2 KB with objects and arrays within each other.
const ORDER: &str = include_str!("order.json");

const HEADER_CONDITION: &str = r#"context.Request.Headers.GetValueOrDefault("X-Tier", "") == "gold""#;
/// None of the first two holds: all three are evaluated.
const CHOOSE: &str = r#"<choose>
  <when condition="@(context.Request.Headers.GetValueOrDefault("X-Tier", "") == "gold")"><set-variable name="way" value="gold"/></when>
  <when condition="@(context.Request.Method == "DELETE")"><set-variable name="way" value="delete"/></when>
  <when condition="@(context.Request.Headers.GetValueOrDefault("X-Region", "eu") == "eu")"><set-variable name="way" value="eu"/></when>
</choose>"#;
const JSON: &str = r#"<set-body>@{
  var body = context.Request.Body.As<JObject>(preserveContent: true);
  body["customer"]["tier"] = "gold";
  body["payment"]["total"] = 1299.5;
  return body.ToString(FORMATTING);
}</set-body>"#;
/// Behind the token's check, so that all of it is seen to have run.
const SET_HEADER: &str = r#"<set-header name="X-Caller" exists-action="override"><value>@(((Jwt)context.Variables["token"]).Subject)</value></set-header>"#;

fn validate_jwt() -> String {
    format!(
        r#"<validate-jwt header-name="Authorization" require-scheme="Bearer" output-token-variable-name="token">
  <issuer-signing-keys><key id="bench" n="{MODULUS}" e="AQAB"/></issuer-signing-keys>
  <audiences><audience>api://orders</audience></audiences>
  <issuers><issuer>https://login.example.com/5f0d5f9e-6d1c-4f0a-9c64-3d1c2f5c8a11/v2.0</issuer></issuers>
  <required-claims><claim name="roles" match="any"><value>orders.write</value></claim></required-claims>
</validate-jwt>"#
    )
}

/// A bar of the issue for one scenario.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(super) struct Bar {
    pub(super) time_ns: f64,
    pub(super) allocations: Option<u64>,
}

pub(super) struct Scenario {
    /// Short, for the command line and the budgets.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) bar: Option<Bar>,
    work: Work,
    exchange: MemoryExchange,
    body: Option<Vec<u8>>,
}

enum Work {
    Expression { expression: Expression, evaluation: Evaluation, variables: Variables },
    Policies { program: Arc<Program>, run: Box<Run> },
}

/// All of them, in the order of the page.
pub(super) fn all() -> Result<Vec<Scenario>> {
    let bar = |time_ns| Some(Bar { time_ns, allocations: None });
    let json = |formatting: &str| JSON.replace("FORMATTING", formatting);
    let compact = json("Newtonsoft.Json.Formatting.None");
    let together = format!("{}{CHOOSE}{SET_HEADER}{compact}", validate_jwt());
    let way = |scenario: &Scenario| scenario.variable("way") == Some("eu");
    let order = |scenario: &Scenario| scenario.order_is_changed();
    let caller = |scenario: &Scenario| scenario.run().is_some_and(|run| run.variables().get("token").is_some());
    let scenarios = [
        (Scenario::expression("condition", HEADER_CONDITION)?, Bar { time_ns: 250.0, allocations: Some(0) }.into()),
        (Scenario::policies("choose", CHOOSE, way)?, bar(1_000.0)),
        (Scenario::policies("json", &compact, order)?, bar(15_000.0)),
        (Scenario::policies("json-indented", &json(""), order)?, bar(15_000.0)),
        (Scenario::policies("token", &validate_jwt(), caller)?, bar(300.0)),
        (Scenario::policies("together", &together, |one| way(one) && order(one) && caller(one))?, None),
    ];
    Ok(scenarios.into_iter().map(|(scenario, bar)| Scenario { bar, ..scenario }).collect())
}

fn title(name: &str) -> &'static str {
    match name {
        "condition" => "a header compared: the condition alone",
        "choose" => "`choose`, all of three conditions evaluated",
        "json" => "2 KB of JSON read, changed in two places, written without spaces (`set-body`)",
        "json-indented" => "the same, written as `ToString()` does: indented",
        "token" => "`validate-jwt` with an RS256 token verified before",
        _ => "`validate-jwt`, `choose`, `set-header` with a claim, `set-body` with JSON: one request",
    }
}

fn exchange() -> MemoryExchange {
    MemoryExchange::get("/orders/SO-2024-0004711?expand=items")
        .with_method("PUT")
        .header_line("Host", "api.example.com")
        .header_line("User-Agent", "bench/1.0")
        .header_line("Accept", "application/json")
        .header_line("Accept-Encoding", "gzip, br")
        .header_line("Content-Type", "application/json")
        .header_line("Authorization", &format!("Bearer {}", TOKEN.trim()))
        .header_line("X-Tier", "silver")
        .header_line("X-Region", "eu")
}

impl Scenario {
    fn new(name: &'static str, work: Work) -> Scenario {
        let body = (name.starts_with("json") || name == "together").then(|| ORDER.trim().as_bytes().to_vec());
        Scenario { name, title: title(name), bar: None, work, exchange: exchange(), body }
    }

    /// An expression alone, that must be false.
    fn expression(name: &'static str, code: &str) -> Result<Scenario> {
        let Ok(expression) = compile(code, Form::Expression, &Type::Bool) else { bail!("{code} does not compile") };
        let (evaluation, variables) = (Evaluation::new(), Variables::default());
        let mut scenario = Scenario::new(name, Work::Expression { expression, evaluation, variables });
        ensure!(matches!(scenario.once()?, Some(Value::Bool(false))), "{name} comes out wrong");
        Ok(scenario)
    }

    /// Policies of `inbound`, after which `is_right`.
    fn policies(name: &'static str, policies: &str, is_right: impl Fn(&Scenario) -> bool) -> Result<Scenario> {
        let (program, findings) = compile_one(&format!("<policies><inbound>{policies}</inbound></policies>"));
        ensure!(findings.is_empty(), "{name} does not compile: {findings:?}");
        let mut scenario = Scenario::new(name, Work::Policies { program, run: Box::default() });
        // The second time is what is measured: the first verifies the token and makes buffers grow.
        for _ in 0..2 {
            scenario.once()?;
            ensure!(is_right(&scenario), "{name} comes out wrong");
        }
        Ok(scenario)
    }

    /// Runs it once, as the gateway does for a request: forget the one before, go through the section.
    pub(super) fn once(&mut self) -> Result<Option<Value>> {
        // What an earlier run wrote is no input of this one; costs one copy of 2 KB where there is a body.
        if let Some(body) = &self.body {
            self.exchange.request_body.get_or_insert_default().clone_from(body);
        }
        match &mut self.work {
            Work::Expression { expression, evaluation, variables } => {
                evaluation.start(expression.code());
                let host = Host { exchange: &mut self.exchange, variables, last_error: None };
                match evaluation.step(host) {
                    Ok(Progress::Done(value)) => Ok(Some(value)),
                    other => bail!("{}: {other:?}", self.name),
                }
            }
            Work::Policies { program, run } => {
                run.reset();
                run.enter(Section::Inbound);
                match run.advance(program, &mut self.exchange) {
                    Advance::SectionEnd => Ok(None),
                    other => bail!("{}: {other:?}, {:?}", self.name, run.last_error()),
                }
            }
        }
    }

    fn run(&self) -> Option<&Run> {
        match &self.work {
            Work::Policies { run, .. } => Some(run),
            Work::Expression { .. } => None,
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.run()?.variables().text(name)
    }

    fn order_is_changed(&self) -> bool {
        let Some(body) = &self.exchange.request_body else { return false };
        let Ok(order) = serde_json::from_slice::<serde_json::Value>(body) else { return false };
        order["customer"]["tier"] == "gold" && order["payment"]["total"] == 1299.5 && order["items"][1]["quantity"] == 4
    }
}
