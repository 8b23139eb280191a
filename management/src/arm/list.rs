//! Lists: `{value, count, nextLink}`, filtered and in pages.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use postern_model::{Name, SubscriptionScope};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::filter::Filter;
use super::request::{ArmRequest, Query};
use super::table::{Behaviour, Kind, Source, kind};
use super::target::{Place, require_parents, without_alias};
use super::view::{self, Look};
use crate::configuration::instances;
use crate::error::ArmError;
use crate::kinds::group::Memberships;
use crate::kinds::{links, revisions, user};
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::server::App;
use crate::store::{Row, row};

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Page {
    top: u64,
    skip: u64,
}

/// GET of a collection under the entity `parent` (empty for the service).
pub async fn list(
    app: &App,
    request: &ArmRequest,
    kind: &'static Kind,
    parent: &str,
) -> Result<Response<Body>, ArmError> {
    let page = Page::of(&request.query)?;
    let filter = match request.query.get("$filter").filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(Filter::parse(text, kind.filters)?),
        None => None,
    };
    // One transaction: count and page belong to one state.
    let mut reader = app.store.read().await?;
    let words = kind.name.rsplit('/').next().unwrap_or_default();
    let parent = without_alias(&mut reader, parent).await?;
    // A name stands in for the entity: only what is above it is looked at.
    require_parents(&mut reader, &Place { kind, id: format!("{parent}/{words}/*") }).await?;
    let (entities, count) = if kind.source == Source::Rows && filter.is_none() {
        rows(app, &mut reader, kind, &format!("{parent}/{words}"), page, &request.query).await?
    } else {
        let all = entities(app, &mut reader, kind, &parent, words, &request.query).await?;
        let kept: Vec<Value> =
            all.into_iter().filter(|entity| filter.as_ref().is_none_or(|filter| filter.matches(entity))).collect();
        let count = kept.len() as u64;
        let (skip, top) = (as_index(page.skip), as_index(page.top));
        (kept.into_iter().skip(skip).take(top).collect(), count)
    };
    let mut body = json!({"value": entities, "count": count});
    if let (Some(link), Some(object)) = (next_link(request, page, count), body.as_object_mut()) {
        object.insert("nextLink".to_owned(), link.into());
    }
    Ok((StatusCode::OK, axum::Json(body)).into_response())
}

impl Page {
    fn of(query: &Query) -> Result<Self, ArmError> {
        let number = |name: &str, default: u64, min: u64| match query.get(name).filter(|text| !text.is_empty()) {
            None => Ok(default),
            Some(text) => match text.parse::<u64>() {
                Ok(number) if number >= min => Ok(number),
                _ => Err(ArmError::field(
                    name,
                    format!("'{name}' must be a whole number from {min} on; it is '{text}'."),
                )),
            },
        };
        Ok(Self { top: number("$top", PAGE_DEFAULT, 1)?.min(PAGE_MAX), skip: number("$skip", 0, 0)? })
    }
}

/// Absolute URL of the next page, `None` on the last.
fn next_link(request: &ArmRequest, page: Page, count: u64) -> Option<String> {
    let next = page.skip.checked_add(page.top).filter(|next| *next < count)?;
    let query = request.query.with(&[("$top", page.top.to_string()), ("$skip", next.to_string())]);
    Some(format!("{}?{query}", request.url))
}

/// A page straight from the store.
async fn rows(
    app: &App,
    connection: &mut SqliteConnection,
    kind: &Kind,
    collection: &str,
    page: Page,
    query: &Query,
) -> Result<(Vec<Value>, u64), ArmError> {
    let count = row::count(connection, collection).await?;
    let limit = i64::try_from(page.top).unwrap_or(i64::MAX);
    let rows = row::page(connection, collection, limit, i64::try_from(page.skip).unwrap_or(i64::MAX)).await?;
    let mut entities: Vec<Value> =
        rows.iter().map(|row| view::entity(&app.identity, kind, row, Look::default())).collect();
    expand(app, connection, kind, &mut entities, query).await?;
    Ok((entities, count))
}

