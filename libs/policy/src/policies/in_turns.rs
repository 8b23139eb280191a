//! Work on a whole body, done in turns: between two of them other requests run.
//!
//! A policy begins the work when it starts and goes on with it whenever it is resumed; what is under way is kept in the run.

use std::any::Any;

use postern_dotnet::garbage;
use postern_dotnet::work::Work;

use crate::effect::Effect;
use crate::expression::limits::FREED_PER_TURN;
use crate::policies::message_body::step;
use crate::policy::{Failure, PolicyContext, Step};
use crate::turn_length::TurnLength;

/// What a policy works on between its turns.
pub(crate) struct Underway {
    work: Box<dyn Any>,
    turn: TurnLength,
}

impl Underway {
    pub(super) fn new(work: impl Any) -> Underway {
        Underway { work: Box::new(work), turn: TurnLength::default() }
    }

    pub(super) fn is<T: Any>(&self) -> bool {
        self.work.is::<T>()
    }

    /// The work, if it is of this kind.
    pub(super) fn into<T: Any>(self) -> Option<Box<T>> {
        self.work.downcast().ok()
    }
}

impl std::fmt::Debug for Underway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Underway")
    }
}

/// Work that a policy does in turns, in each of which it sees the exchange.
pub(super) trait Turns: 'static {
    /// What comes out.
    type Output;

    /// Goes on for about so many steps, and takes those that it used; `None`: there is more to do.
    fn turn(&mut self, context: &mut PolicyContext<'_>, steps: &mut u64) -> Option<Self::Output>;
}

impl<W: Work + 'static> Turns for W {
    type Output = W::Output;

    fn turn(&mut self, _context: &mut PolicyContext<'_>, steps: &mut u64) -> Option<W::Output> {
        self.step(steps)
    }
}

