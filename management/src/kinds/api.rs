//! APIs: names with revisions, paths that must not collide, what goes with an API.

use postern_model::id::relative;
use postern_model::{ApiName, Name};
use serde_json::Value;
use url::Url;

use super::{Draft, import, revisions};
use crate::arm::request::Query;
use crate::error::ArmError;
use crate::store::{Row, Writer, row};

/// Brings names, paths and references into their stored form and fills in what an import or a source API says.
pub(super) async fn before_put(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    if let Some(kind) = draft.properties.get("apiType").cloned() {
        draft.set_default("type", kind);
    }
    import::fill(draft);
    take_source(writer, draft).await?;
    settle_revision(writer, draft).await?;
    if let Some(path) = draft.properties.get("path").and_then(Value::as_str) {
        let path = path.trim_matches('/').to_owned();
        draft.set("path", path);
    }
    if draft.properties.get("serviceUrl").and_then(Value::as_str).is_some_and(|url| url.trim().is_empty()) {
        draft.properties.shift_remove("serviceUrl");
    }
    if let Some(set) = draft.properties.shift_remove("apiVersionSet") {
        let Some(id) = set.get("id").and_then(Value::as_str) else {
            let message =
                "'apiVersionSet' must have the 'id' of a version set; create it with PUT apiVersionSets/{id} first.";
            return Err(ArmError::field("apiVersionSet", message));
        };
        draft.set_default("apiVersionSetId", id);
    }
    if let Some(id) = draft.properties.get("apiVersionSetId").and_then(Value::as_str) {
        let id = relative(id).to_owned();
        if id.is_empty() {
            draft.properties.shift_remove("apiVersionSetId");
        } else {
            draft.set("apiVersionSetId", id);
        }
    }
    Ok(())
}

/// `sourceApiId`: a new revision or version starts as a copy.
async fn take_source(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let Some(Value::String(source)) = draft.properties.get("sourceApiId").cloned() else { return Ok(()) };
    let id = crate::arm::target::without_alias(writer, relative(&source)).await?;
    let missing = || ArmError::field("sourceApiId", format!("The API '{source}' does not exist."));
    let source = row::get(writer, &id).await?.filter(|row| row.kind == "apis").ok_or_else(missing)?;
    draft.set("sourceApiId", source.id.clone());
    if draft.existing.is_some() {
        return Ok(());
    }
    for (name, value) in &source.properties {
        let own = [
            "apiRevision",
            "isCurrent",
            "apiRevisionDescription",
            "apiVersion",
            "apiVersionDescription",
            "sourceApiId",
        ];
        if !own.contains(&name.as_str()) && !draft.properties.contains_key(name) {
            draft.set(name, value.clone());
        }
    }
    draft.prepared.copy_from = Some(source.id);
    Ok(())
}

/// Makes id, `apiRevision` and `isCurrent` agree. The current revision stands under the bare name.
async fn settle_revision(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let name = ApiName::parse(draft.place.name());
    if let Some(revision) = name.revision {
        // An alias was resolved before: this is a revision beside the current one.
        let wants_current = draft.properties.get("isCurrent") == Some(&Value::Bool(true));
        let was_current =
            draft.existing.as_ref().is_some_and(|row| row.properties.get("isCurrent") == Some(&Value::Bool(true)));
        draft.prepared.make_current = wants_current && !was_current;
        draft.set("isCurrent", false);
        draft.set("apiRevision", revision);
        let base = row::get(writer, &format!("/apis/{}", name.base)).await?;
        if let Some(base) = base {
            // Revisions of one API share its place in the URL space.
            for shared in ["path", "displayName", "apiVersion", "apiVersionSetId"] {
                if let Some(value) = base.properties.get(shared) {
                    draft.set_default(shared, value.clone());
                }
            }
        }
        return Ok(());
    }
    let present = draft.existing.as_ref().map(|row| row.text("apiRevision").to_owned());
    match present {
        // The revision of a resource is what its id says; a body cannot rename it.
        Some(revision) => draft.set("apiRevision", revision),
        None => {
            if let Some(revision) = draft.properties.get("apiRevision").and_then(Value::as_str)
                && !revision.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
            {
                return Err(ArmError::field("apiRevision", "'apiRevision' must be letters, digits, '-', '.' or '_'."));
            }
        }
    }
    draft.set("isCurrent", true);
    Ok(())
}

pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let path = draft.text("path");
    if path.contains(['?', '#', '{', '}', '*', '\\']) || path.contains("//") || path.contains(char::is_whitespace) {
        let message = "'path' must not contain ? # { } * \\ spaces or empty segments.";
        return Err(ArmError::field("path", message));
    }
    if let Some(url) = draft.properties.get("serviceUrl").and_then(Value::as_str) {
        check_url("serviceUrl", url)?;
    }
    let set = draft.text("apiVersionSetId");
    if !set.is_empty() && row::get(writer, set).await?.is_none_or(|row| row.kind != "apiVersionSets") {
        return Err(ArmError::field("apiVersionSetId", format!("The version set '{set}' does not exist.")));
    }
    let name = ApiName::parse(draft.place.name());
    if name.revision.is_none() {
        check_place(writer, draft, &name.base).await?;
    }
    Ok(())
}

/// No two APIs share path and version.
async fn check_place(writer: &mut Writer, draft: &Draft, base: &Name) -> Result<(), ArmError> {
    let same = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
    for other in row::list(writer, "/apis").await? {
        let other_name = ApiName::parse(other.name());
        if other_name.revision.is_some() || other_name.base == *base || !same(other.text("path"), draft.text("path")) {
            continue;
        }
        let (set, other_set) = (draft.text("apiVersionSetId"), other.text("apiVersionSetId"));
        let versions_differ =
            !set.is_empty() && same(set, other_set) && !same(draft.text("apiVersion"), other.text("apiVersion"));
        if !versions_differ {
            let message = format!(
                "Cannot create API '{base}' with the same path '{}' and version as API '{}'.",
                draft.text("path"),
                other.name()
            );
            return Err(ArmError::field("path", message));
        }
    }
    Ok(())
}

/// An absolute URL of a backend.
pub(super) fn check_url(target: &str, text: &str) -> Result<Url, ArmError> {
    // A named value may stand for any part; the agent sees the whole URL.
    if text.contains("{{") {
        return Url::parse("http://named.value").map_err(|error| ArmError::field(target, error.to_string()));
    }
    let url = Url::parse(text)
        .map_err(|error| ArmError::field(target, format!("'{target}' is no absolute URL: {error}.")))?;
    if matches!(url.scheme(), "http" | "https" | "ws" | "wss") && url.has_host() {
        Ok(url)
    } else {
        Err(ArmError::field(target, format!("'{target}' must be an http, https, ws or wss URL; it is '{text}'.")))
    }
}

/// Copies, imports and makes current, in this order.
pub(super) async fn after_put(writer: &mut Writer, draft: &mut Draft, id: &str) -> Result<(), ArmError> {
    if let Some(source) = draft.prepared.copy_from.take() {
        revisions::copy_children(writer, &source, id).await?;
    }
    if let Some(imported) = draft.prepared.import.take() {
        import::replace_operations(writer, id, &imported).await?;
    }
    if draft.prepared.make_current {
        revisions::make_current(writer, id).await?;
    }
    Ok(())
}

/// An API goes with its links; the current revision does not go while others are left, unless all are to go.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row, query: &Query) -> Result<(), ArmError> {
    let name = ApiName::parse(existing.name());
    if name.revision.is_some() {
        return Ok(());
    }
    let others = row::revisions(writer, name.base.as_str()).await?;
    if !others.is_empty() && !query.is_true("deleteRevisions") {
        let message = "The API has further revisions. Delete them first, or pass deleteRevisions=true.";
        return Err(ArmError::field("deleteRevisions", message));
    }
    for revision in others {
        writer.delete(&revision.id).await?;
    }
    for kind in ["products/apis", "gateways/apis"] {
        for link in row::of_kind(writer, kind).await? {
            if name.base == link.name() {
                writer.delete(&link.id).await?;
            }
        }
    }
    // Keys that opened nothing but this API open nothing any more.
    for subscription in row::list(writer, "/subscriptions").await? {
        let scope = postern_model::SubscriptionScope::parse(subscription.text("scope"));
        if scope == Some(postern_model::SubscriptionScope::Api(name.base.clone())) {
            writer.delete(&subscription.id).await?;
        }
    }
    Ok(())
}
