//! What `publish-to-dapr` and `invoke-dapr-binding` have in common: a request to the Dapr sidecar of the gateway.
//!
//! An answer that says no is an error as none at all is. `template="liquid"` makes the message or the data, as in `set-body`.

use std::sync::atomic::AtomicBool;

use crate::builder::Builder;
use crate::effect::{Effect, HttpRequest, JobKind, Outcome, SendFailure};
use crate::exchange::Side;
use crate::expression::library::context::StoredResponse;
use crate::expression::value::Value;
use crate::given::{Given, GivenPair};
use crate::limits;
use crate::policies::elsewhere::{self, Task};
use crate::policies::in_turns;
use crate::policies::message_body::failure;
use crate::policies::path_name;
use crate::policies::set_body::{Begun, Filling, Liquid};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::response::escape_json;
use crate::section::Section;
use crate::url;

/// Where the sidecar listens unless the host says otherwise: Dapr's own default.
pub const DAPR_PORT: u16 = 3500;
/// Default `timeout` in seconds.
const TIMEOUT_S: u64 = 5;
const JSON: &str = "application/json";

#[derive(Debug)]
pub(super) struct Dapr {
    what: What,
    template: Option<Liquid>,
    ignore_error: Given<bool>,
    variable: Option<Box<str>>,
    timeout: Given<u64>,
    content_type: Option<Given<Box<str>>>,
}

#[derive(Debug)]
pub(super) enum What {
    Publish {
        pubsub: Option<Given<Box<str>>>,
        topic: Given<Box<str>>,
        message: Given<Box<str>>,
    },
    Binding {
        name: Given<Box<str>>,
        operation: Option<Given<Box<str>>>,
        metadata: Vec<GivenPair>,
        data: Option<Given<Box<str>>>,
    },
}

impl What {
    /// What a template may make.
    fn text(&self) -> Option<&Given<Box<str>>> {
        match self {
            What::Publish { message, .. } => Some(message),
            What::Binding { data, .. } => data.as_ref(),
        }
    }

    /// Where the sidecar takes it. The error: a name that cannot be one.
    fn path(&self, values: &[Value]) -> Result<Vec<u8>, String> {
        let mut path = Vec::new();
        match self {
            What::Publish { pubsub: Some(pubsub), topic, .. } => {
                path.extend_from_slice(b"/v1.0/publish/");
                path_name::push_segment(&mut path, "pubsub-name", pubsub.text(values))?;
                path.push(b'/');
                path_name::push_segment(&mut path, "topic", topic.text(values))?;
            }
            What::Publish { pubsub: None, topic, .. } => {
                path.extend_from_slice(b"/v1.0/publish/");
                let names = path_name::checked("topic", topic.text(values))?.trim_matches('/');
                let (pubsub, topic) =
                    names.split_once('/').map_or((names, None), |(pubsub, topic)| (pubsub, Some(topic)));
                url::encode_component(&mut path, pubsub);
                if let Some(topic) = topic {
                    path.push(b'/');
                    url::encode_component(&mut path, topic);
                }
            }
            What::Binding { name, .. } => {
                path.extend_from_slice(b"/v1.0/bindings/");
                path_name::push_segment(&mut path, "name", name.text(values))?;
            }
        }
        Ok(path)
    }
}

