//! `find-and-replace`: replaces a text in the body of the message: the request's in inbound and backend, the response's in outbound and
//! on-error.
//!
//! `<find-and-replace from="text" to="text"/>` – both required, white space counts; all sections. An empty `to` removes. Letters must be the
//! same, case included. Headers and URLs are left alone.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, required,
};
use crate::effect::Outcome;
use crate::exchange::Side;
use crate::given::Given;
use crate::policies::in_turns;
use crate::policies::message_body::{Replacing, put_replaced, replace, side_of};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "find-and-replace",
        attributes: &[
            required("from", Expression::Allowed, ValueRule::Text),
            required("to", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| FindAndReplace::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
struct FindAndReplace {
    from: Given<Box<str>>,
    to: Given<Box<str>>,
}

impl FindAndReplace {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<FindAndReplace> {
        let from = builder.exact_text(&element.attribute("from")?.value)?;
        if from.literal().is_some_and(str::is_empty) {
            let message = "attribute `from` of `<find-and-replace>` must not be empty";
            builder.error(element.offset, "value-invalid", message);
            return None;
        }
        Some(FindAndReplace { from, to: builder.exact_text(&element.attribute("to")?.value)? })
    }

    fn work(&self, context: &PolicyContext<'_>) -> Result<Option<Replacing>, Box<Failure>> {
        let (from, to) = (self.from.text(context.values), self.to.text(context.values));
        if from.is_empty() {
            return Err(Box::new(Failure::unusable_value("`from` is empty".to_owned())));
        }
        // What cannot be read stays as it is.
        let body = context.exchange.content(context.side()).filter(|_| !context.exchange.is_coded(context.side()));
        Ok(body.map(|body| replace(body.to_vec(), vec![(from.to_owned(), to.to_owned())], |_, _| true)))
    }
}

impl Policy for FindAndReplace {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let work = self.work(context);
        in_turns::begin(context, work, put_replaced)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        in_turns::resume::<Replacing>(context, put_replaced)
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        Some(side_of(section))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn every_occurrence_is_replaced() {
        for (attributes, body, made) in [
            ("from='cat' to='dog'", "a cat, a Cat, concat", "a dog, a Cat, condog"),
            ("from='cat' to=''", "catcatx", "x"),
            ("from='aa' to='a'", "aaaaa", "aaa"),
            ("from=' b ' to='é'", "a b c b", "aéc b"),
            ("from='&lt;a/&gt;' to='&quot;'", "<a/><a/>", "\"\""),
            ("from='x' to='y'", "", ""),
            ("from='@(\"a\" + 1)' to='@(context.Request.Method)'", "a1", "GET"),
        ] {
            let exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
            check(&format!("<find-and-replace {attributes}/>"), exchange, &[Expect::RequestBody(made)]);
        }
    }

    #[test]
    fn the_section_decides_which_message_is_changed() {
        let text = "<policies><outbound><find-and-replace from='backend' to='front'/></outbound></policies>";
        check(text, MemoryExchange::get("/"), &[Expect::Response(200, "from the front")]);
        let text = "<policies><backend><find-and-replace from='a' to='b'/><forward-request/></backend></policies>";
        let exchange = MemoryExchange { request_body: Some(b"a".to_vec()), ..MemoryExchange::get("/") };
        check(text, exchange, &[Expect::RequestBody("b"), Expect::Response(200, "from the backend")]);
    }

    #[test]
    fn nothing_cannot_be_searched_for() {
        check("<find-and-replace from='' to='x'/>", MemoryExchange::get("/"), &[Expect::Codes(&["value-invalid"])]);
        check("<find-and-replace from='x'/>", MemoryExchange::get("/"), &[Expect::Codes(&["attribute-missing"])]);
        let message = "The value of an expression cannot be used: `from` is empty";
        check(
            "<find-and-replace from='@(\"\")' to='x'/>",
            MemoryExchange::get("/"),
            &[Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))],
        );
    }

    #[test]
    fn a_body_does_not_grow_without_bound() {
        let long = "y".repeat(100_000);
        let exchange = MemoryExchange { request_body: Some(vec![b'x'; 1000]), ..MemoryExchange::get("/") };
        let message = "The body would be longer than 67108864 bytes.";
        check(
            &format!("<find-and-replace from='x' to='{long}'/>"),
            exchange,
            &[Expect::LastError(Some(("BodyTooLong", message)))],
        );
    }
}
