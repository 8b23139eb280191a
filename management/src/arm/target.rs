//! Which resource a path names.

use axum::http::StatusCode;
use postern_model::ApiName;
use sqlx::SqliteConnection;

use super::identity::ServiceIdentity;
use super::table::{KINDS, Kind, kind};
use crate::error::{ArmError, Detail};
use crate::store::row;

/// What a path names.
#[derive(Clone, Debug)]
pub enum Target {
    /// `/subscriptions/{id}/providers/Microsoft.ApiManagement/service` or the same in a resource group.
    Services,
    Service,
    Collection {
        kind: &'static Kind,
        parent: String,
    },
    Entity(Place),
    Action {
        place: Place,
        action: String,
    },
}

/// An entity: its kind and its relative id, words in the table's case and names in the client's.
#[derive(Clone, Debug)]
pub struct Place {
    pub kind: &'static Kind,
    pub id: String,
}

impl Place {
    /// Last segment of the id.
    pub fn name(&self) -> &str {
        postern_model::id::last_segment(&self.id)
    }

    /// The entity this one stands under, if any.
    pub fn parent(&self) -> Option<Self> {
        let (parent_kind, _) = self.kind.name.rsplit_once('/')?;
        let id = self.id.rsplitn(3, '/').nth(2)?;
        Some(Self { kind: kind(parent_kind)?, id: id.to_owned() })
    }
}

/// Reads the decoded segments of a path.
pub fn resolve(segments: &[String], identity: &ServiceIdentity) -> Result<Target, ArmError> {
    let mut rest = segments;
    expect_word(&mut rest, "subscriptions")?;
    let subscription = take(&mut rest)?;
    if !subscription.eq_ignore_ascii_case(&identity.subscription) {
        let message = format!("The subscription '{subscription}' could not be found.");
        return Err(ArmError::new(StatusCode::NOT_FOUND, "SubscriptionNotFound", message));
    }
    if rest.first().is_some_and(|word| word.eq_ignore_ascii_case("resourceGroups")) {
        rest = &rest[1..];
        let group = take(&mut rest)?;
        if !group.eq_ignore_ascii_case(&identity.resource_group) {
            let message = format!("Resource group '{group}' could not be found.");
            return Err(ArmError::new(StatusCode::NOT_FOUND, "ResourceGroupNotFound", message));
        }
    } else if segments.len() > 5 {
        return Err(unknown_path());
    }
    expect_word(&mut rest, "providers")?;
    expect_word(&mut rest, "Microsoft.ApiManagement")?;
    expect_word(&mut rest, "service")?;
    let Some((name, rest)) = rest.split_first() else { return Ok(Target::Services) };
    if !name.eq_ignore_ascii_case(&identity.name) {
        let message = format!(
            "The Resource 'Microsoft.ApiManagement/service/{name}' under resource group '{}' was not found.",
            identity.resource_group
        );
        return Err(ArmError::new(StatusCode::NOT_FOUND, "ResourceNotFound", message));
    }
    below_service(rest)
}

fn below_service(rest: &[String]) -> Result<Target, ArmError> {
    if rest.is_empty() {
        return Ok(Target::Service);
    }
    if rest.len().is_multiple_of(2) {
        return place(rest).map(Target::Entity);
    }
    if let Some(kind) = kind_of(rest) {
        let parent = rest.split_last().map_or(&[][..], |(_, parent)| parent);
        return Ok(Target::Collection {
            kind,
            parent: if parent.is_empty() { String::new() } else { place(parent)?.id },
        });
    }
    // An odd path that is no collection is an action on the entity before it.
    match rest.split_last() {
        Some((action, entity)) if !entity.is_empty() => {
            Ok(Target::Action { place: place(entity)?, action: action.to_ascii_lowercase() })
        }
        _ => Err(unknown_path()),
    }
}

/// The kind whose words are the even segments.
fn kind_of(segments: &[String]) -> Option<&'static Kind> {
    let is_kind = |kind: &&Kind| {
        let mut sent = segments.iter().step_by(2);
        kind.words().all(|word| sent.next().is_some_and(|sent| sent.eq_ignore_ascii_case(word)))
            && sent.next().is_none()
    };
    KINDS.iter().find(is_kind)
}

fn place(segments: &[String]) -> Result<Place, ArmError> {
    let kind = kind_of(segments).ok_or_else(unknown_path)?;
    let mut id = String::new();
    for (word, name) in kind.words().zip(segments.iter().skip(1).step_by(2)) {
        check_name(name, kind)?;
        id.push('/');
        id.push_str(word);
        id.push('/');
        id.push_str(name);
    }
    Ok(Place { kind, id })
}

/// Names are path segments and parts of keys and tokens: what would be misread there is refused.
fn check_name(name: &str, kind: &Kind) -> Result<(), ArmError> {
    let bad = |character: char| "*#&+:<>?/\\%\"".contains(character) || character.is_control();
    let reason = if name.chars().count() > kind.name_chars_max {
        format!("The name is longer than {} characters.", kind.name_chars_max)
    } else if name.chars().any(bad) || name.trim() != name || matches!(name, "." | "..") {
        "The name must not contain any of * # & + : < > ? / \\ % \" or control characters, nor begin or end with a space.".to_owned()
    } else {
        return Ok(());
    };
    Err(ArmError::validation(vec![Detail::field("name", reason)]))
}

