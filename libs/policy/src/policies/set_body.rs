//! `set-body`: replaces the body of the message: the request's in inbound and backend, the response's in outbound and on-error.
//!
//! `<set-body template="liquid|none" xsi-nil="blank|null" parse-date="true|false">…</set-body>` – all sections and inside
//! `return-response`; the text may also stand in one nested `<value>`. Markup in the text is the body as written. `xsi-nil` and
//! `parse-date` matter to templates only. The policy does not touch `Content-Type`.
//!
//! `template="liquid"`: the text is a Liquid template in the C# mode of DotLiquid: filters with Pascal-case names (snake_case is understood
//! too), date formats of .NET, `{% JSONArrayFor x in … %}`. `body` is the message's body, if its `Content-Type` is JSON or XML (elements by
//! local name and without case, attributes as `["@name"]`), and `context` has `Request`, `Response` and `Variables`. Texts of JSON that look
//! like dates are dates unless `parse-date="false"`. Unknown filters pass their input through, with a warning.

use std::sync::Arc;

use postern_dotnet::garbage;
use postern_dotnet::work::{Pace, Paced, Work, within};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, TextRule,
    ValueRule, optional,
};
use crate::diagnostic::quote;
use crate::effect::Outcome;
use crate::exchange::Side;
use crate::expression::limits::FREED_PER_TURN;
use crate::given::{Given, Wanted};
use crate::liquid::{Binder, Binding, Scope, Template};
use crate::policies::in_turns::{self, Turns};
use crate::policies::message_body::{failure, side_of, step};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};
use crate::turn_length::TurnLength;

const ATTRIBUTES: &[AttributeRule] = &[
    optional("template", Expression::Forbidden, ValueRule::OneOf(&["liquid", "none"])),
    optional("xsi-nil", Expression::Forbidden, ValueRule::OneOf(&["blank", "null"])),
    optional("parse-date", Expression::Forbidden, ValueRule::Boolean),
];
const CONTENT: Content = Content::TextOrValue(TextRule { expression: Expression::Allowed, value: ValueRule::Text });

pub(super) static RULE: ElementRule = ElementRule { element: "set-body", attributes: ATTRIBUTES, content: CONTENT };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "set-body", attributes: ATTRIBUTES, content: CONTENT },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| SetBody::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct SetBody {
    body: Given<Box<str>>,
    template: Option<Liquid>,
}

/// A body that is a template.
#[derive(Debug)]
pub(super) struct Liquid {
    /// `None`: an expression makes the template.
    compiled: Option<Arc<Template>>,
    nil_is_null: bool,
    parse_date: bool,
}

impl SetBody {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<SetBody> {
        let text = element.child("value").map_or(&element.text, |value| &value.text);
        let body = if text.is_literal() {
            Given::Literal(text.text.as_str().into())
        } else {
            Given::Expression(builder.expression(text, Wanted::Body)?)
        };
        let template = Liquid::from(element, &body, builder)?;
        Some(SetBody { body, template })
    }

    /// The message whose body must be in hand.
    pub(super) fn body_needed(&self, section: Section) -> Option<Side> {
        self.template.as_ref().and_then(|template| template.body_needed(section))
    }

    /// The bytes it makes. The error: a template or what it is applied to is wrong.
    pub(super) fn begin(&self, context: &mut PolicyContext<'_>) -> Begun<Vec<u8>> {
        match &self.template {
            None => Begun::Made(Ok(self.body.body(context.values).into_owned())),
            Some(template) => match template.begin(self.body.text(context.values), context) {
                Begun::Made(made) => Begun::Made(made.map(String::into_bytes)),
                Begun::Filling(filling) => Begun::Filling(filling),
            },
        }
    }
}

impl Liquid {
    /// First `None`: a problem was reported; second: the element says nothing of a template.
    #[allow(clippy::option_option, reason = "reported and missing are two things")]
    pub(super) fn from(
        element: &Element,
        body: &Given<Box<str>>,
        builder: &mut Builder<'_, '_>,
    ) -> Option<Option<Liquid>> {
        if !element.literal("template").is_some_and(|template| template.eq_ignore_ascii_case("liquid")) {
            return Some(None);
        }
        let compiled = match body.literal().map(Template::parse).transpose() {
            Ok(compiled) => compiled.map(Arc::new),
            Err(message) => {
                builder.error(element.offset, "template-invalid", message);
                return None;
            }
        };
        for filter in compiled.iter().flat_map(|compiled| &compiled.unknown_filters) {
            let message = format!("there is no filter {}; its input passes through", quote(filter));
            builder.warning(element.offset, "template-filter-unknown", message, None);
        }
        Some(Some(Liquid {
            compiled,
            nil_is_null: element.literal("xsi-nil").is_some_and(|nil| nil.eq_ignore_ascii_case("null")),
            parse_date: element.flag("parse-date", true),
        }))
    }

