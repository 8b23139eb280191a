//! The keys of OpenID providers (`postern_policy::Effect::Keys`), shared by all workers.
//!
//! What must hold: a document and its keys are fetched over the same client as any other request, by a task of its own; a request waits only for
//! the first fetch and for a renewal it is allowed to ask for; keys in hand are renewed after an hour and stay in use while the provider is away; a provider is asked
//! for the first unknown key at once (as .NET's ConfigurationManager does: keys may have changed while the gateway started), and for others at most
//! once in five minutes, so that nobody can make the gateway flood it with made-up keys.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postern_dotnet::jwt::{KeyDocument, KeySet, OpenIdConfiguration};
use postern_policy::{HttpRequest, KeysRequest, ProviderKeys};

use super::fetched::{Entry, Fetched};
use crate::client;
use crate::worker::{Active, Context};

/// Age at which keys are renewed (apim.md section 2.2).
const RENEWED_AFTER: Duration = Duration::from_secs(3600);
/// Between two fetches because of an unknown key, or after one that failed (ibid.).
const AGAIN_AFTER: Duration = Duration::from_secs(300);
/// The same while there are no keys at all: until then every request is refused.
const FIRST_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// Longest wait for one of the two documents.
const FETCH_MS: u64 = 10_000;
/// Longest wait of a request for both.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Keys by the URL of their provider's configuration.
pub type Keys = Fetched<Arc<KeySet>>;

/// The keys of all providers of a request.
pub(crate) async fn keys(
    context: &Rc<Context>,
    active: &Rc<Active>,
    request: &KeysRequest,
) -> Result<ProviderKeys, Box<str>> {
    let store = &context.shared.keys;
    for url in &request.urls {
        if is_due(&store.look(url), request.renew) {
            fetch(context, active, url);
        }
    }
    let mut all = KeySet::default();
    let mut is_fresh = true;
    for url in &request.urls {
        let known = store.look(url);
        let entry = match known.value {
            Some(_) if !request.renew => known,
            _ => store.wait(url, WAIT_MAX).await,
        };
        is_fresh &= request.renew || !may_try(&entry);
        let Some((keys, _)) = entry.value else {
            return Err(format!("IDX20803: Unable to obtain configuration from: '{url}'.").into());
        };
        all.others.push(keys);
    }
    Ok(ProviderKeys { keys: Arc::new(all), is_fresh })
}

fn may_try<V>(entry: &Entry<V>) -> bool {
    let pause = if entry.value.is_some() { AGAIN_AFTER } else { FIRST_AGAIN_AFTER };
    let is_first_renewal = entry.value.is_some() && !entry.renewed;
    !entry.fetching && (is_first_renewal || entry.tried.is_none_or(|tried| tried.elapsed() >= pause))
}

fn is_due<V>(entry: &Entry<V>, renew: bool) -> bool {
    let is_old = entry.value.as_ref().is_none_or(|(_, since): &(V, Instant)| since.elapsed() >= RENEWED_AFTER);
    (renew || is_old) && may_try(entry)
}

/// Starts a fetch that goes on by itself.
fn fetch(context: &Rc<Context>, active: &Rc<Active>, url: &str) {
    let Some(fetch) = context.shared.keys.begin(url) else { return };
    let (context, active, url) = (Rc::clone(context), Rc::clone(active), url.to_owned());
    monoio::spawn(async move {
        let result = load(&context, &active, &url).await;
        if let Err(error) = &result {
            tracing::warn!(%url, %error, "the keys of the OpenID provider could not be fetched");
        }
        fetch.end(result);
    });
}

async fn load(context: &Rc<Context>, active: &Active, url: &str) -> Result<Arc<KeySet>, String> {
    let document = get(context, active, url).await?;
    let configuration = OpenIdConfiguration::parse(&document).map_err(|error| format!("{url}: {error}"))?;
    let keys_url = configuration.jwks_uri;
    // Whoever can change what comes over a plain connection could make a secure provider's keys anything.
    if url.starts_with("https://") && !keys_url.starts_with("https://") {
        return Err(format!("{url}: the keys are not at an https:// URL"));
    }
    let document = get(context, active, &keys_url).await?;
    let keys = KeyDocument::parse(&document).map_err(|error| format!("{keys_url}: {error}"))?;
    let mut set = KeySet::default();
    set.add_provider(&configuration.issuer, keys.keys);
    Ok(Arc::new(set))
}

async fn get(context: &Rc<Context>, active: &Active, url: &str) -> Result<Vec<u8>, String> {
    let headers =
        [("Accept", "application/json"), ("User-Agent", concat!("postern-gateway/", env!("CARGO_PKG_VERSION")))];
    let request = HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        timeout_ms: FETCH_MS,
        ..HttpRequest::default()
    };
    let response = client::send(context, active, request).await.map_err(|failure| failure.message.into_string())?;
    match response.status {
        200 => Ok(response.body),
        status => Err(format!("{url}: status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `f` marks a fetch under way, `r` that one has begun since there are keys.
    fn entry(age_s: Option<u64>, tried_s: Option<u64>, marks: &str) -> Entry<()> {
        let ago = |seconds: u64| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        Entry {
            value: age_s.map(|age| ((), ago(age))),
            tried: tried_s.map(ago),
            error: None,
            fetching: marks.contains('f'),
            renewed: marks.contains('r'),
        }
    }

    #[test]
    fn keys_are_fetched_first_hourly_and_for_unknown_keys_at_once_and_then_once_in_five_minutes() {
        for (age_s, tried_s, marks, renew, due) in [
            (None, None, "", false, true),
            (None, None, "f", false, false),
            (None, Some(5), "", false, false),
            (None, Some(5), "", true, false),
            (None, Some(11), "", false, true),
            (Some(1), Some(1), "", false, false),
            (Some(1), Some(1), "", true, true),
            (Some(1), Some(0), "fr", true, false),
            (Some(60), Some(60), "r", true, false),
            (Some(400), Some(299), "r", true, false),
            (Some(400), Some(301), "r", true, true),
            (Some(3599), Some(3599), "", false, false),
            (Some(3601), Some(3601), "", false, true),
            (Some(3601), Some(200), "r", false, false),
        ] {
            let found = is_due(&entry(age_s, tried_s, marks), renew);
            assert_eq!(found, due, "{age_s:?} {tried_s:?} {marks} {renew}");
        }
    }
}