impl Dapr {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>, what: What) -> Option<Dapr> {
        let template = match what.text() {
            Some(text) => Liquid::from(element, text, builder)?,
            None => None,
        };
        Some(Dapr {
            what,
            template,
            ignore_error: builder.flag_attribute(element, "ignore-error", false)?,
            variable: element.owned("response-variable-name"),
            timeout: builder.number_attribute(element, "timeout")?.unwrap_or(Given::Literal(TIMEOUT_S)),
            content_type: builder.text_attribute(element, "content-type")?,
        })
    }

    /// `rendered`: what the template made, if there is one. The error: it or what it is applied to is wrong.
    fn send(&self, context: &mut PolicyContext<'_>, rendered: Option<Result<String, String>>) -> Step {
        let rendered = match rendered.transpose() {
            Ok(rendered) => rendered,
            Err(message) => return Step::Fail(failure("TemplateFailure", message)),
        };
        let (values, content_type) = (context.values, self.content_type(context.values));
        let body = match &self.what {
            What::Publish { message, .. } => {
                rendered.map_or_else(|| message.body(values).into_owned(), String::into_bytes)
            }
            What::Binding { operation, metadata, data, .. } => {
                let given = || data.as_ref().map(|data| data.text(values).to_owned());
                let call = Call {
                    operation: operation.as_ref().map(|operation| operation.text(values).to_owned()),
                    metadata: metadata
                        .iter()
                        .map(|(key, value)| (key.text(values).to_owned(), value.text(values).to_owned()))
                        .collect(),
                    data: rendered.or_else(given),
                    is_json: content_type == JSON,
                };
                if call.bytes() > limits::JSON_CHECKED_AT_ONCE_BYTES_MAX {
                    return elsewhere::begin(context, call);
                }
                call.body()
            }
        };
        self.post(context, body)
    }

    fn content_type<'v>(&'v self, values: &'v [Value]) -> &'v str {
        self.content_type.as_ref().map_or(JSON, |given| given.text(values).trim())
    }

    fn post(&self, context: &PolicyContext<'_>, body: Vec<u8>) -> Step {
        let values = context.values;
        let path = match self.what.path(values) {
            Ok(path) => path,
            Err(fault) => return Step::Fail(Box::new(Failure::unusable_value(fault))),
        };
        let content_type = match &self.what {
            What::Publish { .. } => self.content_type(values),
            // The sidecar takes its own JSON around the data; the type of the data decides how it stands in there.
            What::Binding { .. } => JSON,
        };
        Step::Perform(Effect::Send(Box::new(HttpRequest {
            method: "POST".into(),
            url: sidecar_url(context.exchange.dapr_port(), &String::from_utf8_lossy(&path)).into(),
            headers: vec![("Content-Type".into(), content_type.as_bytes().to_vec())],
            body: Some(body),
            timeout_ms: self.timeout.number(values).clamp(1, 240) * 1000,
            ..HttpRequest::default()
        })))
    }

    fn failed(&self, context: &mut PolicyContext<'_>, failure: &SendFailure) -> Step {
        if self.ignore_error.flag(context.values) { Step::Next } else { Step::Fail(Box::new(Failure::send(failure))) }
    }
}

/// A URL at the sidecar.
pub(super) fn sidecar_url(port: u16, path: &str) -> String {
    format!("http://localhost:{port}{path}")
}

/// What the sidecar is told of a binding.
#[derive(Debug)]
struct Call {
    operation: Option<String>,
    metadata: Vec<(String, String)>,
    data: Option<String>,
    /// The data may be JSON.
    is_json: bool,
}

impl Task for Call {
    type Output = Vec<u8>;
    const KIND: JobKind = JobKind::Body;

    fn work(&self, _is_called_off: &AtomicBool) -> Vec<u8> {
        self.body()
    }

    fn bytes(&self) -> usize {
        let metadata = self.metadata.iter().map(|(key, value)| key.len() + value.len());
        [&self.operation, &self.data].into_iter().flatten().map(String::len).chain(metadata).sum()
    }
}

impl Call {
    /// `{"operation":…,"metadata":{…},"data":…}`
    fn body(&self) -> Vec<u8> {
        let metadata = self.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        binding(self.operation.as_deref(), metadata, self.data.as_deref(), self.is_json)
    }
}

/// See [`Call::body`].
fn binding<'v>(
    operation: Option<&str>,
    metadata: impl Iterator<Item = (&'v str, &'v str)>,
    data: Option<&str>,
    is_json: bool,
) -> Vec<u8> {
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(b'"');
        escape_json(out, text);
        out.push(b'"');
    };
    let mut out = b"{".to_vec();
    if let Some(operation) = operation {
        out.extend_from_slice(b"\"operation\":");
        text(&mut out, operation);
    }
    for (index, (key, value)) in metadata.enumerate() {
        let before: &[u8] = match (index, out.len()) {
            (0, 1) => b"\"metadata\":{",
            (0, _) => b",\"metadata\":{",
            _ => {
                // Reopens the object closed below.
                out.pop();
                b","
            }
        };
        out.extend_from_slice(before);
        text(&mut out, key);
        out.push(b':');
        text(&mut out, value);
        out.push(b'}');
    }
    if let Some(data) = data {
        out.extend_from_slice(if out.len() == 1 { b"\"data\":" } else { b",\"data\":" });
        match is_json && postern_dotnet::json::parse(data).is_ok() {
            true => out.extend_from_slice(data.trim().as_bytes()),
            false => text(&mut out, data),
        }
    }
    out.push(b'}');
    out
}

