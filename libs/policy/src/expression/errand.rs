//! Work of a native that takes long and cannot pause: another thread does it, and the native is called again when it is done.
//!
//! What must hold: whoever runs an evaluation takes what was asked for ([`take`]) when it yields, has it done and goes on; a native whose work
//! nobody did says so instead of asking again.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex};

use postern_dotnet::{Exception, ExceptionType};

use super::machine::{Machine, Thrown};
use crate::effect::{Job, Offload};

thread_local! {
    /// What the evaluation that has just yielded waits for.
    static WANTED: RefCell<Option<Offload>> = const { RefCell::new(None) };
}

/// What the evaluation on this thread that has just yielded waits for.
pub(crate) fn take() -> Option<Offload> {
    WANTED.take()
}

type Work<T> = Box<dyn FnOnce() -> T + Send>;

struct Errand<T> {
    /// Gone when it has begun.
    work: Mutex<Option<Work<T>>>,
    /// Bytes that its result takes.
    bytes: usize,
    made: Mutex<Option<T>>,
}

impl<T> fmt::Debug for Errand<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Errand").finish_non_exhaustive()
    }
}

impl<T: Send> Job for Errand<T> {
    fn run(&self) {
        // Nothing panics while they are locked.
        let work = self.work.lock().ok().and_then(|mut work| work.take());
        let made = work.map(|work| work());
        if let Ok(mut place) = self.made.lock() {
            *place = made;
        }
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Where nothing can pause and there are too few steps for doing it at once.
const CANNOT_WAIT: &str = "A new key or a key store takes another thread, for which functions that are called through dynamic or compare in a \
                           binary search cannot wait. Use it once before.";

/// Has it done by another thread. The native does nothing that it must not do again before. `None`: the threads have too much to do. Where the
/// native cannot pause, it is done here, for as many `steps`.
///
/// # Errors
/// The end of the turn; `InvalidOperationException` where there are not as many.
pub(super) fn elsewhere<T: Send + 'static>(
    machine: &mut Machine<'_>,
    work: impl FnOnce() -> T + Send + 'static,
    steps: usize,
    bytes: usize,
) -> Result<Option<T>, Thrown> {
    if let Some(errand) = machine.take_paused::<Arc<Errand<T>>>() {
        return Ok(errand.made.lock().ok().and_then(|mut made| made.take()));
    }
    if machine.steps_before_pause().is_none() {
        if machine.steps_left() < steps as u64 {
            return Err(Exception::new(ExceptionType::InvalidOperation, CANNOT_WAIT).into());
        }
        machine.charge(steps)?;
        return Ok(Some(work()));
    }
    let errand = Arc::new(Errand { work: Mutex::new(Some(Box::new(work))), bytes, made: Mutex::new(None) });
    WANTED.set(Some(Offload::new(Arc::clone(&errand) as Arc<dyn Job>)));
    Err(machine.pause(Box::new(errand)))
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, Outcome};
    use crate::run::Run;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    const SIGNED: &str = "rsa.SignData(new byte[1], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).Length";

    fn policy(code: &str) -> String {
        format!(
            "<policies><inbound><set-header name='A'><value>@{{ var rsa = RSA.Create(); return {code}; }}</value></set-header></inbound></policies>"
        )
    }

    #[test]
    fn a_new_key_is_another_thread_s_job_and_made_once() {
        for (code, made) in [
            (format!("({SIGNED} + {SIGNED}).ToString()"), "512"),
            (format!("string.Join(\",\", new[] {{ 1, 2 }}.Select(x => {SIGNED}))"), "256,256"),
        ] {
            let mut exchange = MemoryExchange::get("/");
            let (program, diagnostics) = compile_one(&policy(&code));
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            let effects = drive(&program, &mut exchange, &mut Run::new());
            let jobs = effects.iter().filter(|effect| matches!(effect, Effect::Offload(_))).count();
            assert_eq!(jobs, 1, "{effects:?}");
            check(&policy(&code), MemoryExchange::get("/"), &[Expect::RequestHeader("A", &[made])]);
        }
    }

    #[test]
    fn it_fails_when_the_threads_have_too_much_to_do() {
        let exchange = MemoryExchange::get("/").outcome(Outcome::NotTaken);
        let message =
            "Expression evaluation failed. More work waits for other threads than may: the gateway is overloaded.";
        let code = format!("{SIGNED}.ToString()");
        check(&policy(&code), exchange, &[Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))]);
    }

    #[test]
    fn functions_that_cannot_wait_for_it_say_so_and_use_a_key_that_is_there() {
        for (message, call) in [
            // .NET wraps what a comparer throws.
            (
                "Failed to compare two elements in the array.",
                format!(
                    "Array.BinarySearch(new[] {{ 1 }}, 1, Comparer<int>.Create((a, b) => {SIGNED} - 256)).ToString()"
                ),
            ),
            (super::CANNOT_WAIT, format!("((dynamic)(Func<int, int>)(x => {SIGNED} - 256))(1).ToString()")),
        ] {
            let message = format!("Expression evaluation failed. {message}");
            let failed = [Expect::LastError(Some(("ExpressionValueEvaluationFailure", &message)))];
            check(&policy(&call), MemoryExchange::get("/"), &failed);
            let before = policy(&format!("{SIGNED} == 256 ? {call} : \"\""));
            check(&before, MemoryExchange::get("/"), &[Expect::RequestHeader("A", &["0"])]);
        }
    }

    #[test]
    fn certificates_are_read_at_once_and_key_stores_by_another_thread() {
        use base64::Engine as _;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../dotnet/fixtures/certificates");
        // As `openssl x509 -fingerprint -sha1` tells them.
        for (file, jobs, thumbprint) in [
            ("ca.pem", 0, "35AB0C7E5482D422C3F9D0A0FE2EEB4B16DF7F70"),
            ("modern.pfx", 1, "62C545FFA364C3DA533C30C4750C5E67EB175D2B"),
        ] {
            let bytes = std::fs::read(format!("{folder}/{file}")).unwrap();
            let text = base64::engine::general_purpose::STANDARD.encode(bytes);
            let read = format!("new X509Certificate2(Convert.FromBase64String(\"{text}\"), \"postern\")");
            let exported = format!("new X509Certificate2({read}.Export(X509ContentType.Pfx, \"p\"), \"p\")");
            let (store, has_key) = (format!("{exported}.Thumbprint + {exported}.HasPrivateKey"), jobs > 0);
            let expected = format!("{thumbprint}{}", if has_key { "True" } else { "False" });
            check(&policy(&store), MemoryExchange::get("/"), &[Expect::RequestHeader("A", &[&expected])]);
            let code = format!("{read}.Thumbprint");
            let mut exchange = MemoryExchange::get("/");
            let (program, diagnostics) = compile_one(&policy(&code));
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            let effects = drive(&program, &mut exchange, &mut Run::new());
            assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Offload(_))).count(), jobs, "{file}");
            check(&policy(&code), MemoryExchange::get("/"), &[Expect::RequestHeader("A", &[thumbprint])]);
        }
    }
}