/// The row an id means: `orders;rev=1` is `orders` while revision 1 is the current one, or while there is no `orders`
/// (clients exist that always name the revision, also when they create an API).
pub async fn without_alias(connection: &mut SqliteConnection, id: &str) -> Result<String, sqlx::Error> {
    let Some(rest) = id.strip_prefix("/apis/") else { return Ok(id.to_owned()) };
    let (api, below) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let name = ApiName::parse(api);
    let Some(revision) = name.revision else { return Ok(id.to_owned()) };
    let base = format!("/apis/{}", name.base);
    match row::get(connection, &base).await? {
        Some(current) if !current.text("apiRevision").eq_ignore_ascii_case(&revision) => Ok(id.to_owned()),
        _ => Ok(format!("{base}{below}")),
    }
}

/// Reports the first entity above `place` that does not exist.
pub async fn require_parents(connection: &mut SqliteConnection, place: &Place) -> Result<(), ArmError> {
    let mut above = Vec::new();
    let mut next = place.parent();
    while let Some(parent) = next {
        next = parent.parent();
        above.push(parent);
    }
    for parent in above.iter().rev() {
        if row::get(connection, &parent.id).await?.is_none() {
            return Err(ArmError::not_found(parent.kind.title));
        }
    }
    Ok(())
}

fn expect_word(rest: &mut &[String], word: &str) -> Result<(), ArmError> {
    let sent = take(rest)?;
    if sent.eq_ignore_ascii_case(word) { Ok(()) } else { Err(unknown_path()) }
}

fn take<'a>(rest: &mut &'a [String]) -> Result<&'a str, ArmError> {
    let (first, others) = rest.split_first().ok_or_else(unknown_path)?;
    *rest = others;
    Ok(first)
}

fn unknown_path() -> ArmError {
    ArmError::new(StatusCode::NOT_FOUND, "ResourceNotFound", "The path names no resource this service knows.")
}

#[cfg(test)]
mod tests {
    use super::{Target, resolve};
    use crate::arm::identity::ServiceIdentity;

    const SERVICE: &str = "subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/postern/providers/Microsoft.ApiManagement/service/postern";

    fn target(path: &str) -> Result<Target, crate::error::ArmError> {
        let segments: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        resolve(&segments, &ServiceIdentity::default())
    }

    #[test]
    fn paths_are_matched_without_case_and_names_keep_theirs() {
        let path = format!("{SERVICE}/APIS/Echo;rev=2/OPERATIONS/Get").replace("resourceGroups", "resourcegroups");
        let Ok(Target::Entity(place)) = target(&path) else { panic!("an entity") };
        assert_eq!((place.kind.name, place.id.as_str()), ("apis/operations", "/apis/Echo;rev=2/operations/Get"));
        let parent = place.parent().expect("an API");
        assert_eq!((parent.kind.name, parent.id.as_str()), ("apis", "/apis/Echo;rev=2"));
        assert!(parent.parent().is_none());
    }

    #[test]
    fn collections_actions_and_the_service_are_told_apart() {
        assert!(matches!(target(SERVICE), Ok(Target::Service)));
        assert!(
            matches!(target(&format!("{SERVICE}/apis")), Ok(Target::Collection { kind, parent }) if kind.name == "apis" && parent.is_empty())
        );
        let Ok(Target::Collection { kind, parent }) = target(&format!("{SERVICE}/products/p/apis")) else { panic!() };
        assert_eq!((kind.name, parent.as_str()), ("products/apis", "/products/p"));
        let Ok(Target::Action { place, action }) = target(&format!("{SERVICE}/gateways/g/generateToken")) else {
            panic!()
        };
        assert_eq!((place.id.as_str(), action.as_str()), ("/gateways/g", "generatetoken"));
        let services = "subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.ApiManagement/service";
        assert!(matches!(target(services), Ok(Target::Services)));
    }

    #[test]
    fn what_is_not_there_has_its_own_code() {
        for (path, code) in [
            (SERVICE.replace("00000000-0", "10000000-0"), "SubscriptionNotFound"),
            (SERVICE.replace("resourceGroups/postern", "resourceGroups/other"), "ResourceGroupNotFound"),
            (SERVICE.replace("service/postern", "service/other"), "ResourceNotFound"),
            (format!("{SERVICE}/unknown/x"), "ResourceNotFound"),
            (format!("{SERVICE}/apis/a%b"), "ValidationError"),
            (format!("{SERVICE}/backends/{}", "a".repeat(81)), "ValidationError"),
            ("x".to_owned(), "ResourceNotFound"),
        ] {
            assert_eq!(target(&path).expect_err(&path).code, code, "{path}");
        }
    }
}
