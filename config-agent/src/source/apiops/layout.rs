//! Which file of an APIOps tree says what: `<collection>/<resource name>/<file>`, children inside their parent's folder.
//!
//! Forms v6 and v7 differ in tags, product groups, releases and workspaces only, none of which a gateway is compiled from; files of both
//! are passed over alike. Folder and file names compare without regard to case, as ARM names do.

use postern_model::{Name, PolicyScope, ResourceId};

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// JSON: the properties of a resource.
    Properties(ResourceId),
    /// JSON whose content does not matter: its folder links two resources.
    Link(ResourceId),
    /// A policy document.
    Policy(PolicyScope),
    /// A policy fragment's document.
    Fragment(Name),
    /// An API's specification.
    Specification(Name, SpecificationKind),
}

/// By extension, in the order in which APIOps looks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SpecificationKind {
    GraphQl,
    Wsdl,
    Wadl,
    Json,
    Yaml,
}

/// The role of a file, by its path relative to the root. `None`: not ours.
pub(super) fn role(path: &str) -> Option<Role> {
    let folded = path.to_ascii_lowercase();
    let words: Vec<&str> = folded.split('/').collect();
    let names: Vec<&str> = path.split('/').collect();
    let name = |at: usize| Name::from(names.get(at).copied().unwrap_or_default());
    Some(match words.as_slice() {
        ["policy.xml"] => Role::Policy(PolicyScope::Global),
        ["apis", _, "apiinformation.json"] => Role::Properties(ResourceId::Api(name(1))),
        ["apis", _, "policy.xml"] => Role::Policy(PolicyScope::Api(name(1))),
        ["apis", _, "operations", _, "policy.xml"] => Role::Policy(PolicyScope::Operation(name(1), name(3))),
        ["apis", _, "resolvers", _, "resolverinformation.json"] => {
            Role::Properties(ResourceId::Resolver(name(1), name(3)))
        }
        ["apis", _, "resolvers", _, "policy.xml"] => Role::Policy(PolicyScope::Resolver(name(1), name(3))),
        ["apis", _, "schemas", _, "schemainformation.json" | "apischemainformation.json"] => {
            Role::Properties(ResourceId::ApiSchema(name(1), name(3)))
        }
        ["schemas", _, "schemainformation.json" | "globalschemainformation.json"] => {
            Role::Properties(ResourceId::Schema(name(1)))
        }
        ["loggers", _, "loggerinformation.json"] => Role::Properties(ResourceId::Logger(name(1))),
        ["apis", _, file] => Role::Specification(name(1), specification(file)?),
        ["products", _, "productinformation.json"] => Role::Properties(ResourceId::Product(name(1))),
        ["products", _, "policy.xml"] => Role::Policy(PolicyScope::Product(name(1))),
        ["products", _, "apis", _, "productapiinformation.json"] => {
            Role::Link(ResourceId::ProductApi(name(1), name(3)))
        }
        ["products", _, "groups", _, "productgroupinformation.json"] => {
            Role::Link(ResourceId::ProductGroup(name(1), name(3)))
        }
        ["groups", _, "groupinformation.json"] => Role::Properties(ResourceId::Group(name(1))),
        ["gateways", _, "gatewayinformation.json"] => Role::Properties(ResourceId::Gateway(name(1))),
        ["gateways", _, "apis", _, "gatewayapiinformation.json"] => {
            Role::Link(ResourceId::GatewayApi(name(1), name(3)))
        }
        ["backends", _, "backendinformation.json"] => Role::Properties(ResourceId::Backend(name(1))),
        ["named values", _, "namedvalueinformation.json"] => Role::Properties(ResourceId::NamedValue(name(1))),
        ["subscriptions", _, "subscriptioninformation.json"] => Role::Properties(ResourceId::Subscription(name(1))),
        ["version sets", _, "versionsetinformation.json"] => Role::Properties(ResourceId::VersionSet(name(1))),
        ["policy fragments", _, "policy.xml"] => Role::Fragment(name(1)),
        _ => return None,
    })
}

fn specification(file: &str) -> Option<SpecificationKind> {
    Some(match file {
        "specification.graphql" => SpecificationKind::GraphQl,
        "specification.wsdl" => SpecificationKind::Wsdl,
        "specification.wadl" => SpecificationKind::Wadl,
        "specification.json" => SpecificationKind::Json,
        "specification.yaml" | "specification.yml" => SpecificationKind::Yaml,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_documented_layout_have_their_role() {
        // facts: APIOps directory format, table of paths.
        for (path, id) in [
            ("apis/orders;rev=2/apiInformation.json", "/apis/orders;rev=2"),
            ("backends/b/backendInformation.json", "/backends/b"),
            ("gateways/edge/gatewayInformation.json", "/gateways/edge"),
            ("named values/nv/namedValueInformation.json", "/namedValues/nv"),
            ("products/p/productInformation.json", "/products/p"),
            ("groups/g/groupInformation.json", "/groups/g"),
            ("subscriptions/s/subscriptionInformation.json", "/subscriptions/s"),
            ("version sets/v/versionSetInformation.json", "/apiVersionSets/v"),
            ("loggers/l/loggerInformation.json", "/loggers/l"),
            ("schemas/s/globalSchemaInformation.json", "/schemas/s"),
            ("apis/orders/schemas/s/schemaInformation.json", "/apis/orders/schemas/s"),
            ("apis/orders/resolvers/r/resolverInformation.json", "/apis/orders/resolvers/r"),
        ] {
            assert_eq!(role(path), ResourceId::parse(id).map(Role::Properties), "{path}");
        }
        for (path, id) in [
            ("gateways/edge/apis/orders/gatewayApiInformation.json", "/gateways/edge/apis/orders"),
            ("products/p/apis/orders/productApiInformation.json", "/products/p/apis/orders"),
            ("products/p/groups/developers/productGroupInformation.json", "/products/p/groups/developers"),
        ] {
            assert_eq!(role(path), ResourceId::parse(id).map(Role::Link), "{path}");
        }
        assert_eq!(role("policy.xml"), Some(Role::Policy(PolicyScope::Global)));
        assert_eq!(
            role("apis/orders/operations/getOrder/policy.xml"),
            Some(Role::Policy(PolicyScope::Operation("orders".into(), "getOrder".into())))
        );
        assert_eq!(
            role("apis/orders/resolvers/Users/policy.xml"),
            Some(Role::Policy(PolicyScope::Resolver("orders".into(), "Users".into())))
        );
        assert_eq!(role("policy fragments/f/policy.xml"), Some(Role::Fragment("f".into())));
        assert_eq!(
            role("apis/orders/specification.yaml"),
            Some(Role::Specification("orders".into(), SpecificationKind::Yaml))
        );
    }

    #[test]
    fn what_a_gateway_is_not_compiled_from_is_passed_over_in_both_forms() {
        for path in [
            "tags/t/tagInformation.json",
            "tags/t/apis/orders/tagApiInformation.json",
            "apis/orders/tags/t/apiTagInformation.json",
            "products/p/tags/t/productTagInformation.json",
            "apis/orders/releases/r/apiReleaseInformation.json",
            "apis/orders/diagnostics/d/diagnosticInformation.json",
            "policy fragments/f/policyFragmentInformation.json",
            "workspaces/w/apis/orders/apiInformation.json",
            "certificates/c/certificateInformation.json",
            "apis/orders/README.md",
            "configuration.prod.yaml",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
    }
}
