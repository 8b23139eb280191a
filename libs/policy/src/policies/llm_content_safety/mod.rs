//! `llm-content-safety`: has Azure AI Content Safety look at what is said to a language model, and at what it says.
//!
//! ```xml
//! <llm-content-safety backend-id="content-safety" shield-prompt="false" enforce-on-completions="false" window-size="n" window-overlap-size="n">
//!   <categories output-type="FourSeverityLevels|EightSeverityLevels"><category name="Hate|SelfHarm|Sexual|Violence" threshold="0..7"/>*</categories>
//!   <blocklists><id>list</id>*</blocklists>
//! </llm-content-safety>
//! ```
//! `backend-id` required; all attributes and texts may be expressions; inbound (the request) and outbound (the answer), all scopes, any number
//! of times. All text of the message, line by line, is sent to the backend: with `shield-prompt` to `contentsafety/text:shieldPrompt` (requests
//! only), with categories or blocklists to `contentsafety/text:analyze`, both with `api-version=2024-09-01` and the backend's own credentials. With
//! `window-size` it is sent in windows of so many characters, each beginning `window-overlap-size` before the end of the last. A severity at or
//! above a category's threshold, a hit on a blocklist or a detected attack: 403. So does a backend that does not exist, cannot be reached or
//! refuses the credentials; any other answer that is not 200 (the service's limit of characters among them) or none in 30 s: 500.
//!
//! With `enforce-on-completions` in `inbound`, the answer is checked too when `outbound` begins. Deviation: a streamed answer that is to be checked
//! is held back until all of it has been.

mod check;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::in_turns::Underway;
use super::llm_token_limit::account;
use super::reading::{self, Begun};
use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::effect::{Effect, Outcome};
use crate::exchange::Side;
use crate::given::Given;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Section;

pub(crate) use check::SafetyCheck;
use check::{Question, Said, Verdict};

