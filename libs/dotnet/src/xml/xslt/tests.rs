//! What .NET's XslCompiledTransform writes (printed by C# on Mono, to UTF-8 without a byte order mark).

use std::sync::Arc;

use super::*;
use crate::work::in_pieces;
use crate::{ExceptionType, Text};

const CASES: &[(&str, &str, &str)] = &[
    (
        "<xsl:template match=\"/\"><out><xsl:value-of select=\"/a/b\"/></out></xsl:template>",
        "<a><b>1</b></a>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><out>1</out>",
    ),
    (
        "<xsl:template match=\"b\"><x><xsl:apply-templates/></x></xsl:template>",
        "<a>t<b>1</b>u<c>2</c></a>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>t<x>1</x>u2",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"@*|node()\"><xsl:copy><xsl:apply-templates select=\"@*|node()\"/></xsl:copy></xsl:template><xsl:template match=\"b\"/>",
        "<a x=\"1\"><!--c--><b>drop</b><c y=\"2\">keep</c><?p d?></a>",
        "<a x=\"1\"><!--c--><c y=\"2\">keep</c><?p d?></a>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><r><xsl:for-each select=\"//i\"><xsl:sort select=\"@n\" data-type=\"number\" order=\"descending\"/><v p=\"{position()}\"><xsl:value-of select=\".\"/></v></xsl:for-each></r></xsl:template>",
        "<a><i n=\"2\">b</i><i n=\"10\">c</i><i n=\"1\">a</i></a>",
        "<r><v p=\"1\">c</v><v p=\"2\">b</v><v p=\"3\">a</v></r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><r><xsl:for-each select=\"//i\"><xsl:sort/><xsl:value-of select=\".\"/>,</xsl:for-each></r></xsl:template>",
        "<a><i>b</i><i>A</i><i>a</i><i>B</i><i>C</i></a>",
        "<r>a,A,b,B,C,</r>",
    ),
    (
        "<xsl:output method=\"text\"/><xsl:param name=\"p\" select=\"'default'\"/><xsl:param name=\"q\" select=\"'other'\"/><xsl:template match=\"/\"><xsl:value-of select=\"concat($p,'-',$q)\"/></xsl:template>",
        "<a/>",
        "given-other",
    ),
    (
        "<xsl:output method=\"text\"/><xsl:template match=\"/\"><xsl:call-template name=\"f\"><xsl:with-param name=\"n\" select=\"5\"/></xsl:call-template></xsl:template><xsl:template name=\"f\"><xsl:param name=\"n\"/><xsl:param name=\"acc\" select=\"1\"/><xsl:choose><xsl:when test=\"$n = 0\"><xsl:value-of select=\"$acc\"/></xsl:when><xsl:otherwise><xsl:call-template name=\"f\"><xsl:with-param name=\"n\" select=\"$n - 1\"/><xsl:with-param name=\"acc\" select=\"$acc * $n\"/></xsl:call-template></xsl:otherwise></xsl:choose></xsl:template>",
        "<a/>",
        "120",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><xsl:variable name=\"v\"><a>1</a><a>2</a></xsl:variable><r><xsl:copy-of select=\"$v\"/><xsl:value-of select=\"$v\"/></r></xsl:template>",
        "<a/>",
        "<r><a>1</a><a>2</a>12</r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:key name=\"k\" match=\"i\" use=\"@c\"/><xsl:template match=\"/\"><r><xsl:for-each select=\"//i[generate-id()=generate-id(key('k',@c)[1])]\"><g c=\"{@c}\" n=\"{count(key('k',@c))}\"/></xsl:for-each></r></xsl:template>",
        "<a><i c=\"x\"/><i c=\"y\"/><i c=\"x\"/></a>",
        "<r><g c=\"x\" n=\"2\" /><g c=\"y\" n=\"1\" /></r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><xsl:element name=\"{/a/@n}\"><xsl:attribute name=\"x\"><xsl:value-of select=\"1+1\"/></xsl:attribute><xsl:comment>c<xsl:value-of select=\"2\"/></xsl:comment><xsl:processing-instruction name=\"t\">d</xsl:processing-instruction></xsl:element></xsl:template>",
        "<a n=\"dyn\"/>",
        "<dyn x=\"2\"><!--c2--><?t d?></dyn>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"i\"><xsl:number/>:<xsl:number level=\"any\" format=\"a\"/>:<xsl:number level=\"multiple\" count=\"g|i\" format=\"1.1\"/>;</xsl:template><xsl:template match=\"/\"><r><xsl:apply-templates select=\"//i\"/></r></xsl:template>",
        "<a><g><i/><i/></g><g><i/></g></a>",
        "<r>1:a:1.1;2:b:1.2;1:c:2.1;</r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><r><xsl:value-of select=\"format-number(1234.5,'#,##0.00')\"/>|<xsl:value-of select=\"format-number(0.256,'0%')\"/>|<xsl:value-of select=\"format-number(-5,'0.0')\"/></r></xsl:template>",
        "<a/>",
        "<r>1,234.50|26%|-5.0</r>",
    ),
    (
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" xmlns:s=\"urn:s\" xmlns:t=\"urn:t\" exclude-result-prefixes=\"s\"><xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/s:a\"><t:out><xsl:apply-templates select=\"s:b\"/></t:out></xsl:template><xsl:template match=\"s:b\"><t:in><xsl:value-of select=\".\"/></t:in></xsl:template></xsl:stylesheet>",
        "<s:a xmlns:s=\"urn:s\"><s:b>1</s:b></s:a>",
        "<t:out xmlns:t=\"urn:t\"><t:in>1</t:in></t:out>",
    ),
    (
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" xmlns=\"urn:d\"><xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><out><in/><xsl:copy-of select=\"/a/b\"/></out></xsl:template></xsl:stylesheet>",
        "<a><b><c/></b></a>",
        "<out xmlns=\"urn:d\"><in /><b xmlns=\"\"><c /></b></out>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"a\" mode=\"m\"><m/></xsl:template><xsl:template match=\"a\"><n/></xsl:template><xsl:template match=\"/\"><r><xsl:apply-templates mode=\"m\"/><xsl:apply-templates/></r></xsl:template>",
        "<a/>",
        "<r><m /><n /></r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"i[1]\"><first/></xsl:template><xsl:template match=\"i[last()]\"><last/></xsl:template><xsl:template match=\"i\"><mid/></xsl:template><xsl:template match=\"a\"><r><xsl:apply-templates select=\"i\"/></r></xsl:template>",
        "<a><i/><i/><i/></a>",
        "<r><first /><mid /><last /></r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"b\"><low/></xsl:template><xsl:template match=\"a/b\"><high/></xsl:template><xsl:template match=\"*\" priority=\"2\"><r><xsl:apply-templates select=\"@x|*\"/></r></xsl:template><xsl:template match=\"@x\">[<xsl:value-of select=\".\"/>]</xsl:template>",
        "<a x=\"1\"><b/></a>",
        "<r>[1]<r /></r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:attribute-set name=\"s\"><xsl:attribute name=\"k\">v</xsl:attribute><xsl:attribute name=\"l\">w</xsl:attribute></xsl:attribute-set><xsl:template match=\"/\"><r xsl:use-attribute-sets=\"s\" l=\"own\"/></xsl:template>",
        "<a/>",
        "<r k=\"v\" l=\"own\" />",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\" indent=\"yes\"/><xsl:strip-space elements=\"*\"/><xsl:template match=\"@*|node()\"><xsl:copy><xsl:apply-templates select=\"@*|node()\"/></xsl:copy></xsl:template>",
        "<a> <b> <c>x</c> </b> <d/> </a>",
        "<a>\n  <b>\n    <c>x</c>\n  </b>\n  <d />\n</a>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"@*|node()\"><xsl:copy><xsl:apply-templates select=\"@*|node()\"/></xsl:copy></xsl:template>",
        "<p:a xmlns:p=\"urn:p\" xmlns=\"urn:d\" p:x=\"1\"><b p:y=\"2\"/></p:a>",
        "<p:a p:x=\"1\" xmlns:p=\"urn:p\" xmlns=\"urn:d\"><b p:y=\"2\" /></p:a>",
    ),
    (
        "<xsl:output method=\"text\"/><xsl:template match=\"/\"><xsl:for-each select=\"//i\"><xsl:value-of select=\".\"/><xsl:if test=\"position() != last()\">, </xsl:if></xsl:for-each><xsl:text>\n</xsl:text></xsl:template>",
        "<a><i>1</i><i>2</i></a>",
        "1, 2\n",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><r><xsl:text disable-output-escaping=\"yes\">&lt;b/&gt;</xsl:text><xsl:value-of select=\"'&lt;'\"/></r></xsl:template>",
        "<a/>",
        "<r><b/>&lt;</r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\" cdata-section-elements=\"c\"/><xsl:template match=\"/\"><r><c>x&lt;y</c><d>x&lt;y</d></r></xsl:template>",
        "<a/>",
        "<r><c><![CDATA[x<y]]></c><d>x&lt;y</d></r>",
    ),
    (
        "<xsl:output doctype-system=\"a.dtd\" doctype-public=\"pub\" standalone=\"yes\"/><xsl:template match=\"/\"><r/></xsl:template>",
        "<a/>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><!DOCTYPE r PUBLIC \"pub\" \"a.dtd\"><r />",
    ),
    (
        "<xsl:template match=\"/\"><xsl:message terminate=\"yes\">stop</xsl:message></xsl:template>",
        "<a/>",
        "! Transform terminated: 'stop'.",
    ),
    (
        "<xsl:template match=\"/\"><xsl:value-of select=\"document('x.xml')\"/></xsl:template>",
        "<a/>",
        "! Execution of the 'document()' function was prohibited. Use the XsltSettings.EnableDocumentFunction property to enable it.",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><r><xsl:for-each select=\"//i\"><xsl:variable name=\"x\" select=\".\"/><xsl:value-of select=\"count(//i[. = $x])\"/><xsl:value-of select=\"count(//i[. = current()])\"/>;</xsl:for-each></r></xsl:template>",
        "<a><i>1</i><i>2</i><i>1</i></a>",
        "<r>22;11;22;</r>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"text()\">(<xsl:value-of select=\"normalize-space()\"/>)</xsl:template><xsl:template match=\"comment()\">C</xsl:template><xsl:template match=\"processing-instruction('p')\">P</xsl:template><xsl:template match=\"a|b\"><e><xsl:apply-templates/></e></xsl:template>",
        "<a> x <!--c--><?p d?><?q e?><b>y</b></a>",
        "<e>(x)CP<e>(y)</e></e>",
    ),
    (
        "<xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:msxsl=\"urn:schemas-microsoft-com:xslt\" exclude-result-prefixes=\"soap msxsl\"><xsl:output method=\"xml\" indent=\"yes\" omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><xsl:variable name=\"t\"><x><y>1</y></x></xsl:variable><soap:Envelope><soap:Body><xsl:for-each select=\"msxsl:node-set($t)/x/y\"><z><xsl:value-of select=\".\"/></z></xsl:for-each><xsl:copy-of select=\"//item[@id &gt; 1]\"/></soap:Body></soap:Envelope></xsl:template></xsl:stylesheet>",
        "<items><item id=\"1\">a</item><item id=\"2\">b</item></items>",
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\n  <soap:Body>\n    <z>1</z>\n    <item id=\"2\">b</item>\n  </soap:Body>\n</soap:Envelope>",
    ),
    (
        "<xsl:output omit-xml-declaration=\"yes\"/><xsl:template match=\"/\"><r a=\"{{x}}{1+1}\" b=\"{'}'}\"/></xsl:template>",
        "<a/>",
        "<r a=\"{x}2\" b=\"}\" />",
    ),
    (
        "<xsl:output method=\"html\" indent=\"no\"/><xsl:template match=\"/\"><html><head><title>t</title></head><body><br/><p/><input checked=\"checked\"/><script>a&lt;b</script>x&amp;y</body></html></xsl:template>",
        "<a/>",
        "<html><head><META http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"><title>t</title></head><body><br><p></p><input checked><script>a<b</script>x&amp;y</body></html>",
    ),
];

