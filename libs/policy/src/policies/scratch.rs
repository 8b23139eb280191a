//! Scratch.
use crate::effect::{Advance, Effect};
use crate::run::Run;
use crate::section::Section;
use crate::testing::{MemoryExchange, compile_one};
use std::time::Instant;

fn longest(policy: &str, content_type: &str, body: &str) -> (Vec<(u128, usize)>, usize, usize) {
    let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
    assert!(diagnostics.iter().all(|d| !format!("{d:?}").contains("Error")), "{diagnostics:?}");
    let exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
    let mut exchange = exchange.header_line("Content-Type", content_type);
    let mut run = Run::new();
    let mut times = Vec::new();
    run.enter(Section::Inbound);
    let begin = Instant::now();
    let mut advance = run.advance(&program, &mut exchange);
    times.push((begin.elapsed().as_micros(), 0));
    while let Advance::Perform(effect) = advance {
        let outcome = crate::effect::Outcome::Done;
        let begin = Instant::now();
        advance = run.resume(&program, &mut exchange, outcome);
        times.push((begin.elapsed().as_micros(), times.len()));
        let _ = matches!(effect, Effect::Yield);
    }
    if let Some(error) = run.last_error() {
        println!("   error {error:?}");
    }
    let begin = Instant::now();
    let made = exchange.request_body.as_ref().map_or(0, Vec::len).max(exchange.response_body.len());
    run.reset();
    times.push((begin.elapsed().as_micros(), 999_999));
    let calls = times.len();
    times.sort_by(|a, b| b.cmp(a));
    times.truncate(4);
    (times, calls, made)
}

#[test]
fn measure() {
    let size: usize =
        std::env::var("MB").ok().and_then(|mb| mb.parse::<f64>().ok()).map_or(2 << 20, |mb| (mb * 1048576.0) as usize);
    let rep = |unit: &str| unit.repeat(size / unit.len());
    let objects =
        format!("[{}1]", rep(r#"{"id":12345,"name":"some name here","tags":["a","b"],"price":12.5,"ok":true},"#));
    let ones = format!("[{}1]", rep("1,"));
    let wrapped = format!("{{\"r\":{ones}}}");
    let xml = format!("<a>{}</a>", rep("<b>t</b>"));
    let attributes = format!("<a>{}</a>", rep(r#"<b c="1" d="2" e="x"/>"#));
    let words = rep("lorem ipsum dolor sit amet ");
    let blanks = rep(" ");
    let one = "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>";
    let identity = format!(
        "<xsl-transform>{one}<xsl:template match='@*|node()'><xsl:copy><xsl:apply-templates select='@*|node()'/></xsl:copy></xsl:template></xsl:stylesheet></xsl-transform>"
    );
    let sorted = format!(
        "<xsl-transform>{one}<xsl:template match='/'><r><xsl:for-each select='//b'><xsl:sort select='.'/><c><xsl:value-of select='.'/></c></xsl:for-each></r></xsl:template></xsl:stylesheet></xsl-transform>"
    );
    let copyof = format!(
        "<xsl-transform>{one}<xsl:template match='/'><r><xsl:copy-of select='.'/></r></xsl:template></xsl:stylesheet></xsl-transform>"
    );
    let keyed = format!(
        "<xsl-transform>{one}<xsl:key name='k' match='b' use='.'/><xsl:template match='/'><r><xsl:value-of select='count(key(\"k\", \"t\"))'/></r></xsl:template></xsl:stylesheet></xsl-transform>"
    );
    let global = format!(
        "<xsl-transform>{one}<xsl:variable name='v'><xsl:for-each select='//b'><c/></xsl:for-each></xsl:variable><xsl:template match='/'><r><xsl:copy-of select='$v'/></r></xsl:template></xsl:stylesheet></xsl-transform>"
    );
    let texted = format!(
        "<xsl-transform>{one}<xsl:output method='text'/><xsl:template match='/'><xsl:for-each select='//b'><xsl:value-of select='.'/>,</xsl:for-each></xsl:template></xsl:stylesheet></xsl-transform>"
    );
    let find22 = "<find-and-replace from='o' to='0123456789012345678901'/>";
    let find = "<find-and-replace from=' ' to='0123456789012345678901'/>";
    let lq = |t: &str| format!("<set-body template='liquid'>{t}</set-body>");
    let rows: Vec<(&str, String, &str, &str)> = vec![
        ("json-to-xml objects", "<json-to-xml apply='always'/>".into(), "application/json", &objects),
        ("json-to-xml ones", "<json-to-xml apply='always'/>".into(), "application/json", &ones),
        ("xml-to-json xml", "<xml-to-json kind='direct' apply='always'/>".into(), "text/xml", &xml),
        ("xml-to-json attributes", "<xml-to-json kind='direct' apply='always'/>".into(), "text/xml", &attributes),
        ("find words", find22.into(), "a/b", &words),
        ("find blanks", find.into(), "a/b", &blanks),
        ("redirect", "<redirect-content-urls/>".into(), "a/b", &words),
        ("liquid loop objects", lq("{% for i in body.r %}{{i.id}},{% endfor %}"), "application/json", &wrapped),
        ("liquid loop objs", lq("{% for i in body %}{{i.id}},{% endfor %}"), "application/json", &objects),
        ("liquid body ones", lq("{{body}}"), "application/json", &ones),
        ("liquid body ones filtered", lq("{{body | Join: ',' | Upcase}}"), "application/json", &ones),
        ("liquid xml", lq("{% for i in body.a.b %}{{i}},{% endfor %}"), "text/xml", &xml),
        ("liquid xml attributes", lq("{% for i in body.a.b %}{{i['@c']}},{% endfor %}"), "text/xml", &attributes),
        ("liquid capture", lq("{% capture c %}{% for i in body %}{{i.name}} {{i.price}},{% endfor %}{% endcapture %}{{c}}"), "application/json", &objects),
        ("liquid arrayfor", lq("[{% JSONArrayFor i in body %}{{i.name}}{% endJSONArrayFor %}]"), "application/json", &objects),
        ("liquid rounds", lq("{% for i in (1..1000) %}{% for j in (1..450) %}{{j}}{% endfor %}{% endfor %}"), "a/b", ""),
        ("return-response liquid", "<return-response><set-body template='liquid'>{% for i in body %}{{i.id}},{% endfor %}</set-body></return-response>".into(), "application/json", &objects),
        ("variable liquid", "<set-variable name='v' value='@(context.Request.Body.As&lt;JArray&gt;(preserveContent: true))'/><set-body template='liquid'>{{context.Variables.v.size}}</set-body>".into(), "application/json", &ones),
        ("xslt identity", identity, "text/xml", &xml),
        ("xslt sorted", sorted, "text/xml", &xml),
        ("xslt copy-of", copyof, "text/xml", &xml),
        ("xslt keyed", keyed, "text/xml", &xml),
        ("xslt global", global, "text/xml", &xml),
        ("xslt text", texted, "text/xml", &xml),
    ];
    let only = std::env::var("ONLY").unwrap_or_default();
    for (name, policy, content_type, body) in &rows {
        if !name.contains(&only) {
            continue;
        }
        let runs: Vec<_> = (0..3).map(|_| longest(policy, content_type, body)).collect();
        let best = runs.iter().min_by_key(|run| run.0[0].0).unwrap();
        println!(
            "{name:28} {:6.1} ms  calls {:5} made {:9}  next {:?}",
            best.0[0].0 as f64 / 1000.0,
            best.1,
            best.2,
            &best.0
        );
    }
}