/// What becomes of what was made.
pub(super) type Finish<T> = fn(&mut PolicyContext<'_>, T) -> Result<(), Box<Failure>>;

/// Works for a turn; `finish` has what came out.
pub(super) fn begin<T: Turns>(
    context: &mut PolicyContext<'_>,
    work: Result<Option<T>, Box<Failure>>,
    finish: Finish<T::Output>,
) -> Step {
    match work {
        Ok(Some(work)) => start(context, work, |context, made| step(finish(context, made))),
        Ok(None) => Step::Next,
        Err(failure) => Step::Fail(failure),
    }
}

/// Goes on for another turn.
pub(super) fn resume<T: Turns>(context: &mut PolicyContext<'_>, finish: Finish<T::Output>) -> Step {
    go_on::<T>(context, |context, made| step(finish(context, made)))
}

/// Goes on with the work that is kept in the run; `then` has what came out. Work that is not done is kept there again.
pub(super) fn go_on<T: Turns>(
    context: &mut PolicyContext<'_>,
    then: impl FnOnce(&mut PolicyContext<'_>, T::Output) -> Step,
) -> Step {
    let underway = context.state.underway.take().and_then(|underway| Some((underway.turn, underway.into::<T>()?)));
    match underway {
        Some((turn, work)) => work_on(context, work, turn, then),
        None => Step::Fail(Box::new(Failure::wrong_outcome())),
    }
}

/// Works for the first turn; `then` has what came out. Work that is not done is kept in the run.
pub(super) fn start<T: Turns>(
    context: &mut PolicyContext<'_>,
    work: T,
    then: impl FnOnce(&mut PolicyContext<'_>, T::Output) -> Step,
) -> Step {
    work_on(context, Box::new(work), TurnLength::default(), then)
}

fn work_on<T: Turns>(
    context: &mut PolicyContext<'_>,
    work: Box<T>,
    turn: TurnLength,
    then: impl FnOnce(&mut PolicyContext<'_>, T::Output) -> Step,
) -> Step {
    match work_for(context, work, turn) {
        Some(made) => then(context, made),
        None => Step::Perform(Effect::Yield),
    }
}

/// Keeps work for the next turn.
pub(super) fn keep<T: Turns>(context: &mut PolicyContext<'_>, work: T) -> Step {
    context.state.underway = Some(Underway::new(work));
    Step::Perform(Effect::Yield)
}

/// Works for a turn; `None`: what is left is kept in the run.
fn work_for<T: Turns>(context: &mut PolicyContext<'_>, mut work: Box<T>, mut turn: TurnLength) -> Option<T::Output> {
    let began = context.exchange.elapsed();
    garbage::collect(FREED_PER_TURN);
    let made = work.turn(context, &mut { turn.steps() });
    if made.is_none() {
        turn.took(context.exchange.elapsed().saturating_sub(began));
        context.state.underway = Some(Underway { work, turn });
    }
    made
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::effect::Effect;
    use crate::run::Run;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    /// Numbers from zero on, each between two texts.
    fn numbers(count: usize, before: &str, behind: &str) -> String {
        (0..count).fold(String::new(), |mut text, number| {
            let _ = write!(text, "{before}{number}{behind}");
            text
        })
    }

    /// In how many turns a policy makes one body of another.
    #[track_caller]
    fn turns(policy: &str, content_type: &str, body: &str, made: &str) -> usize {
        let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
        let mut exchange = exchange.header_line("Content-Type", content_type);
        let mut run = Run::new();
        let effects = drive(&program, &mut exchange, &mut run);
        assert!(run.last_error().is_none(), "{:?}", run.last_error());
        let found = String::from_utf8(exchange.request_body.unwrap_or_default()).unwrap();
        assert!(found == made, "{policy}: {}", found.chars().take(200).collect::<String>());
        1 + effects.iter().filter(|effect| matches!(effect, Effect::Yield)).count()
    }

    const COUNT: usize = 10_000;

    #[test]
    fn large_bodies_are_converted_and_made_in_turns() {
        let json = format!(r#"{{"r":{{"a":[{}0]}}}}"#, numbers(COUNT, "", ","));
        let xml = format!("<r>{}<a>0</a></r>", numbers(COUNT, "<a>", "</a>"));
        let texts = format!(r#"{{"r":{{"a":[{}"0"]}}}}"#, numbers(COUNT, "\"", "\","));
        let lines = format!("{}0;", numbers(COUNT, "", ";"));
        let sheet = "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:output method='text'/>\
                     <xsl:template match='/r'><xsl:for-each select='a'><xsl:value-of select='.'/>;</xsl:for-each></xsl:template>\
                     </xsl:stylesheet>";
        let sheet = format!("<xsl-transform>{sheet}</xsl-transform>");
        for (policy, content_type, body, made, least) in [
            ("<json-to-xml apply='always'/>", "application/json", &json, &xml, 8),
            ("<xml-to-json kind='direct' apply='always'/>", "text/xml", &xml, &texts, 8),
            (
                "<set-body template='liquid'>{% for i in body.r.a %}{{i}};{% endfor %}</set-body>",
                "application/json",
                &json,
                &lines,
                4,
            ),
            (&*sheet, "text/xml", &xml, &lines, 8),
        ] {
            let turns = turns(policy, content_type, body, made);
            assert!(turns >= least && turns < 4 * least, "{policy}: {turns} turns instead of {least}");
        }
    }

    #[test]
    fn long_templates_are_filled_in_turns_wherever_they_stand() {
        let json = format!(r#"{{"r":{{"a":[{}0]}}}}"#, numbers(COUNT, "", ","));
        let lines = format!("{}0;", numbers(COUNT, "", ";"));
        let body = "<set-body template='liquid'>{% for i in body.r.a %}{{i}};{% endfor %}</set-body>";
        let template = "{% for i in body.r.a %}{{i}};{% endfor %}";
        for policy in [
            format!("<return-response>{body}</return-response>"),
            format!(
                "<send-request response-variable-name='v'><set-url>http://a.test</set-url><set-method>POST</set-method>{body}</send-request>"
            ),
            format!("<publish-to-dapr topic='p/t' template='Liquid'>{template}</publish-to-dapr>"),
        ] {
            let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            let exchange = MemoryExchange { request_body: Some(json.clone().into()), ..MemoryExchange::get("/") };
            let mut exchange = exchange.header_line("Content-Type", "application/json");
            let mut run = Run::new();
            let effects = drive(&program, &mut exchange, &mut run);
            assert!(run.last_error().is_none(), "{policy}: {:?}", run.last_error());
            let turns = 1 + effects.iter().filter(|effect| matches!(effect, Effect::Yield)).count();
            assert!((4..16).contains(&turns), "{policy}: {turns} turns");
            let sent = effects.iter().find_map(|effect| match effect {
                Effect::Send(request) => request.body.clone(),
                _ => None,
            });
            let made = String::from_utf8(sent.unwrap_or(exchange.response_body)).unwrap();
            assert!(made == lines, "{policy}: {}", made.chars().take(200).collect::<String>());
        }
    }

    #[test]
    fn what_a_stylesheet_does_with_many_nodes_at_once_takes_turns() {
        let nodes = |order: &mut dyn Iterator<Item = usize>| {
            order.fold(String::new(), |mut text, number| {
                let _ = write!(text, "<a>{number:05}</a>");
                text
            })
        };
        let (xml, sorted) = (format!("<r>{}</r>", nodes(&mut (0..COUNT).rev())), nodes(&mut (0..COUNT)));
        let texts = sorted.replace("<a>", "").replace("</a>", ";");
        let sheet = |output: &str, top: &str, root: &str| {
            format!(
                "<xsl-transform><xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>\
                 <xsl:output method='{output}' omit-xml-declaration='yes'/>{top}<xsl:template match='/'>{root}</xsl:template></xsl:stylesheet></xsl-transform>"
            )
        };
        let by_sort = "<xsl:for-each select='//a'><xsl:sort select='.'/><xsl:value-of select='.'/>;</xsl:for-each>";
        let key = "<xsl:key name='k' match='a' use='.'/>";
        let global = "<xsl:variable name='g'><xsl:copy-of select='/r'/></xsl:variable>";
        for (policy, made) in [
            (sheet("text", "", by_sort), texts),
            (sheet("text", key, "<xsl:value-of select=\"key('k', '00007')\"/>"), "00007".to_owned()),
            (sheet("xml", "", "<xsl:copy-of select='/r'/>"), xml.clone()),
            (sheet("text", global, "<xsl:value-of select='string-length($g)'/>"), (5 * COUNT).to_string()),
        ] {
            let turns = turns(&policy, "text/xml", &xml, &made);
            assert!(turns >= 8, "{policy}: {turns} turns");
        }
    }

    #[test]
    fn tokens_in_variables_are_made_ready_for_a_template_in_turns() {
        let json = format!("[{}0]", numbers(COUNT, "", ","));
        let policy = "<set-variable name='v' value='@(context.Request.Body.As<JArray>(preserveContent: true))'/>\
                      <set-body template='liquid'>{{context.Variables['v'] | size}}</set-body>";
        let alone = "<set-variable name='v' value='@(context.Request.Body.As<JArray>(preserveContent: true))'/>";
        let with = turns(policy, "application/json", &json, &(COUNT + 1).to_string());
        let without = turns(alone, "application/json", &json, &json);
        assert!(with > without + 1, "{with} turns instead of more than {without}");
    }

    #[test]
    fn documents_in_variables_are_written_for_a_template_in_turns() {
        let xml = format!("<r>{}</r>", "<a>1</a>".repeat(COUNT));
        let set = |value: &str| {
            format!(
                "<set-variable name='v' value='@{{ var x = context.Request.Body.As<XElement>(preserveContent: true); return {value}; }}'/>"
            )
        };
        // As `ToString()` writes it: every element on a line of its own.
        let length = "<r></r>".len() + COUNT * "\n  <a>1</a>".len() + "\n".len();
        let fill = "<set-body template='liquid'>{{context.Variables['v'] | Join: '' | size}}</set-body>";
        for (value, length) in [
            ("x", length),
            ("new List<XElement> { x, x }", 2 * length),
            (
                "Enumerable.Repeat<JToken>(new JArray(x.Elements().Select(a => 1)), 10).ToList()",
                10 * ("[\n\n]".len() + COUNT * "  1,\n".len() - ",\n".len()),
            ),
        ] {
            let with = turns(&format!("{}{fill}", set(value)), "text/xml", &xml, &length.to_string());
            let without = turns(&set(value), "text/xml", &xml, &xml);
            assert!(with > without + 1, "{value}: {with} turns instead of more than {without}");
        }
    }

    #[test]
    fn the_texts_of_a_list_in_a_variable_have_an_end() {
        let list = |item: &str, count: usize| {
            format!(
                "<set-variable name='v' value='@(Enumerable.Repeat({item}, {count}).ToList())'/>\
                 <set-body template='liquid'>{{{{context.Variables['v'] | size}}}}</set-body>"
            )
        };
        let long = "new string('x', 1000000)";
        for (item, count, is_too_long) in [
            // The same text many times takes no memory.
            (long.to_owned(), 1000, false),
            (format!("new XElement(\"a\", {long})"), 100, false),
            (format!("new XElement(\"a\", {long})"), 150, true),
            (format!("new JArray({long})"), 150, true),
            (format!("new {{ a = {long} }}"), 150, true),
        ] {
            let error = ("TemplateFailure", "The variables are longer than 134217728 bytes as text.");
            let made = count.to_string();
            let expected = if is_too_long { Expect::LastError(Some(error)) } else { Expect::RequestBody(&made) };
            check(&list(&item, count), MemoryExchange::get("/"), &[expected]);
        }
    }

    #[test]
    fn what_writes_nothing_takes_turns_too() {
        let json = format!("[{}[]]", "[],null,".repeat(100_000));
        let turns = turns("<set-body template='liquid'>{{body}}</set-body>", "application/json", &json, "");
        let reading =
            self::turns("<set-body template='liquid'>{{body | size}}</set-body>", "application/json", &json, "200001");
        assert!(turns > reading, "{turns} turns, {reading} of them for reading");
    }

    #[test]
    fn every_occurrence_in_a_large_body_is_replaced_in_turns() {
        let (body, made) = ("ab".repeat(200_000), "abcb".repeat(200_000));
        assert!((4..16).contains(&turns("<find-and-replace from='a' to='abc'/>", "a/b", &body, &made)));
        // An occurrence over the end of a piece.
        let body = format!("{}needle{}", "n".repeat(65_533), "e".repeat(200_000));
        let made = format!("{}{}", "n".repeat(65_533), "e".repeat(200_000));
        assert_eq!(turns("<find-and-replace from='needle' to=''/>", "a/b", &body, &made), 1);
    }
}