fn sheet(body: &str) -> Result<Stylesheet, Exception> {
    if body.contains("<xsl:stylesheet") {
        return Stylesheet::parse(body);
    }
    Stylesheet::parse(&format!("<xsl:stylesheet version='1.0' xmlns:xsl='{XSLT_NAMESPACE}'>{body}</xsl:stylesheet>"))
}

/// In one go and in the smallest pieces, which must come to the same.
fn twice(sheet: &Arc<Stylesheet>, input: &str, parameters: &[(&str, &str)]) -> Result<Transformed, Exception> {
    let made = sheet.transform(input, parameters);
    if input.len() < 1000 {
        let owned = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let in_pieces = in_pieces(sheet.transforming(Text::new(input), owned), 1).0;
        if in_pieces != Err(Untransformed::Deep) {
            assert_eq!(in_pieces, made.clone().map_err(Untransformed::Exception));
        }
    }
    made
}

fn transform(body: &str, input: &str, parameters: &[(&str, &str)]) -> String {
    match sheet(body).map(Arc::new).and_then(|sheet| twice(&sheet, input, parameters)) {
        Ok(transformed) => transformed.text,
        Err(exception) => format!("! {}", exception.message),
    }
}

#[test]
fn transformations_give_what_dotnet_gives() {
    let mut wrong = Vec::new();
    for (body, input, expected) in CASES {
        let got = transform(body, input, &[("p", "given")]);
        if got != *expected {
            wrong.push(format!("{body}\n  expected {expected:?}\n  got      {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_gateway_must_not_do_is_refused() {
    for (body, message) in [
        ("<xsl:import href='x.xsl'/>", "'xsl:import' is not supported: a stylesheet cannot load others."),
        (
            "<m:script xmlns:m='urn:schemas-microsoft-com:xslt' language='C#'>x</m:script>",
            "Execution of scripts was prohibited. Use the XsltSettings.EnableScript property to enable it.",
        ),
        ("<xsl:template match='/'><xsl:unknown/></xsl:template>", "'xsl:unknown' is an unknown XSLT instruction."),
        ("<xsl:template match='/'><xsl:value-of/></xsl:template>", "Missing mandatory attribute 'select'."),
        (
            "<xsl:template match='/'><xsl:value-of select='$x'/></xsl:template>",
            "The variable or parameter 'x' is not defined.",
        ),
        (
            "<xsl:key name='k' match='*' use=\"key('k', 'x')\"/><xsl:template match='/'><xsl:value-of select=\"key('k', 'a')\"/></xsl:template>",
            "Circular reference in the definition of the key 'k'.",
        ),
    ] {
        assert_eq!(transform(body, "<a/>", &[]), format!("! {message}"), "{body}");
    }
    assert!(sheet("<xsl:template match='/'>").is_err());
    assert!(transform("<xsl:template match='/'/>", "<a><b>", &[]).starts_with("! Unexpected end of file"));
}

#[test]
fn simplified_stylesheets_are_templates_of_the_root() {
    let text = format!("<out xsl:version='1.0' xmlns:xsl='{XSLT_NAMESPACE}'><xsl:value-of select='/a'/></out>");
    let transformed = Arc::new(Stylesheet::parse(&text).unwrap()).transform("<a>x</a>", &[]).unwrap();
    assert_eq!(transformed.text, "<?xml version=\"1.0\" encoding=\"utf-8\"?><out>x</out>");
    assert_eq!(transformed.method, "xml");
}

#[test]
fn a_result_is_no_longer_than_a_body_may_be() {
    // 100 copies of a megabyte, which counts once for the builder: it copies nodes.
    let input = format!("<r><a>{}</a>{}</r>", "x".repeat(1 << 20), "<i/>".repeat(100));
    let body =
        "<xsl:template match='/'><xsl:for-each select='//i'><xsl:copy-of select='/r/a'/></xsl:for-each></xsl:template>";
    for method in ["text", "html", "xml"] {
        let made =
            sheet(&format!("<xsl:output method='{method}'/>{body}")).map(Arc::new).unwrap().transform(&input, &[]);
        assert_eq!(made.map_err(|exception| exception.of), Err(ExceptionType::OutOfMemory), "{method}");
    }
}

#[test]
fn recursion_is_deep_but_bounded() {
    let count = "<xsl:output method='text'/><xsl:template match='/'><xsl:call-template name='f'><xsl:with-param name='n' select='/a'/>\
        </xsl:call-template></xsl:template><xsl:template name='f'><xsl:param name='n'/><xsl:if test='$n > 0'>x<xsl:call-template name='f'>\
        <xsl:with-param name='n' select='$n - 1'/></xsl:call-template></xsl:if></xsl:template>";
    assert_eq!(transform(count, "<a>1000</a>", &[]).len(), 1000);
    assert_eq!(transform(count, "<a>100000</a>", &[]), "! The templates of the stylesheet call each other too deeply.");
    let deep = format!("{}{}", "<a>".repeat(1500), "</a>".repeat(1500));
    assert!(transform("<xsl:template match='x'/>", &deep, &[]).starts_with("<?xml"));
    // Each global variable needs the next.
    let chain: String = (0..2000).map(|n| format!("<xsl:variable name='g{n}' select='$g{}'/>", n + 1)).collect();
    let chain = format!(
        "{chain}<xsl:variable name='g2000' select='1'/><xsl:template match='/'><xsl:value-of select='$g0'/></xsl:template>"
    );
    assert_eq!(transform(&chain, "<a/>", &[]), "! The templates of the stylesheet call each other too deeply.");
    let slow = "<xsl:template match='/'><xsl:for-each select='//a'><xsl:value-of select='count(//a[count(//a) > 1])'/></xsl:for-each>\
        </xsl:template>";
    let wide = format!("<r>{}</r>", "<a/>".repeat(3000));
    assert_eq!(transform(slow, &wide, &[]), "! The evaluation takes too many steps.");
}

#[test]
fn numbering_many_nodes_takes_turns() {
    const COUNT: usize = 2000;
    let input = format!("<r>{}</r>", "<a/>".repeat(COUNT));
    let numbers: String = (1..=COUNT).map(|number| format!("{number};")).collect();
    for level in ["single", "multiple", "any"] {
        let body = format!(
            "<xsl:output method='text'/><xsl:template match='/'><xsl:for-each select='//a'><xsl:number level='{level}' count='a'/>;\
             </xsl:for-each></xsl:template>"
        );
        let sheet = Arc::new(sheet(&body).unwrap());
        let (made, turns) = in_pieces(sheet.transforming(Text::new(&input), Vec::new()), 100_000);
        assert_eq!(made.map(|made| made.text), Ok(numbers.clone()));
        // Two million nodes are looked at.
        assert!((90..400).contains(&turns), "{level}: {turns} turns");
    }
}