static CATEGORY: ElementRule = ElementRule {
    element: "category",
    attributes: &[
        required("name", Expression::Allowed, ValueRule::NonEmpty),
        required("threshold", Expression::Allowed, ValueRule::Integer(0, 7)),
    ],
    content: Content::Empty,
};
static CATEGORIES: ElementRule = ElementRule {
    element: "categories",
    attributes: &[optional("output-type", Expression::Allowed, ValueRule::NonEmpty)],
    content: Content::Children(&[ChildRule { rule: &CATEGORY, occurs: Occurs::Any }]),
};
static ID: ElementRule = ElementRule {
    element: "id",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::NonEmpty }),
};
static BLOCKLISTS: ElementRule = ElementRule {
    element: "blocklists",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &ID, occurs: Occurs::Any }]),
};
/// As the policy toolkit writes it.
static BLOCK_LISTS: ElementRule = ElementRule {
    element: "block-lists",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &ID, occurs: Occurs::Any }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "llm-content-safety",
        attributes: &[
            required("backend-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("shield-prompt", Expression::Allowed, ValueRule::Boolean),
            optional("enforce-on-completions", Expression::Allowed, ValueRule::Boolean),
            optional("window-size", Expression::Allowed, ValueRule::Integer(1, u64::MAX)),
            optional("window-overlap-size", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
        ],
        content: Content::Children(&[
            ChildRule { rule: &CATEGORIES, occurs: Occurs::Optional },
            ChildRule { rule: &BLOCKLISTS, occurs: Occurs::Optional },
            ChildRule { rule: &BLOCK_LISTS, occurs: Occurs::Optional },
        ]),
    },
    sections: super::IN_OUT,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

/// Name and threshold.
type GivenCategory = (Given<Box<str>>, Given<u64>);

#[derive(Debug)]
struct LlmContentSafety {
    backend: Given<Box<str>>,
    shield_prompt: Given<bool>,
    on_completions: Given<bool>,
    window: Option<Given<u64>>,
    overlap: Option<Given<u64>>,
    output_type: Option<Given<Box<str>>>,
    categories: Box<[GivenCategory]>,
    blocklists: Box<[Given<Box<str>>]>,
}

const CATEGORY_NAMES: &[&str] = &["Hate", "SelfHarm", "Sexual", "Violence"];
const OUTPUT_TYPES: &[&str] = &["FourSeverityLevels", "EightSeverityLevels"];

/// The service knows these words only, and answers others with an error: then the request fails.
fn remark(element: &Element, given: &Given<Box<str>>, words: &[&str], builder: &mut Builder<'_, '_>) {
    if let Some(word) = given.literal().filter(|word| !words.contains(word)) {
        let message = format!("`{word}` of `<{}>` is none of {}", element.name, words.join(", "));
        builder.warning(element.offset, "value-suspect", message, None);
    }
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let mut categories = Vec::new();
    let mut output_type = None;
    if let Some(parent) = element.child("categories") {
        output_type = builder.text_attribute(parent, "output-type")?;
        if let Some(output_type) = &output_type {
            remark(parent, output_type, OUTPUT_TYPES, builder);
        }
        for child in parent.children_named("category") {
            let name = builder.text_attribute(child, "name")??;
            remark(child, &name, CATEGORY_NAMES, builder);
            categories.push((name, builder.number_attribute(child, "threshold")??));
        }
    }
    let mut blocklists = Vec::new();
    for parent in ["blocklists", "block-lists"].into_iter().filter_map(|name| element.child(name)) {
        for id in parent.children_named("id") {
            blocklists.push(builder.text(&id.text)?);
        }
    }
    let shield_prompt = builder.flag_attribute(element, "shield-prompt", false)?;
    if categories.is_empty() && blocklists.is_empty() && matches!(shield_prompt, Given::Literal(false)) {
        let message =
            format!("`<{}>` has no categories and no blocklists and does not shield: it checks nothing", element.name);
        builder.warning(element.offset, "no-effect", message, None);
    }
    remark_on_windows(element, builder);
    Built::policy(LlmContentSafety {
        backend: builder.text_attribute(element, "backend-id")??,
        shield_prompt,
        on_completions: builder.flag_attribute(element, "enforce-on-completions", false)?,
        window: builder.number_attribute(element, "window-size")?,
        overlap: builder.number_attribute(element, "window-overlap-size")?,
        output_type,
        categories: categories.into(),
        blocklists: blocklists.into(),
    })
}

/// Windows that cannot be, or are none.
fn remark_on_windows(element: &Element, builder: &mut Builder<'_, '_>) {
    let Some(attribute) = element.attribute("window-overlap-size") else { return };
    if element.attribute("window-size").is_none() {
        let message = "`window-overlap-size` has no effect without `window-size`";
        builder.warning(attribute.offset, "no-effect", message, Some("add window-size=\"…\"".to_owned()));
    }
    let sizes = element.number("window-size").zip(element.number("window-overlap-size"));
    if sizes.is_some_and(|(size, overlap)| overlap >= size) {
        let message = "`window-overlap-size` must be less than `window-size`, or every check fails";
        builder.warning(attribute.value.offset, "value-suspect", message, None);
    }
}

/// A check under way: what is still to be asked.
#[derive(Default)]
struct SafetyRun {
    questions: VecDeque<(SafetyCheck, Question)>,
}

impl LlmContentSafety {
    fn check(&self, context: &PolicyContext<'_>) -> SafetyCheck {
        let values = context.values;
        let length = |given: &Option<Given<u64>>| given.as_ref().map(|given| given.number(values));
        SafetyCheck {
            backend: self.backend.text(values).trim().into(),
            shield_prompt: self.shield_prompt.flag(values),
            output_type: self.output_type.as_ref().map_or(OUTPUT_TYPES[0], |given| given.text(values).trim()).into(),
            categories: self
                .categories
                .iter()
                .map(|(name, threshold)| (name.text(values).trim().into(), threshold.number(values)))
                .collect(),
            blocklists: self.blocklists.iter().map(|id| id.text(values).trim().into()).collect(),
            window: length(&self.window),
            overlap: length(&self.overlap).unwrap_or(0),
        }
    }
}

impl Policy for LlmContentSafety {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let side = context.side();
        if side == Side::Request && self.on_completions.flag(context.values) {
            let check = self.check(context);
            account(context).checks.push(check);
        }
        begin(context, side, |context| vec![self.check(context)])
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let side = context.side();
        resume(context, outcome, side, |context| vec![self.check(context)])
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        Some(if section == Section::Outbound { Side::Response } else { Side::Request })
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Llm
    }
}

