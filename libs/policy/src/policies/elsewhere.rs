//! Work that takes long and cannot pause: another thread does it, and the policy goes on with what came out.
//!
//! What must hold: work whose exchange has ended is called off.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::effect::{Effect, Job, JobKind, Offload, Outcome};
use crate::policies::in_turns::Underway;
use crate::policy::{Failure, PolicyContext, Step};

/// What another thread does.
pub(super) trait Task: fmt::Debug + Send + Sync + 'static {
    /// What comes out.
    type Output: fmt::Debug + Send;
    /// Which threads do it.
    const KIND: JobKind;

    /// Does it. What comes out once it is called off is of no use to anybody.
    fn work(&self, is_called_off: &AtomicBool) -> Self::Output;

    /// Bytes that it keeps in memory while it waits.
    fn bytes(&self) -> usize;
}

#[derive(Debug)]
struct Errand<T: Task> {
    task: T,
    is_called_off: AtomicBool,
    made: Mutex<Option<T::Output>>,
}

impl<T: Task> Job for Errand<T> {
    fn run(&self) {
        let made = self.task.work(&self.is_called_off);
        // Nothing panics while it is locked.
        if let Ok(mut place) = self.made.lock() {
            *place = Some(made);
        }
    }

    fn bytes(&self) -> usize {
        self.task.bytes()
    }

    fn kind(&self) -> JobKind {
        T::KIND
    }
}

/// Calls the work off when it is dropped.
struct Awaited<T: Task>(Arc<Errand<T>>);

impl<T: Task> Drop for Awaited<T> {
    fn drop(&mut self) {
        self.0.is_called_off.store(true, Ordering::Relaxed);
    }
}

/// Has it done; the policy is resumed when it is.
pub(super) fn begin<T: Task>(context: &mut PolicyContext<'_>, task: T) -> Step {
    let errand = Arc::new(Errand { task, is_called_off: AtomicBool::new(false), made: Mutex::new(None) });
    context.state.underway = Some(Underway::new(Awaited(Arc::clone(&errand))));
    Step::Perform(Effect::Offload(Offload::new(errand)))
}

