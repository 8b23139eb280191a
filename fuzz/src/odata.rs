//! Models in CSDL and URLs.

use std::sync::OnceLock;

use postern_odata::{Model, Request, Version, check};

/// What URLs without a model of their own are checked against.
const SHOP: &str = include_str!("../../libs/odata/tests/data/shop.xml");

/// A URL below the root of a service, and behind a separator a model; without one, that of the tests of `libs/odata`. A fault lies in the URL, a
/// problem in the model.
pub fn odata(data: &[u8]) {
    static KNOWN: OnceLock<Option<Model>> = OnceLock::new();
    let text = String::from_utf8_lossy(data);
    let (url, model) = super::parts(&text);
    let own = (!model.is_empty()).then(|| Model::parse(model));
    if let Some(Err(problems)) = &own {
        assert!(!problems.is_empty(), "a model is refused without a reason");
        let lines = model.lines().count() + 1;
        for problem in problems {
            assert!(problem.line <= lines && !problem.message.is_empty(), "{problem:?} does not lie in the text");
        }
    }
    let known = KNOWN.get_or_init(|| Model::parse(SHOP).ok()).as_ref();
    let own = own.and_then(Result::ok);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    for version in [Version::Legacy, Version::V4, Version::V401] {
        for model in [own.as_ref().or(known), None] {
            let request = Request { path: path.as_bytes(), query: query.as_bytes(), version };
            if let Err(error) = check(&request, model) {
                assert!(error.position <= url.len() && !error.message.is_empty(), "{error} does not lie in {url}");
            }
        }
    }
}