/// Asks for everything that is said on a side. Its body is in hand.
fn begin(
    context: &mut PolicyContext<'_>,
    side: Side,
    checks: impl FnOnce(&mut PolicyContext<'_>) -> Vec<SafetyCheck>,
) -> Step {
    let read = match check::reader(context.exchange, side) {
        Ok(Some(read)) => read,
        Ok(None) => return Step::Next,
        Err(message) => return failed(message),
    };
    let path = context.exchange.path().to_vec();
    match reading::begin(context, side, path, read) {
        Begun::Read(said) => {
            let checks = checks(context);
            ask_about(context, said, checks, side)
        }
        Begun::Asked(step) => step,
    }
}

/// Another thread has read what is said, or the service has answered.
fn resume(
    context: &mut PolicyContext<'_>,
    outcome: Outcome,
    side: Side,
    checks: impl FnOnce(&mut PolicyContext<'_>) -> Vec<SafetyCheck>,
) -> Step {
    match reading::end::<Said>(context, &outcome) {
        Some(Ok(said)) => {
            let checks = checks(context);
            ask_about(context, said, checks, side)
        }
        Some(Err(failure)) => Step::Fail(failure),
        None => answered(context, outcome),
    }
}

fn ask_about(context: &mut PolicyContext<'_>, said: Said, checks: Vec<SafetyCheck>, side: Side) -> Step {
    let text = match said {
        Ok(text) if text.is_empty() => return Step::Next,
        Ok(text) => text,
        Err(message) => return failed(message),
    };
    let mut run = SafetyRun::default();
    for check in checks {
        match check.questions(&text, side) {
            Ok(questions) => run.questions.extend(questions.into_iter().map(|question| (check.clone(), question))),
            Err(message) => return failed(message),
        }
    }
    ask(context, run)
}

/// The next question.
fn ask(context: &mut PolicyContext<'_>, run: SafetyRun) -> Step {
    let Some((check, question)) = run.questions.front() else { return Step::Next };
    let request = Box::new(check.request(question));
    context.state.underway = Some(Underway::new(run));
    Step::Perform(Effect::Send(request))
}

fn answered(context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
    let run = context.state.underway.take().and_then(Underway::into::<SafetyRun>);
    let (Outcome::Sent(result), Some(mut run)) = (outcome, run) else {
        return Step::Fail(Box::new(Failure::wrong_outcome()));
    };
    let Some((check, question)) = run.questions.pop_front() else {
        return Step::Fail(Box::new(Failure::wrong_outcome()));
    };
    match check.verdict(&question, result) {
        Verdict::Harmless => ask(context, *run),
        Verdict::Harmful => blocked(),
        Verdict::Unknown(message) => failed(message),
    }
}

fn blocked() -> Step {
    let message = "Request failed content safety check.";
    Step::Fail(Box::new(Failure {
        reason: "ContentSafetyCheckFailed".into(),
        message: message.into(),
        response: DefaultResponse::Message { status: 403, message: message.into() },
    }))
}

fn failed(message: String) -> Step {
    Step::Fail(Box::new(Failure {
        reason: "ContentSafetyCheckError".into(),
        message: message.into(),
        response: DefaultResponse::Internal,
    }))
}

/// What policies in `inbound` wanted the answer to be checked for; stands at the start of `outbound`.
pub(super) fn of_completions() -> Box<dyn Policy> {
    Box::new(OfCompletions)
}

#[derive(Debug)]
struct OfCompletions;

fn wanted(context: &mut PolicyContext<'_>) -> Vec<SafetyCheck> {
    let checks = context.state.llm.as_mut().map(|llm| std::mem::take(&mut llm.checks));
    checks.unwrap_or_default()
}

impl Policy for OfCompletions {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        if context.state.llm.as_ref().is_none_or(|llm| llm.checks.is_empty()) {
            return Step::Next;
        }
        if context.exchange.content(Side::Response).is_none() {
            return Step::Perform(Effect::ReadContent(Side::Response));
        }
        begin(context, Side::Response, wanted)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            // The body is in hand now; while another thread reads it, something is under way.
            Outcome::Done if context.state.underway.is_none() => begin(context, Side::Response, wanted),
            Outcome::ForwardFailed(failure) => Step::Fail(Box::new(Failure::forward(failure))),
            outcome => resume(context, outcome, Side::Response, wanted),
        }
    }
}