impl Policy for Dapr {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let (Some(template), Some(text)) = (&self.template, self.what.text()) else { return self.send(context, None) };
        match template.begin(text.text(context.values), context) {
            Begun::Made(made) => self.send(context, Some(made)),
            Begun::Filling(filling) => in_turns::keep(context, filling),
        }
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        self.template.as_ref().and_then(|template| template.body_needed(section))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match elsewhere::end::<Call>(context, &outcome) {
            Some(Ok(body)) => return self.post(context, body),
            Some(Err(failure)) => return Step::Fail(failure),
            None => {}
        }
        let failure = match outcome {
            Outcome::Done => {
                return in_turns::go_on::<Filling>(context, |context, made| self.send(context, Some(made)));
            }
            Outcome::Sent(Ok(response)) => {
                let status = response.status;
                if let Some(variable) = &self.variable {
                    context.state.variables.set(variable, Value::object(StoredResponse::new(*response)));
                }
                if status < 400 {
                    return Step::Next;
                }
                SendFailure { timed_out: false, message: format!("Dapr answered with status {status}").into() }
            }
            Outcome::Sent(Err(failure)) => {
                if let Some(variable) = &self.variable {
                    context.state.variables.set(variable, Value::Null);
                }
                failure
            }
            _ => return Step::Fail(Box::new(Failure::wrong_outcome())),
        };
        self.failed(context, &failure)
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, ForwardOptions, HttpRequest, HttpResponse, Outcome, SendFailure};
    use crate::testing::{Expect, MemoryExchange, check};

    fn posts(policy: &str, path: &str, content_type: &str, body: &str, timeout_ms: u64) {
        let request = HttpRequest {
            method: "POST".into(),
            url: format!("http://localhost:3500/v1.0/{path}").into(),
            headers: vec![("Content-Type".into(), content_type.into())],
            body: Some(body.into()),
            timeout_ms,
            ..HttpRequest::default()
        };
        let effects = [Effect::Send(Box::new(request)), Effect::Forward(ForwardOptions::default())];
        check(policy, MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
    }

    #[test]
    fn a_message_is_published_to_its_topic() {
        let json = "application/json";
        let template = "<publish-to-dapr topic='p/t' template='liquid'>{{context.Request.Method}}</publish-to-dapr>";
        posts(template, "publish/p/t", json, "GET", 5000);
        posts("<publish-to-dapr topic='p/t'>{\"a\":1}</publish-to-dapr>", "publish/p/t", json, "{\"a\":1}", 5000);
        let full = "<publish-to-dapr pubsub-name='@(\"p\")' topic='@(\"t 1\")' timeout='240' content-type='text/plain' template='none'>\
                    @(\"x\" + 1)</publish-to-dapr>";
        posts(full, "publish/p/t%201", "text/plain", "x1", 240_000);
    }

    #[test]
    fn names_stay_in_their_place_in_the_path() {
        let json = "application/json";
        posts(
            "<publish-to-dapr topic='@(\"/p/t/u\" + \"?\")'>a</publish-to-dapr>",
            "publish/p/t%2Fu%3F",
            json,
            "a",
            5000,
        );
        let slashes = "<publish-to-dapr pubsub-name='@(\"p/q\")' topic='@(\"t/u\")'>a</publish-to-dapr>";
        posts(slashes, "publish/p%2Fq/t%2Fu", json, "a", 5000);
        posts("<invoke-dapr-binding name='@(\"b/c\")'/>", "bindings/b%2Fc", json, "{}", 5000);
    }

    #[test]
    fn names_that_are_empty_or_climb_out_of_the_path_are_refused() {
        for (attribute, policy) in [
            ("topic", "<publish-to-dapr topic='NAME' ignore-error='true'>a</publish-to-dapr>"),
            ("topic", "<publish-to-dapr pubsub-name='p' topic='NAME'>a</publish-to-dapr>"),
            ("pubsub-name", "<publish-to-dapr pubsub-name='NAME' topic='t'>a</publish-to-dapr>"),
            ("name", "<invoke-dapr-binding name='NAME'/>"),
        ] {
            for (name, rule) in [
                ("../../invoke/victim/method/del", "must not have `.` or `..` as a name"),
                ("%2e%2e", "must not have `.` or `..` as a name"),
                (" ", "must be some text"),
            ] {
                let message = format!(
                    "The value of an expression cannot be used: attribute `{attribute}` {rule}, found `{name}`"
                );
                let computed = policy.replace("NAME", &format!("@(\"{name}\" + \"\")"));
                let error = Some(("ExpressionValueEvaluationFailure", &*message));
                let expected = [Expect::Codes(&[]), Expect::LastError(error), Expect::EffectCount(0)];
                check(&computed, MemoryExchange::get("/"), &expected);
                let literal = policy.replace("NAME", name);
                check(&literal, MemoryExchange::get("/"), &[Expect::Codes(&["value-invalid"])]);
            }
        }
    }

    #[test]
    fn a_binding_gets_operation_metadata_and_data() {
        let json = "application/json";
        posts("<invoke-dapr-binding name='b'/>", "bindings/b", json, "{}", 5000);
        let full = "<invoke-dapr-binding name='b' operation='create'><metadata><item key='k'>v</item><item key='@(\"l\")'>\"w</item>\
                    </metadata><data>{\"a\": [1]}</data></invoke-dapr-binding>";
        let body = "{\"operation\":\"create\",\"metadata\":{\"k\":\"v\",\"l\":\"\\\"w\"},\"data\":{\"a\": [1]}}";
        posts(full, "bindings/b", json, body, 5000);
        let text = "<invoke-dapr-binding name='b'><data>plain text</data></invoke-dapr-binding>";
        posts(text, "bindings/b", json, "{\"data\":\"plain text\"}", 5000);
        let typed = "<invoke-dapr-binding name='b' content-type='text/plain'><metadata><item key='k'>v</item></metadata>\
                     <data>[1]</data></invoke-dapr-binding>";
        posts(typed, "bindings/b", json, "{\"metadata\":{\"k\":\"v\"},\"data\":\"[1]\"}", 5000);
    }

    #[test]
    fn an_answer_that_says_no_is_an_error_unless_ignored() {
        let no = Outcome::Sent(Ok(Box::new(HttpResponse { status: 404, ..HttpResponse::default() })));
        let late = Outcome::Sent(Err(SendFailure { timed_out: true, message: "late".into() }));
        let policy = |ignore: bool| format!("<publish-to-dapr topic='p/t' ignore-error='{ignore}'>a</publish-to-dapr>");
        for (outcome, error) in
            [(no, ("BackendConnectionFailure", "Dapr answered with status 404")), (late, ("Timeout", "late"))]
        {
            let exchange = || MemoryExchange::get("/").outcome(outcome.clone());
            check(&policy(false), exchange(), &[Expect::LastError(Some(error)), Expect::EffectCount(1)]);
            check(&policy(true), exchange(), &[Expect::LastError(None), Expect::EffectCount(2)]);
        }
    }

    #[test]
    fn attributes_and_children_are_checked() {
        for (policy, codes) in [
            ("<publish-to-dapr>a</publish-to-dapr>", &["attribute-missing"][..]),
            ("<publish-to-dapr topic='p/t' timeout='241'>a</publish-to-dapr>", &["value-invalid"]),
            ("<publish-to-dapr topic='p/t' template='Liquid'>{{a</publish-to-dapr>", &["template-invalid"]),
            ("<invoke-dapr-binding/>", &["attribute-missing"]),
            ("<invoke-dapr-binding name='b'><metadata/></invoke-dapr-binding>", &["element-missing"]),
            ("<policies><backend><invoke-dapr-binding name='b'/></backend></policies>", &["wrong-section"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