/// What came out; `None`: the policy waited for something else.
pub(super) fn end<T: Task>(
    context: &mut PolicyContext<'_>,
    outcome: &Outcome,
) -> Option<Result<T::Output, Box<Failure>>> {
    if !context.state.underway.as_ref().is_some_and(Underway::is::<Awaited<T>>) {
        return None;
    }
    let awaited = context.state.underway.take()?.into::<Awaited<T>>()?;
    let made = awaited.0.made.lock().ok().and_then(|mut made| made.take());
    Some(made.ok_or_else(|| Box::new(Failure::undone(outcome))))
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, JobKind, Outcome};
    use crate::run::Run;
    use crate::section::Section;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    /// As many templates within each other as the body says.
    const DEEP: &str = "<xsl-transform><xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>\
        <xsl:output method='text'/><xsl:template match='/'><xsl:call-template name='n'><xsl:with-param name='i' select='/a'/>\
        </xsl:call-template></xsl:template><xsl:template name='n'><xsl:param name='i'/><xsl:if test='$i &gt; 0'>x<xsl:call-template name='n'>\
        <xsl:with-param name='i' select='$i - 1'/></xsl:call-template></xsl:if></xsl:template></xsl:stylesheet></xsl-transform>";

    fn exchange(body: &str) -> MemoryExchange {
        MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") }
    }

    /// What a policy asks for, apart from turns; and the body it makes.
    #[track_caller]
    fn effects(policy: &str, exchange: &mut MemoryExchange) -> Vec<Effect> {
        let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let mut run = Run::new();
        let effects = drive(&program, exchange, &mut run);
        assert!(run.last_error().is_none(), "{:?}", run.last_error());
        effects.into_iter().filter(|effect| !matches!(effect, Effect::Yield | Effect::Forward(_))).collect()
    }

    #[test]
    fn templates_that_call_each_other_deeply_are_another_thread_s_job() {
        for (depth, is_deep) in [(20, false), (500, true)] {
            let mut exchange = exchange(&format!("<a>{depth}</a>"));
            let effects = effects(DEEP, &mut exchange);
            assert_eq!(exchange.request_body, Some("x".repeat(depth).into_bytes()));
            // Nothing but the one job: nobody looks again and again whether it is done.
            match &*effects {
                [] => assert!(!is_deep),
                [Effect::Offload(job)] => assert!(is_deep && job.kind() == JobKind::Transformation),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_transformation_that_nobody_waits_for_is_called_off() {
        // It would have no end but the budget of steps.
        let count = "<xsl:for-each select='//b'><xsl:value-of select='count(//b[count(//b) > 1])'/></xsl:for-each>";
        let policy = DEEP
            .replace("<xsl:param name='i'/>", &format!("<xsl:param name='i'/><xsl:if test='$i = 1'>{count}</xsl:if>"));
        let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let mut exchange = exchange(&format!("<a>300{}</a>", "<b/>".repeat(1000)));
        let mut run = Run::new();
        run.enter(Section::Inbound);
        let mut advance = run.advance(&program, &mut exchange);
        let job = loop {
            match advance {
                crate::Advance::Perform(Effect::Offload(job)) => break job,
                crate::Advance::Perform(_) => advance = run.resume(&program, &mut exchange, Outcome::Done),
                other => panic!("{other:?}"),
            }
        };
        run.reset();
        // Ends at once.
        job.run();
        assert!(job.is_abandoned());
    }

    #[test]
    fn the_data_of_a_binding_are_read_by_another_thread_if_they_are_long() {
        let policy = "<invoke-dapr-binding name='b' operation='o'><metadata><item key='k'>\"v</item></metadata>\
                      <data>@(context.Request.Body.As<string>(preserveContent: true))</data></invoke-dapr-binding>";
        let long = format!("[{}1]", "1,".repeat(40_000));
        let text = "\"a\n".repeat(30_000);
        for (body, data, is_long) in [
            ("[1]", "[1]".to_owned(), false),
            (&*long, long.clone(), true),
            (&*text, format!("\"{}\"", r#"\"a\n"#.repeat(30_000)), true),
        ] {
            let effects = effects(policy, &mut exchange(body));
            let jobs =
                effects.iter().filter(|effect| matches!(effect, Effect::Offload(job) if job.kind() == JobKind::Body));
            assert_eq!(jobs.count(), usize::from(is_long));
            let sent = effects.iter().find_map(|effect| match effect {
                Effect::Send(request) => request.body.clone(),
                _ => None,
            });
            let made = format!(r#"{{"operation":"o","metadata":{{"k":"\"v"}},"data":{data}}}"#);
            assert!(sent.as_deref() == Some(made.as_bytes()), "{:?}", sent.map(|sent| sent.len()));
        }
    }

    #[test]
    fn work_that_is_not_taken_or_breaks_off_fails_its_request() {
        let overloaded = "More work waits for other threads than may: the gateway is overloaded.";
        let policy = "<invoke-dapr-binding name='b'><data>@(new string('a', 100000))</data></invoke-dapr-binding>";
        let unavailable = "{ \"statusCode\": 503, \"message\": \"Service unavailable\" }";
        let broken = "The work of another thread broke off.";
        for (policy, body) in [(policy, "a"), (DEEP, "<a>300</a>")] {
            let expected = [Expect::LastError(Some(("Overloaded", overloaded))), Expect::Response(503, unavailable)];
            check(policy, exchange(body).outcome(Outcome::NotTaken), &expected);
            let expected = [Expect::LastError(Some(("InternalError", broken)))];
            check(policy, exchange(body).outcome(Outcome::Done), &expected);
        }
    }
}