    /// The message whose body must be in hand.
    pub(super) fn body_needed(&self, section: Section) -> Option<Side> {
        let uses_body = self.compiled.as_ref().is_none_or(|compiled| compiled.uses_body);
        uses_body.then_some(side_of(section))
    }

    /// What it makes. A compiled template is tried for a turn first: most are done then, and touch nothing that workers share.
    pub(super) fn begin(&self, text: &str, context: &mut PolicyContext<'_>) -> Begun<String> {
        garbage::collect(FREED_PER_TURN);
        let template = match &self.compiled {
            Some(compiled) => compiled,
            None => match Template::parse(text) {
                Ok(template) => &Arc::new(template),
                Err(message) => return Begun::Made(Err(message)),
            },
        };
        let mut steps = TurnLength::default().steps();
        let mut binder = Binder::new(context.exchange, &context.state.variables, self.binding(template, context));
        let stage = match binder.go_on(context.exchange, &mut context.state.variables, &mut steps) {
            Some(Err(message)) => return Begun::Made(Err(message)),
            Some(Ok(scope)) => {
                if let Some(made) = within(steps, |pace| make(pace, template, &scope)) {
                    return Begun::Made(made);
                }
                rendering(template, scope)
            }
            None => Stage::Binding(binder),
        };
        Begun::Filling(Filling { template: Arc::clone(template), stage })
    }

    fn binding(&self, template: &Template, context: &PolicyContext<'_>) -> Binding {
        Binding {
            side: context.side(),
            nil_is_null: self.nil_is_null,
            parse_date: self.parse_date,
            uses_body: template.uses_body,
            uses_context: template.uses_context,
        }
    }
}

/// What a template makes.
pub(super) enum Begun<T> {
    /// It is made; or it, or what it is applied to, is wrong.
    Made(Result<T, String>),
    /// It takes longer than a turn: to be kept with [`in_turns::keep`].
    Filling(Filling),
}

/// A template that is being filled.
pub(super) struct Filling {
    template: Arc<Template>,
    stage: Stage,
}

enum Stage {
    /// What names stand for is looked at.
    Binding(Binder),
    Rendering(Paced<Result<String, String>>),
}

impl Turns for Filling {
    type Output = Result<String, String>;

    fn turn(&mut self, context: &mut PolicyContext<'_>, steps: &mut u64) -> Option<Result<String, String>> {
        if let Stage::Binding(binder) = &mut self.stage {
            match binder.go_on(context.exchange, &mut context.state.variables, steps)? {
                Ok(scope) => self.stage = rendering(&self.template, scope),
                Err(message) => return Some(Err(message)),
            }
        }
        match &mut self.stage {
            Stage::Rendering(work) => work.step(steps),
            Stage::Binding(_) => None,
        }
    }
}

fn rendering(template: &Arc<Template>, scope: Scope) -> Stage {
    let template = Arc::clone(template);
    Stage::Rendering(Paced::new(|pace| async move { make(pace, &template, &scope).await }))
}

async fn make(pace: Pace, template: &Template, scope: &Scope) -> Result<String, String> {
    let root = scope.root(&pace).await?;
    template.render(pace, &root, scope.now).await
}

fn finish(context: &mut PolicyContext<'_>, made: Result<String, String>) -> Result<(), Box<Failure>> {
    let made = made.map_err(|message| failure("TemplateFailure", message))?;
    context.exchange.put_body(context.side(), made.into_bytes());
    Ok(())
}