/// All entities of a collection, whatever their source.
async fn entities(
    app: &App,
    connection: &mut SqliteConnection,
    kind: &'static Kind,
    parent: &str,
    words: &str,
    query: &Query,
) -> Result<Vec<Value>, ArmError> {
    let name = postern_model::id::last_segment(parent);
    let mut entities = Vec::new();
    match kind.source {
        Source::Nothing => {}
        Source::Rows => {
            let rows = row::list(connection, &format!("{parent}/{words}")).await?;
            entities.extend(rows.iter().map(|row| view::entity(&app.identity, kind, row, Look::default())));
            expand(app, connection, kind, &mut entities, query).await?;
        }
        Source::Linked => {
            for link in row::list(connection, &format!("{parent}/{words}")).await? {
                entities.push(links::shown_as_target(&app.identity, connection, kind, &link).await?);
            }
        }
        Source::ApiLinks => {
            let rows = row::list(connection, &format!("{parent}/apis")).await?;
            entities.extend(rows.iter().map(|row| links::shown_as_link(&app.identity, kind, row)));
        }
        Source::GroupLinks => {
            let rows = row::list(connection, &format!("{parent}/groups")).await?;
            entities.extend(rows.iter().map(|row| links::shown_as_link(&app.identity, kind, row)));
        }
        Source::UserGroups => {
            let all = Memberships::read(connection).await?;
            entities.extend(all.of(name).map(|row| seen_from(app, kind, super::table::kind("groups"), parent, row)));
        }
        Source::UserSubscriptions => {
            let owned = user::subscriptions_of(connection, name).await?;
            let of = super::table::kind("subscriptions");
            entities.extend(owned.iter().map(|row| seen_from(app, kind, of, parent, row)));
        }
        Source::ApiRevisions => entities = revisions::list(&app.identity, connection, name).await?,
        Source::ApiProducts => entities = products_of(app, connection, name).await?,
        Source::ProductSubscriptions => entities = subscriptions_of(app, connection, kind, name).await?,
        Source::Instances => entities = instances::list(app, connection, kind, parent).await?,
    }
    Ok(entities)
}

/// A resource as it looks in a collection of another one.
fn seen_from(app: &App, kind: &Kind, of: Option<&Kind>, parent: &str, row: &Row) -> Value {
    let words = kind.words().next_back().unwrap_or_default();
    let properties = of.map(|of| view::properties(&app.identity, of, row, Look::default())).unwrap_or_default();
    view::envelope(&app.identity, kind, &format!("{parent}/{words}/{}", row.name()), properties)
}

async fn products_of(app: &App, connection: &mut SqliteConnection, api: &str) -> Result<Vec<Value>, ArmError> {
    let base = postern_model::ApiName::parse(api).base;
    let mut products = Vec::new();
    for link in row::of_kind(connection, "products/apis").await? {
        let is_this = base == link.name();
        let product =
            Place { kind: kind("products/apis").unwrap_or(&super::table::KINDS[0]), id: link.id.clone() }.parent();
        if let (true, Some(product)) = (is_this, product)
            && let Some(row) = row::get(connection, &product.id).await?
        {
            products.push(view::entity(&app.identity, product.kind, &row, Look::default()));
        }
    }
    Ok(products)
}

async fn subscriptions_of(
    app: &App,
    connection: &mut SqliteConnection,
    kind: &'static Kind,
    product: &str,
) -> Result<Vec<Value>, ArmError> {
    let wanted = SubscriptionScope::Product(Name::from(product));
    let rows = row::list(connection, "/subscriptions").await?;
    let of_product = rows.iter().filter(|row| SubscriptionScope::parse(row.text("scope")).as_ref() == Some(&wanted));
    let shown = of_product.map(|row| {
        let id = format!("/products/{product}/subscriptions/{}", row.name());
        view::envelope(&app.identity, kind, &id, view::properties(&app.identity, kind, row, Look::default()))
    });
    Ok(shown.collect())
}

/// Adds what the query asks to be shown with each entity (`expandApiVersionSet`, `expandGroups`).
async fn expand(
    app: &App,
    connection: &mut SqliteConnection,
    of: &Kind,
    entities: &mut [Value],
    query: &Query,
) -> Result<(), ArmError> {
    if of.behaviour == Behaviour::User && query.is_true("expandGroups") {
        let all = Memberships::read(connection).await?;
        for entity in entities.iter_mut() {
            let user = entity.get("name").and_then(Value::as_str).unwrap_or_default();
            let groups: Vec<Value> = all.of(user).map(|group| Value::Object(group.properties.clone())).collect();
            if let Some(properties) = entity.get_mut("properties").and_then(Value::as_object_mut) {
                properties.insert("groups".to_owned(), groups.into());
            }
        }
    }
    if of.behaviour != Behaviour::Api || !query.is_true("expandApiVersionSet") {
        return Ok(());
    }
    for entity in entities {
        let Some(properties) = entity.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        let id = properties.get("apiVersionSetId").and_then(Value::as_str).map(postern_model::id::relative);
        let Some(id) = id.map(str::to_owned) else { continue };
        if let Some(set) = row::get(connection, &id).await? {
            let mut details = set.properties.clone();
            details.insert("name".to_owned(), details.get("displayName").cloned().unwrap_or_default());
            details.insert("id".to_owned(), app.identity.full(&set.id).into());
            properties.insert("apiVersionSet".to_owned(), Value::Object(details));
        }
    }
    Ok(())
}

fn as_index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
