//! Which resources of the service a document names: ids that stand in it as literals, for telling an author of those that do not exist.

use crate::diagnostic::Positions;
use crate::reader::Element;

/// What kind of resource an id is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedKind {
    /// A backend.
    Backend,
    /// A certificate.
    Certificate,
    /// A logger.
    Logger,
    /// A schema of the service.
    Schema,
    /// An API.
    Api,
    /// An operation of an API that is named with it.
    Operation,
    /// A type of a GraphQL schema, by the path of a rule about a field of it (`/Type/field`).
    GraphqlType,
}

impl NamedKind {
    /// The kind in a sentence, and in the code of a finding.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NamedKind::Backend => "backend",
            NamedKind::Certificate => "certificate",
            NamedKind::Logger => "logger",
            NamedKind::Schema => "schema",
            NamedKind::Api => "api",
            NamedKind::Operation => "operation",
            NamedKind::GraphqlType => "graphql-type",
        }
    }
}

/// An id and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What it is the id of.
    pub kind: NamedKind,
    /// The id.
    pub id: Box<str>,
    /// The id of the API of an operation; empty for anything else.
    pub api: Box<str>,
    /// The element that names it.
    pub element: &'static str,
    /// Line of the value, from 1.
    pub line: u32,
    /// Column of the value in characters, from 1.
    pub column: u32,
}

/// Element, attribute, and what it names. Fragments and named values are not among them: without those a document has errors anyway.
const NAMES: &[(&str, &str, NamedKind)] = &[
    ("set-backend-service", "backend-id", NamedKind::Backend),
    ("invoke-request", "backend-id", NamedKind::Backend),
    ("llm-content-safety", "backend-id", NamedKind::Backend),
    ("llm-semantic-cache-lookup", "embeddings-backend-id", NamedKind::Backend),
    ("azure-openai-semantic-cache-lookup", "embeddings-backend-id", NamedKind::Backend),
    ("authentication-certificate", "certificate-id", NamedKind::Certificate),
    ("key", "certificate-id", NamedKind::Certificate),
    ("identity", "issuer-certificate-id", NamedKind::Certificate),
    ("log-to-eventhub", "logger-id", NamedKind::Logger),
    ("content", "schema-id", NamedKind::Schema),
    ("api", "id", NamedKind::Api),
    ("operation", "id", NamedKind::Operation),
    ("rule", "path", NamedKind::GraphqlType),
];

/// `backend-id="dapr"` is the sidecar.
const DAPR: &str = "dapr";

/// All names in an element and below it. Recursion is bounded by the reader's depth limit.
pub(super) fn collect(element: &Element, positions: &mut Positions<'_>, names: &mut Vec<Named>) {
    collect_within("", element, positions, names);
}

/// `api`: the id of the API that the element stands in.
fn collect_within(api: &str, element: &Element, positions: &mut Positions<'_>, names: &mut Vec<Named>) {
    for (name, attribute, kind) in NAMES.iter().filter(|(name, ..)| *name == element.name) {
        let Some(attribute) = element.attribute(attribute).filter(|attribute| attribute.value.is_literal()) else {
            continue;
        };
        let mut id = attribute.value.text.trim();
        if *kind == NamedKind::GraphqlType {
            // A path of one part is about a root field.
            id = id.trim_start_matches('/').split_once('/').map_or("", |(of, _)| of);
        }
        let is_sidecar = *kind == NamedKind::Backend && id.eq_ignore_ascii_case(DAPR);
        // An API may be given by its name alone.
        let is_of_unknown = *kind == NamedKind::Operation && api.is_empty();
        if id.is_empty() || is_sidecar || is_of_unknown {
            continue;
        }
        let api = if *kind == NamedKind::Operation { api } else { "" };
        let (line, column) = positions.locate(attribute.value.offset);
        names.push(Named { kind: *kind, id: id.into(), api: api.into(), element: name, line, column });
    }
    let api = if element.name == "api" { element.literal("id").unwrap_or_default() } else { api };
    for child in &element.children {
        collect_within(api, child, positions, names);
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{DocumentKind, parse_document};

    #[test]
    fn literal_ids_are_named_with_their_places_and_computed_ones_are_not() {
        let text = "<fragment>\n<choose><when condition='@(true)'><set-backend-service id='x' backend-id='b1'/></when></choose>\n\
                    <set-backend-service backend-id='Dapr' dapr-app-id='a'/>\n<set-backend-service backend-id='@(\"b\")'/>\n\
                    <invoke-request backend-id='b2'/>\n<llm-content-safety backend-id='b3' shield-prompt='true'/>\n\
                    <validate-jwt header-name='h'><issuer-signing-keys><key certificate-id='c1'/></issuer-signing-keys></validate-jwt>\n\
                    <send-request response-variable-name='v'><set-url>http://a.test</set-url><authentication-certificate certificate-id='c2'/></send-request>\n\
                    <validate-client-certificate><identities><identity issuer-certificate-id='c3'/></identities></validate-client-certificate>\n\
                    <log-to-eventhub logger-id='l'>m</log-to-eventhub>\n\
                    <validate-content unspecified-content-type-action='ignore' max-size='1' size-exceeded-action='ignore'>\
                    <content validate-as='json' schema-id='s' action='ignore'/></validate-content>\n\
                    <rate-limit calls='1' renewal-period='1'><api id='a' calls='1' renewal-period='1'><operation id='o' calls='1' renewal-period='1'/></api>\
                    <api name='b' calls='1' renewal-period='1'><operation id='no' calls='1' renewal-period='1'/></api></rate-limit>\n\
                    <validate-graphql-request max-size='1'><authorize><rule path='/T/x'/><rule path='/__*'/><rule path='/root'/></authorize>\
                    </validate-graphql-request>\n\
                    <set-body><a><api id='no'/></a></set-body></fragment>";
        let (document, found) = parse_document(text, DocumentKind::Fragment);
        assert_eq!(found, []);
        let place = |id: &str| {
            // The last one: an `a` stands before as the id of an application.
            let at =
                text.rfind(&format!("id='{id}'")).map_or_else(|| text.find("/T/x").unwrap(), |at| at + "id='".len());
            let before = &text[..at];
            (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().len() + 1)
        };
        let names: Vec<(&str, &str)> = document.named().iter().map(|named| (named.kind.as_str(), &*named.id)).collect();
        let expected = [
            ("backend", "b1"),
            ("backend", "b2"),
            ("backend", "b3"),
            ("certificate", "c1"),
            ("certificate", "c2"),
            ("certificate", "c3"),
            ("logger", "l"),
            ("schema", "s"),
            ("api", "a"),
            ("operation", "o"),
            ("graphql-type", "T"),
        ];
        assert_eq!(names, expected);
        assert!(document.named().iter().all(|named| (&*named.api == "a") == (named.kind.as_str() == "operation")));
        for named in document.named() {
            assert_eq!((named.line as usize, named.column as usize), place(&named.id), "{named:?}");
        }
    }
}
