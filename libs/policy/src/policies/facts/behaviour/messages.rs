//! What becomes of requests and responses: lines, bodies, statuses. Attributes as expressions too, where the facts allow them.

use super::{Row, get, row};
use crate::effect::{Effect, ForwardOptions};
use crate::testing::{Expect, MemoryExchange};

pub(super) fn rows() -> Vec<Row> {
    [lines(), conversions(), forwarding(), flow(), metrics()].into_iter().flatten().collect()
}

fn outbound(policy: &str) -> String {
    format!("<policies><outbound>{policy}</outbound></policies>")
}

fn lines() -> Vec<Row> {
    let header = |action: &str| {
        format!(
            "<set-header name='@(\"X-\" + \"A\")' exists-action='@(\"{action}\")'><value>@(\"n\" + 1)</value></set-header>"
        )
    };
    let query = |action: &str| {
        format!(
            "<set-query-parameter name='@(\"a\" + 1)' exists-action='@(\"{action}\")'><value>@(\"n\" + 1)</value></set-query-parameter>"
        )
    };
    let sent = || get().header_line("X-A", "old");
    let asked = || MemoryExchange::get("/?a1=old&b=2");
    let mut rows = Vec::new();
    for (action, line, target) in [
        ("override", &["n1"][..], "/?a1=n1&b=2"),
        ("skip", &["old"], "/?a1=old&b=2"),
        ("append", &["old,n1"], "/?a1=old&b=2&a1=n1"),
        ("delete", &[], "/?b=2"),
    ] {
        rows.extend([
            row("set-header name", header(action), sent(), &[Expect::RequestHeader("X-A", line)]),
            row("set-header exists-action", header(action), sent(), &[Expect::RequestHeader("X-A", line)]),
            row("set-query-parameter exists-action", query(action), asked(), &[Expect::Request("GET", target)]),
        ]);
    }
    let status = "<set-status code='@(400 + 18)' reason='@(\"I am \" + \"a teapot\")'/>";
    let teapot = [Expect::Response(418, "from the backend"), Expect::ReasonPhrase("I am a teapot")];
    rows.extend([
        row(
            "set-query-parameter name",
            query("append"),
            MemoryExchange::get("/"),
            &[Expect::Request("GET", "/?a1=n1")],
        ),
        row("set-status code", outbound(status), get(), &teapot),
        row("set-status reason", outbound(status), get(), &teapot),
        row(
            "set-body template",
            "<set-body template='none'>{{context.Request.Method}}</set-body>",
            get(),
            &[Expect::RequestBody("{{context.Request.Method}}")],
        ),
        row(
            "set-body template",
            "<set-body>{{context.Request.Method}}</set-body>",
            get(),
            &[Expect::RequestBody("{{context.Request.Method}}")],
        ),
        row(
            "set-body template",
            "<set-body template='liquid'>{{context.Request.Method}}</set-body>",
            get(),
            &[Expect::RequestBody("GET")],
        ),
    ]);
    rows
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn conversions() -> Vec<Row> {
    let sent = |content_type: &str, accept: &str, body: &str| {
        MemoryExchange { request_body: Some(body.into()), ..get() }
            .header_line("Content-Type", content_type)
            .header_line("Accept", accept)
    };
    let to_xml = |attributes: &str| format!("<json-to-xml {attributes}/>");
    let to_json = |attributes: &str| format!("<xml-to-json {attributes}/>");
    let json = || sent("application/json", "application/xml", r#"{"a":"2020-01-02T03:04:05.000Z"}"#);
    let becomes = |body: &'static str| [Expect::RequestBody(body)];
    let of_json = |body: &str| sent("application/json", "*/*", body);
    let xml = |body: &str| sent("text/xml", "*/*", body);
    const PREFIXED: &str = "<s:a xmlns:s='u'><b>1</b></s:a>";
    let friendly = |kind: &str| to_json(&format!("kind='{kind}' apply='always'"));
    // Scripts are blocked (line 561).
    let scripted = "<xsl-transform><xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' \
                    xmlns:msxsl='urn:schemas-microsoft-com:xslt' xmlns:my='urn:my'><msxsl:script language='C#' implements-prefix='my'>\
                    public string run() { return null; }</msxsl:script><xsl:template match='/'><a/></xsl:template></xsl:stylesheet></xsl-transform>";
    let jsonp = outbound("<jsonp callback-parameter-name='@(\"c\" + \"b\")'/>");
    vec![
        row(
            "json-to-xml apply",
            to_xml("apply='@(\"content-type-json\")'"),
            sent("a/b", "*/*", "{\"a\":1}"),
            &becomes("{\"a\":1}"),
        ),
        row(
            "json-to-xml apply",
            to_xml("apply='@(\"always\")'"),
            sent("a/b", "*/*", "{\"a\":1}"),
            &becomes("<a>1</a>"),
        ),
        row(
            "json-to-xml consider-accept-header",
            to_xml("apply='always' consider-accept-header='true'"),
            sent("a/b", "text/plain", "{\"a\":1}"),
            &becomes("{\"a\":1}"),
        ),
        // Newtonsoft reads a date and writes it without fractions that are zero.
        row("json-to-xml parse-date", to_xml("apply='always'"), json(), &becomes("<a>2020-01-02T03:04:05Z</a>")),
        row(
            "json-to-xml parse-date",
            to_xml("apply='always' parse-date='true'"),
            json(),
            &becomes("<a>2020-01-02T03:04:05Z</a>"),
        ),
        row(
            "json-to-xml parse-date",
            to_xml("apply='always' parse-date='false'"),
            json(),
            &becomes("<a>2020-01-02T03:04:05.000Z</a>"),
        ),
        row(
            "json-to-xml namespace-separator",
            to_xml("apply='always' namespace-prefix='xmlns'"),
            of_json(r#"{"p_r":{"xmlns_p":"urn:p","p_x":1}}"#),
            &becomes("<p:r xmlns:p=\"urn:p\"><p:x>1</p:x></p:r>"),
        ),
        row(
            "json-to-xml namespace-separator",
            to_xml("apply='always' namespace-prefix='xmlns' namespace-separator='-'"),
            of_json(r#"{"p-r":{"xmlns-p":"urn:p","p-x":1}}"#),
            &becomes("<p:r xmlns:p=\"urn:p\"><p:x>1</p:x></p:r>"),
        ),
        row(
            "json-to-xml attribute-block-name",
            to_xml("apply='always' attribute-block-name='$'"),
            of_json(r#"{"r":{"$":{"a":"1"},"x":2}}"#),
            &becomes("<r a=\"1\"><x>2</x></r>"),
        ),
        row(
            "xml-to-json kind",
            to_json("kind='direct' apply='always'"),
            xml("<a b='1'>x</a>"),
            &becomes(r##"{"a":{"@b":"1","#text":"x"}}"##),
        ),
        row(
            "xml-to-json kind",
            to_json("kind='@(\"direct\")' apply='always'"),
            xml("<a b='1'>x</a>"),
            &becomes(r##"{"a":{"@b":"1","#text":"x"}}"##),
        ),
        row(
            "xml-to-json apply",
            to_json("kind='direct' apply='@(\"always\")'"),
            sent("a/b", "*/*", "<a>1</a>"),
            &becomes(r#"{"a":"1"}"#),
        ),
        row(
            "xml-to-json consider-accept-header",
            to_json("kind='direct' apply='always' consider-accept-header='@(1 == 2)'"),
            sent("a/b", "text/xml", "<a>1</a>"),
            &becomes(r#"{"a":"1"}"#),
        ),
        row(
            "xml-to-json consider-accept-header",
            to_json("kind='direct' apply='always' consider-accept-header='@(1 == 1)'"),
            sent("a/b", "text/xml", "<a>1</a>"),
            &becomes("<a>1</a>"),
        ),
        row(
            "xml-to-json always-array-child-elements",
            to_json("kind='direct' apply='always' always-array-child-elements='@(1 == 1)'"),
            xml("<a><b>1</b></a>"),
            &becomes(r#"{"a":{"b":["1"]}}"#),
        ),
        row(
            "xml-to-json always-array-child-elements",
            to_json("kind='direct' apply='always' always-array-child-elements='false'"),
            xml("<a><b>1</b></a>"),
            &becomes(r#"{"a":{"b":"1"}}"#),
        ),
        row(
            "xml-to-json empty-values",
            to_json("kind='direct' apply='always' empty-values='@(\"asNull\")'"),
            xml("<a><b></b></a>"),
            &becomes(r#"{"a":{"b":null}}"#),
        ),
        row(
            "xml-to-json empty-values",
            to_json("kind='direct' apply='always' empty-values='@(\"preserve\")'"),
            xml("<a><b></b></a>"),
            &becomes(r#"{"a":{"b":""}}"#),
        ),
        row(
            "xml-to-json trim",
            to_json("kind='direct' apply='always' trim='@(1 == 1)'"),
            xml("<a><b> x </b></a>"),
            &becomes(r#"{"a":{"b":"x"}}"#),
        ),
        row(
            "xml-to-json trim",
            to_json("kind='direct' apply='always' trim='false'"),
            xml("<a><b> x </b></a>"),
            &becomes(r#"{"a":{"b":" x "}}"#),
        ),
        row("xml-to-json kind", friendly("direct"), xml(PREFIXED), &becomes(r#"{"s:a":{"@xmlns:s":"u","b":"1"}}"#)),
        row(
            "xml-to-json kind",
            friendly("@(\"direct\")"),
            xml(PREFIXED),
            &becomes(r#"{"s:a":{"@xmlns:s":"u","b":"1"}}"#),
        ),
        row(
            "xml-to-json kind",
            friendly("javascript-friendly"),
            xml(PREFIXED),
            &becomes(r#"{"s$a":{"@xmlns$s":"u","b":"1"}}"#),
        ),
        row(
            "xml-to-json kind",
            friendly("@(\"javascript-friendly\")"),
            xml(PREFIXED),
            &becomes(r#"{"s$a":{"@xmlns$s":"u","b":"1"}}"#),
        ),
        row("xsl-transform/xsl:stylesheet", scripted, xml("<a/>"), &[Expect::Codes(&["stylesheet-invalid"])]),
        row(
            "jsonp callback-parameter-name",
            jsonp,
            MemoryExchange::get("/?cb=f"),
            &[Expect::Response(200, "f(from the backend);")],
        ),
    ]
}

fn forwarding() -> Vec<Row> {
    let policy = |attributes: &str| format!("<policies><backend><forward-request {attributes}/></backend></policies>");
    let defaults = ForwardOptions::default();
    let forwards = |options: ForwardOptions| [Expect::Effects(vec![Effect::Forward(options)].leak())];
    vec![
        row(
            "forward-request follow-redirects",
            policy("follow-redirects='@(1 == 1)'"),
            get(),
            &forwards(ForwardOptions { follow_redirects: true, ..defaults }),
        ),
        row("forward-request follow-redirects", policy("follow-redirects='@(1 == 2)'"), get(), &forwards(defaults)),
        row("forward-request follow-redirects", policy("follow-redirects='false'"), get(), &forwards(defaults)),
        row("forward-request buffer-request-body", policy("buffer-request-body='false'"), get(), &forwards(defaults)),
        row("forward-request buffer-response", policy("buffer-response='true'"), get(), &forwards(defaults)),
    ]
}

fn flow() -> Vec<Row> {
    let retry = |count: &str| {
        format!(
            "<policies><inbound><retry condition='@(1 == 1)' count='{count}' interval='@(1 + 1)'/></inbound><backend/></policies>"
        )
    };
    let pauses = |count: usize| [Expect::Effects(vec![Effect::Sleep(2000); count].leak())];
    vec![
        row("retry count", retry("@(1 + 2)"), get(), &pauses(3)),
        row("retry count", retry("2"), get(), &pauses(2)),
        row("retry interval", retry("1"), get(), &pauses(1)),
        row(
            "retry first-fast-retry",
            retry("2").replace("<retry", "<retry first-fast-retry='false'"),
            get(),
            &pauses(2),
        ),
        row(
            "retry first-fast-retry",
            retry("2").replace("<retry", "<retry first-fast-retry='true'"),
            get(),
            &pauses(1),
        ),
    ]
}

/// All dimensions that need no value (line 613), whatever case they are written in, beside as many others as APIM allows.
fn metrics() -> Vec<Row> {
    let known =
        ["api id", "OPERATION ID", "Product ID", "User ID", "Subscription ID", "Location", "Gateway ID", "Backend ID"];
    let known: String = known.map(|name| format!("<dimension name='{name}'/>")).concat();
    let own =
        |count: u8| -> String { (1..=count).map(|index| format!("<dimension name='d{index}' value='v'/>")).collect() };
    let ada = || MemoryExchange { user_id: Some("ada".to_owned()), ..get() };
    let of_the_gateway = "api id=echo OPERATION ID=get-item Product ID= User ID=ada Subscription ID=sub-1 Location= Gateway ID= Backend ID=";
    let of_the_document = |count: u8| -> String { (1..=count).map(|index| format!(" d{index}=v")).collect() };
    let ten = format!("API Management/m 1 {of_the_gateway}{}", of_the_document(10));
    let emit = format!("<emit-metric name='m'>{known}{}</emit-metric>", own(10));
    let five = of_the_document(5);
    let tokens = ["Total Tokens 3", "Prompt Tokens 1", "Completion Tokens 2"];
    let tokens = tokens.map(|of| -> &'static str { format!("API Management/{of} {of_the_gateway}{five}").leak() });
    let answer = r#"{"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#;
    let asking = MemoryExchange {
        request_body: Some(br#"{"messages":[{"role":"user","content":"a"}]}"#.to_vec()),
        backend_response: (200, vec![("Content-Type".to_owned(), b"application/json".to_vec())], answer.into()),
        ..ada().with_method("POST")
    };
    let llm = format!("<llm-emit-token-metric>{known}{}</llm-emit-token-metric>", own(5));
    vec![
        row("emit-metric/dimension name", emit, ada(), &[Expect::Emitted(vec![&*ten.leak()].leak())]),
        row("llm-emit-token-metric/dimension name", llm, asking, &[Expect::Emitted(tokens.to_vec().leak())]),
    ]
}