impl Policy for SetBody {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let side = context.side();
        let Some(template) = &self.template else {
            context.exchange.set_body(side, &self.body.body(context.values));
            return Step::Next;
        };
        match template.begin(self.body.text(context.values), context) {
            Begun::Made(made) => step(finish(context, made)),
            Begun::Filling(filling) => in_turns::keep(context, filling),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        in_turns::resume::<Filling>(context, finish)
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        self.body_needed(section)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn a_literal_replaces_the_body_as_written() {
        for (content, body) in [
            ("{\"a\": 1}", "{\"a\": 1}"),
            (" a &amp; b \n", " a & b \n"),
            ("<a b=\"1\">&amp;<c/></a>", "<a b=\"1\">&amp;<c/></a>"),
            ("<![CDATA[<x>]]>", "<x>"),
            ("<value>v</value>", "v"),
            ("", ""),
        ] {
            check(&format!("<set-body>{content}</set-body>"), MemoryExchange::get("/"), &[Expect::RequestBody(body)]);
        }
    }

    #[test]
    fn the_section_decides_which_message_is_changed() {
        let outbound = "<policies><outbound><set-body template='none' xsi-nil='null' parse-date='false'>b</set-body></outbound></policies>";
        check(
            outbound,
            MemoryExchange::get("/"),
            &[Expect::Response(200, "b"), Expect::ResponseHeader("Server", &["origin"])],
        );
        let backend = "<policies><backend><set-body>b</set-body><forward-request/></backend></policies>";
        check(
            backend,
            MemoryExchange::get("/"),
            &[Expect::RequestBody("b"), Expect::Response(200, "from the backend")],
        );
    }

    #[test]
    fn a_template_sees_the_message_and_the_context() {
        const XML: &str = "<s:Envelope xmlns:s='urn:s'><s:Body><Name a='1'>n</Name><i>1</i><i>2</i><z xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:nil='true'/></s:Body></s:Envelope>";
        const JSON: &str = r#"{"a":{"b":[1,2.5,"x"]},"t":"2024-01-02T03:04:05","f":true,"n":null}"#;
        for (attributes, content_type, body, template, made) in [
            (
                "",
                "application/json",
                JSON,
                "{{body.a.b[1]}}|{{body.a.b.size}}|{{body.f}}|{{body.n}}|{{body.no.no}}",
                "2.5|3|true||",
            ),
            ("", "text/json", JSON, r#"{{body.t | Date: "yyyyMMddTHH:mm:ssZ"}}"#, "20240102T03:04:05Z"),
            ("", "application/hal+json; charset=utf-8", JSON, "{{body.t}}", "01/02/2024 03:04:05"),
            ("parse-date='false'", "application/json", JSON, "{{body.t}}", "2024-01-02T03:04:05"),
            (
                "",
                "text/xml",
                XML,
                "{{body.envelope.body.name}}{{body.Envelope.Body.Name['@a']}}{{body.envelope.body.i[1]}}",
                "n12",
            ),
            ("", "text/xml", XML, "{% if body.envelope.body.z == '' %}blank{% endif %}", "blank"),
            ("xsi-nil='null'", "text/xml", XML, "{% if body.envelope.body.z == nil %}null{% endif %}", "null"),
            ("", "text/plain", "x", "{{body}}!", "!"),
            (
                "",
                "a/b",
                "",
                "{{context.Request.Method}} {{context.Request.Url.Path}}{{context.Request.OriginalUrl.QueryString}}",
                "GET /a?b=c",
            ),
            (
                "",
                "a/b",
                "",
                "{{context.Request.Headers['content-type']}} {{ context.Request.OriginalUrl }}",
                "a/b https://gateway.test/a?b=c",
            ),
            (
                "",
                "a/b",
                "",
                r#"{{context.Request.MatchedParameters["id"]}}{{context.Request.OriginalUrl.Query.b}}"#,
                "x yc",
            ),
            ("", "a/b", "", "{{context.Variables.j.list[1].k}}{{context.Variables['n'] | Plus: 1}}", "v3"),
            (
                "",
                "a/b",
                "",
                "{%- for h in context.Request.Headers -%}{{h.Key}}={{h.Value}};{%- endfor -%}",
                "Content-Type=a/b;",
            ),
        ] {
            let exchange = MemoryExchange {
                request_body: Some(body.into()),
                matched_parameters: vec![("id".to_owned(), b"x%20y".to_vec())],
                ..MemoryExchange::get("/a?b=c").header_line("Content-Type", content_type)
            };
            let policy = format!(
                "<set-variable name='j' value='@(JObject.Parse(\"{{\\\"list\\\":[1,{{\\\"k\\\":\\\"v\\\"}}]}}\"))'/><set-variable name='n' value='@(2)'/>\
                 <set-body template='liquid' {attributes}>{template}</set-body>"
            );
            check(&policy, exchange, &[Expect::RequestBody(made)]);
        }
    }

    #[test]
    fn a_template_works_inside_other_policies_and_fails_as_an_error() {
        let policy =
            "<return-response><set-body template='liquid'>{{context.Request.Method}}</set-body></return-response>";
        check(policy, MemoryExchange::get("/"), &[Expect::Response(200, "GET")]);
        let exchange = MemoryExchange { request_body: Some(b"{".to_vec()), ..MemoryExchange::get("/") };
        let message = "Error reading JObject from JsonReader. Path '', line 1, position 1.";
        let unread = "<set-body template='liquid'>{{body.a}}</set-body>";
        let expected = [Expect::LastError(Some(("TemplateFailure", message)))];
        check(unread, exchange.header_line("Content-Type", "application/json"), &expected);
        let computed = "<set-body template='liquid'>@(\"{{\" + \"'a' | Upcase }}\")</set-body>";
        check(computed, MemoryExchange::get("/"), &[Expect::RequestBody("A")]);
    }

    #[test]
    fn templates_expressions_and_wrong_attributes_are_refused() {
        for (policy, code) in [
            ("<set-body template='liquid'>{{body.a</set-body>", "template-invalid"),
            ("<set-body template='Liquid'>{% for a in body %}</set-body>", "template-invalid"),
            ("<set-body template='liquid'>{{ 'a' | Shout }}</set-body>", "template-filter-unknown"),
            ("<set-body template='handlebars'>a</set-body>", "value-invalid"),
            ("<set-body xsi-nil='empty'>a</set-body>", "value-invalid"),
            ("<set-body parse-date='yes'>a</set-body>", "value-invalid"),
            ("<set-body>@(nothing)</set-body>", "expression-invalid"),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
