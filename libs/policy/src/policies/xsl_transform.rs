//! `xsl-transform`: transforms a body that is XML: the request's in inbound, the response's in outbound and on-error.
//!
//! `<xsl-transform><parameter name="n">text</parameter>*<xsl:stylesheet>…</xsl:stylesheet></xsl-transform>` – the name of a parameter may also
//! be written as `parameter-name`; inbound, outbound, on-error. XSLT 1.0; scripts in the stylesheet are refused. `Content-Type` is left
//! alone, and so is an empty body. A body that is no XML is an error.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use postern_dotnet::work::Paced;
use postern_dotnet::xml::{Stylesheet, Transformed, Untransformed};
use postern_dotnet::{Exception, Text};

use crate::builder::Builder;
use crate::charset;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional,
};
use crate::effect::{JobKind, Outcome};
use crate::exchange::Side;
use crate::given::Given;
use crate::policies::body_conversion::cannot_convert;
use crate::policies::elsewhere::{self, Task};
use crate::policies::message_body::{side_of, step};
use crate::policies::{IN_OUT_ERR, in_turns};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::{Element, STYLESHEET};
use crate::section::Section;
use crate::turn_length::TurnLength;

static PARAMETER: ElementRule = ElementRule {
    element: "parameter",
    attributes: &[
        optional("name", Expression::Forbidden, ValueRule::NonEmpty),
        optional("parameter-name", Expression::Forbidden, ValueRule::NonEmpty),
    ],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};
/// The reader gives it as the text it is written in.
static SHEET: ElementRule = ElementRule {
    element: STYLESHEET,
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Forbidden, value: ValueRule::Text }),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "xsl-transform",
        attributes: &[],
        content: Content::ChildrenInAnyOrder(&[
            ChildRule { rule: &PARAMETER, occurs: Occurs::Any },
            ChildRule { rule: &SHEET, occurs: Occurs::One },
        ]),
    },
    sections: IN_OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| XslTransform::from(element, builder).and_then(Built::policy),
};

/// Name and value as given.
type Parameter = (Box<str>, Given<Box<str>>);

/// Name and value.
type Named = (String, String);

#[derive(Debug)]
struct XslTransform {
    parameters: Box<[Parameter]>,
    sheet: Arc<Stylesheet>,
}

impl XslTransform {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<XslTransform> {
        let mut parameters = Vec::new();
        for parameter in element.children_named("parameter") {
            let Some(name) = parameter.owned("name").or_else(|| parameter.owned("parameter-name")) else {
                let message = "`<parameter>` needs attribute `name`";
                builder.error_with(parameter.offset, "attribute-missing", message, Some("add name=\"…\"".to_owned()));
                return None;
            };
            parameters.push((name, builder.exact_text(&parameter.text)?));
        }
        let sheet = element.child(STYLESHEET)?;
        match Stylesheet::parse(&sheet.text.text) {
            Ok(compiled) => Some(XslTransform { parameters: parameters.into(), sheet: Arc::new(compiled) }),
            Err(exception) => {
                builder.error(sheet.offset, "stylesheet-invalid", exception.message.to_string());
                None
            }
        }
    }

    fn parameters(&self, context: &PolicyContext<'_>) -> Vec<Named> {
        let parameter = |(name, value): &Parameter| (name.to_string(), value.text(context.values).to_owned());
        self.parameters.iter().map(parameter).collect()
    }
}

type Transforming = Paced<Result<Transformed, Untransformed>>;

/// A transformation whose templates call each other deeply.
#[derive(Debug)]
struct Deep {
    sheet: Arc<Stylesheet>,
    input: Text,
    parameters: Vec<Named>,
}

impl Task for Deep {
    type Output = Result<Transformed, Exception>;
    const KIND: JobKind = JobKind::Transformation;

    fn work(&self, is_called_off: &AtomicBool) -> Result<Transformed, Exception> {
        self.sheet.transform_deep(&self.input, &self.parameters, is_called_off)
    }

    fn bytes(&self) -> usize {
        self.input.len() + self.parameters.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }
}

fn finish(context: &mut PolicyContext<'_>, made: Result<Transformed, Exception>) -> Result<(), Box<Failure>> {
    let made = made.map_err(|exception| cannot_convert(&exception))?;
    context.exchange.put_body(context.side(), made.text.into_bytes());
    Ok(())
}

impl XslTransform {
    /// What is transformed; `None`: the body is empty.
    fn input(context: &PolicyContext<'_>) -> Option<Text> {
        let (exchange, side) = (&*context.exchange, context.side());
        let body = exchange.content(side).filter(|body| !body.trim_ascii().is_empty())?;
        Some(Text::from(charset::text(body, charset::of_message(exchange, side))))
    }

    fn end(&self, context: &mut PolicyContext<'_>, made: Result<Transformed, Untransformed>) -> Step {
        match made {
            Ok(made) => step(finish(context, Ok(made))),
            Err(Untransformed::Exception(exception)) => step(finish(context, Err(exception))),
            Err(Untransformed::Deep) => {
                let (sheet, input) = (Arc::clone(&self.sheet), Self::input(context).unwrap_or_default());
                let parameters = self.parameters(context);
                elsewhere::begin(context, Deep { sheet, input, parameters })
            }
        }
    }
}

impl Policy for XslTransform {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let Some(input) = Self::input(context) else { return Step::Next };
        let parameters = self.parameters(context);
        // Most are done within a turn, and touch nothing that workers share.
        match self.sheet.transform_within(TurnLength::default().steps(), &input, &parameters) {
            Some(made) => self.end(context, made),
            None => in_turns::keep(context, self.sheet.transforming(input, parameters)),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match elsewhere::end::<Deep>(context, &outcome) {
            Some(Ok(made)) => step(finish(context, made)),
            Some(Err(failure)) => Step::Fail(failure),
            None => in_turns::go_on::<Transforming>(context, |context, made| self.end(context, made)),
        }
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        Some(side_of(section))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    const OPEN: &str = "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>\
                        <xsl:output method='xml' omit-xml-declaration='yes'/>";

    fn request(body: &str) -> MemoryExchange {
        MemoryExchange {
            request_body: Some(body.into()),
            ..MemoryExchange::get("/").header_line("Content-Type", "a/b")
        }
    }

    #[test]
    fn the_stylesheet_makes_the_body() {
        for (parameters, sheet, body) in [
            (
                "",
                "<xsl:template match='/'><r>a <b/> &lt;<xsl:value-of select='.'/> c</r></xsl:template>",
                "<r>a <b /> &lt;x c</r>",
            ),
            (
                "<parameter name='p'>@(context.Request.Method)</parameter><parameter parameter-name='q'> q</parameter>",
                "<xsl:param name='p'/><xsl:param name='q'/><xsl:template match='/'><r p='{$p}{$q}'/></xsl:template>",
                "<r p=\"GET q\" />",
            ),
            (
                "",
                "<!-- </xsl:stylesheet> --><xsl:template match='/'><r><![CDATA[</xsl:stylesheet>]]></r></xsl:template>",
                "<r>&lt;/xsl:stylesheet&gt;</r>",
            ),
        ] {
            let policy = format!("<xsl-transform>{parameters}{OPEN}{sheet}</xsl:stylesheet></xsl-transform>");
            let expected = [Expect::RequestBody(body), Expect::RequestHeader("Content-Type", &["a/b"])];
            check(&policy, request("<i>x</i>"), &expected);
        }
    }

    #[test]
    fn the_prefix_of_the_stylesheet_is_free() {
        let policy = "<xsl-transform><t:transform version='1.0' xmlns:t='http://www.w3.org/1999/XSL/Transform'>\
                      <t:output method='text'/><t:template match='/'><t:value-of select='count(//b)'/></t:template>\
                      </t:transform></xsl-transform>";
        check(policy, request("<a><b/><b/></a>"), &[Expect::RequestBody("2")]);
        check(policy, request(""), &[Expect::RequestBody("")]);
        let message = "Data at the root level is invalid. Line 1, position 1.";
        check(policy, request("x"), &[Expect::LastError(Some(("BodyConversionFailure", message)))]);
    }

    #[test]
    fn wrong_stylesheets_are_refused() {
        for (content, code) in [
            ("", "element-missing"),
            ("<xsl:stylesheet/>", "stylesheet-invalid"),
            ("<xsl:stylesheet version='1.0'><a/></xsl:stylesheet>", "stylesheet-invalid"),
            ("<xsl:stylesheet><a></xsl:stylesheet>", "stylesheet-invalid"),
            ("<xsl:stylesheet><a/>", "element-not-closed"),
            ("<parameter>x</parameter><xsl:stylesheet/>", "attribute-missing"),
            ("<other/><xsl:stylesheet/>", "unknown-element"),
        ] {
            check(
                &format!("<xsl-transform>{content}</xsl-transform>"),
                MemoryExchange::get("/"),
                &[Expect::Codes(&[code])],
            );
        }
    }
}
