//! What a build shares, leaves out and reports.

use postern_bundle::{
    Backend, BackendCredentials, BackendTls, Bundle, EncodedPart, Fragment as BundleFragment, Part, PolicySource,
    Service, Severity, SubscriptionScope,
};
use postern_policy::Section;

use super::fixture::{Fixture, api, global_policy, open, policy, product, subscription};
use super::*;
use crate::observe::series::SeriesTable;
use crate::route::{NotFound, RouteMatch, RouteRequest};

const HEADER: &str = r#"<set-header name="x" exists-action="override"><value>1</value></set-header>"#;

/// Builds generation after generation on one series table.
#[derive(Default)]
struct Builder {
    series: Arc<SeriesTable>,
    last: Option<Snapshot>,
    generation: u64,
}

impl Builder {
    fn build(&mut self, fixture: &Fixture) -> (&Snapshot, Vec<Diagnostic>) {
        self.generation += 1;
        let bundle = fixture.bundle(self.generation);
        let (snapshot, diagnostics) = Snapshot::build(self.last.as_ref(), &bundle, &mut self.series);
        (self.last.insert(snapshot), diagnostics)
    }

    /// Builds and tells which APIs were made anew.
    fn rebuilt(&mut self, fixture: &Fixture) -> Vec<String> {
        let before = self.last.as_ref().map(|old| old.apis.to_vec()).unwrap_or_default();
        let (snapshot, diagnostics) = self.build(fixture);
        assert_eq!(diagnostics, []);
        let is_new = |api: &&Arc<Api>| !before.iter().any(|old| Arc::ptr_eq(old, api));
        snapshot.apis.iter().filter(is_new).map(|api| api.id().to_owned()).collect()
    }
}

fn find(snapshot: &Snapshot, path: &str) -> Result<String, NotFound> {
    let header = |_: &str| None;
    let request = RouteRequest {
        host: b"",
        method: b"GET",
        path: path.as_bytes(),
        query: b"",
        websocket: false,
        header: &header,
    };
    let mut found = RouteMatch::default();
    snapshot.table().find(&request, &mut found)?;
    Ok(snapshot.api(found.api().unwrap()).id().to_owned())
}

fn ten() -> Fixture {
    let mut fixture = Fixture::of((0..10).map(|i| api(&format!("a{i}"), &format!("a{i}"), &["GET /x", "GET /y"])));
    fixture.products = vec![product("p", &["a1", "a2"]), open(product("q", &["a2"]))];
    fixture.subscriptions = vec![subscription("s", SubscriptionScope::AllApis)];
    fixture.others = vec![fragment("f", HEADER), fragment("g", HEADER)];
    fixture.apis[3].policy = policy(r#"<include-fragment fragment-id="F" />"#);
    fixture.apis[4].operations[0].policy = policy(r#"<include-fragment fragment-id="g" />"#);
    fixture
}

fn fragment(name: &str, content: &str) -> (PartKey, Part) {
    let policy = PolicySource::new(format!("<fragment>{content}</fragment>"));
    (PartKey::Fragment(name.into()), Part::Fragment(BundleFragment { name: name.into(), policy }))
}

#[test]
fn only_what_changed_is_made_anew() {
    let mut builder = Builder::default();
    let mut fixture = ten();
    assert_eq!(builder.rebuilt(&fixture).len(), 10);
    assert_eq!(builder.rebuilt(&fixture), Vec::<String>::new());
    fixture.apis[7].display_name = "other".into();
    assert_eq!(builder.rebuilt(&fixture), ["a7"]);
    fixture.subscriptions.push(subscription("t", SubscriptionScope::AllApis));
    assert_eq!(builder.rebuilt(&fixture), Vec::<String>::new());
    fixture.products[0].display_name = "other".into();
    assert_eq!(builder.rebuilt(&fixture), ["a1", "a2"]);
    fixture.products[1].apis.push("a9".into());
    assert_eq!(builder.rebuilt(&fixture), ["a2", "a9"]);
    fixture.others[0] = fragment("f", "");
    assert_eq!(builder.rebuilt(&fixture), ["a3"], "the one that includes `f`");
    fixture.service = Some(Service { hosts: vec!["*.example.com".into()], ..Service::default() });
    assert_eq!(builder.rebuilt(&fixture), Vec::<String>::new(), "a host is no policy");
    fixture.service = Some(Service { policy: global_policy(HEADER), ..Service::default() });
    assert_eq!(builder.rebuilt(&fixture).len(), 10);
}

#[test]
fn the_prefixes_are_shared_while_no_api_comes_goes_or_moves() {
    let mut builder = Builder::default();
    let mut fixture = ten();
    builder.build(&fixture);
    let prefixes = Arc::clone(&builder.last.as_ref().unwrap().prefixes);
    fixture.apis[7].policy = policy(HEADER);
    assert!(Arc::ptr_eq(&prefixes, &builder.build(&fixture).0.prefixes));
    fixture.apis[7].path = "moved".into();
    let (snapshot, _) = builder.build(&fixture);
    assert!(!Arc::ptr_eq(&prefixes, &snapshot.prefixes));
    assert_eq!((find(snapshot, "/moved/x").as_deref(), find(snapshot, "/a7/x")), (Ok("a7"), Err(NotFound::Api)));
    assert_eq!(find(snapshot, "/a8/x").as_deref(), Ok("a8"));
    fixture.apis.remove(0);
    let (snapshot, _) = builder.build(&fixture);
    assert_eq!((find(snapshot, "/a0/x"), find(snapshot, "/a9/x").as_deref()), (Err(NotFound::Api), Ok("a9")));
    assert_eq!((snapshot.api_count(), snapshot.operation_count()), (9, 18));
}

#[test]
fn series_stay_with_their_operation_over_generations() {
    let mut builder = Builder::default();
    let mut fixture = ten();
    let series = |snapshot: &Snapshot| {
        let api = snapshot.apis.iter().find(|api| api.id() == "a5").unwrap();
        api.operations().iter().map(|operation| (operation.id().to_owned(), operation.series())).collect::<Vec<_>>()
    };
    let first = series(builder.build(&fixture).0);
    fixture.apis.remove(0);
    fixture.apis[4].operations.insert(0, super::fixture::operation("GET /new"));
    let second = series(builder.build(&fixture).0);
    assert_eq!(second.len(), 3);
    assert!(first.iter().all(|pair| second.contains(pair)));
}

#[test]
fn an_operation_runs_the_apis_program_unless_it_has_its_own_policy() {
    let mut fixture = ten();
    fixture.apis[1].policy = policy(HEADER);
    fixture.apis[1].operations[1].policy = policy("");
    fixture.products[0].policy = policy(HEADER);
    let snapshot = fixture.snapshot();
    let index = ApiIndex(1);
    let programs = |product| {
        let of = |operation| snapshot.program(index, operation, product);
        let [api, x, y] = [None, Some(0), Some(1)].map(|operation| of(operation.map(OperationIndex)));
        assert!(Arc::ptr_eq(api, x) && !Arc::ptr_eq(api, y));
        assert!(!api.is_empty(Section::Inbound));
        Arc::clone(api)
    };
    let (without, with) = (programs(None), programs(Some(ProductIndex(0))));
    assert!(!Arc::ptr_eq(&without, &with));
    let plain = snapshot.program(ApiIndex(0), None, None);
    assert!(plain.is_empty(Section::Inbound) && plain.forward_only().is_some());
    assert!(snapshot.service_program().is_empty(Section::Inbound));
}

#[test]
fn one_broken_policy_takes_its_own_api_only_and_keeps_its_path() {
    let mut builder = Builder::default();
    let mut fixture = ten();
    fixture.apis.push(api("root", "", &["GET /*"]));
    fixture.apis[5].operations[1].policy = policy("<set-header>");
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!(snapshot.left_out(), [PartKey::Api("a5".into())]);
    assert_eq!(snapshot.api_count(), 10);
    // The API with the shorter prefix does not get its calls.
    assert_eq!(find(snapshot, "/a5/x"), Err(NotFound::Api));
    assert_eq!(find(snapshot, "/a6/x").as_deref(), Ok("a6"));
    let error = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error).unwrap();
    assert_eq!(error.scope, "/apis/a5/operations/GET /y/policies/policy");
    assert!(error.line > 0 && error.column > 0 && !error.message.is_empty());
    // Reported again as long as it is so, and gone when it is mended.
    fixture.apis[0].display_name = "other".into();
    assert_eq!(builder.build(&fixture).1, diagnostics);
    fixture.apis[5].operations[1].policy = policy("");
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!((snapshot.left_out(), diagnostics), (&[][..], vec![]));
    assert_eq!(find(snapshot, "/a5/x").as_deref(), Ok("a5"));
}

#[test]
fn a_missing_fragment_breaks_the_api_until_it_is_there() {
    let mut builder = Builder::default();
    let mut fixture = ten();
    let fragments = std::mem::take(&mut fixture.others);
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!(snapshot.left_out(), [PartKey::Api("a3".into()), PartKey::Api("a4".into())]);
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.is_error() && diagnostic.scope.starts_with("/apis/a3")));
    fixture.others = fragments;
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!((snapshot.left_out(), diagnostics), (&[][..], vec![]));
}

#[test]
fn a_product_with_a_broken_policy_answers_500_in_its_context_and_nowhere_else() {
    let mut fixture = ten();
    fixture.products[0].policy = policy("<set-header>");
    let mut builder = Builder::default();
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!(snapshot.left_out(), [PartKey::Product("p".into())]);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.scope == "/products/p/policies/policy"));
    assert!(diagnostics.iter().any(Diagnostic::is_error));
    let in_context = snapshot.program(ApiIndex(1), Some(OperationIndex(0)), Some(ProductIndex(0)));
    assert!(Arc::ptr_eq(in_context, &snapshot.refusal) && !in_context.is_empty(Section::Inbound));
    assert!(snapshot.program(ApiIndex(1), Some(OperationIndex(0)), None).is_empty(Section::Inbound));
}

#[test]
fn nothing_is_served_without_the_service_policy() {
    let mut fixture = ten();
    fixture.service = Some(Service { policy: policy("<set-header>"), ..Service::default() });
    let mut builder = Builder::default();
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!(snapshot.left_out().first(), Some(&PartKey::Service));
    assert_eq!((snapshot.api_count(), find(snapshot, "/a1/x")), (0, Err(NotFound::Api)));
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.is_error() && diagnostic.scope == "/policies/policy"));
    assert!(!snapshot.service_program().is_empty(Section::Inbound), "refuses");
    fixture.service = None;
    assert_eq!(builder.rebuilt(&fixture).len(), 10);
}

#[test]
fn what_cannot_be_used_is_reported_with_its_place() {
    let mut fixture = ten();
    fixture.apis[0].operations[0].url_template = "/{a}{b}".into();
    fixture.apis[1].operations[1].url_template = "/x".into();
    fixture.apis[2].service_url = Some("ftp://x".into());
    fixture.apis[6].path = "a7".into();
    let backend = |name: &str, url: &str| {
        let backend = Backend {
            name: name.into(),
            url: url.into(),
            tls: BackendTls::default(),
            credentials: BackendCredentials::default(),
        };
        (PartKey::Backend(name.into()), Part::Backend(backend))
    };
    fixture.others.extend([backend("good", "http://g"), backend("bad", "g")]);
    let mut builder = Builder::default();
    let (snapshot, diagnostics) = builder.build(&fixture);
    let found: Vec<(&str, &str, bool)> =
        diagnostics.iter().map(|d| (d.code.as_str(), d.scope.as_str(), d.is_error())).collect();
    assert_eq!(
        found,
        [
            ("backend", "/backends/bad", true),
            ("url-template", "/apis/a0/operations/GET /x", true),
            ("operation-hidden", "/apis/a1/operations/GET /y", false),
            ("service-url", "/apis/a2", true),
            ("api-path", "/apis/a7", true),
        ]
    );
    assert_eq!(snapshot.left_out(), [PartKey::Backend("bad".into()), PartKey::Api("a7".into())]);
    assert_eq!(snapshot.backend("GOOD").map(|upstream| &*upstream.host), Some("g"));
    assert!(snapshot.backend("bad").is_none() && snapshot.api(ApiIndex(2)).upstream().is_none());
    assert_eq!(find(snapshot, "/a7/x").as_deref(), Ok("a6"), "the first by name has the path");
    assert!(diagnostics[4].message.contains("`a6`"), "{}", diagnostics[4].message);
}

const CHECKS: &str = r#"<validate-content unspecified-content-type-action="prevent" max-size="9" size-exceeded-action="prevent">
<content type="application/json" validate-as="json" action="prevent"/></validate-content>"#;

/// An API whose JSON body is `Order` of its schemas.
fn checking(schema: &str) -> Fixture {
    let mut checking = api("a0", "a0", &["POST /x"]);
    checking.policy = policy(CHECKS);
    checking.operations[0].request.representations.push(postern_bundle::Representation {
        content_type: "application/json".into(),
        schema: Some(postern_bundle::SchemaName { document: "s".into(), name: "Order".into() }),
        ..postern_bundle::Representation::default()
    });
    let text = format!("{{\"definitions\":{{{schema}}}}}");
    let document = postern_bundle::SchemaDocument { name: "s".into(), is_json: true, text };
    let schemas = postern_bundle::ApiSchemas { api: "a0".into(), documents: vec![document] };
    let mut fixture = Fixture::of([checking, api("a1", "a1", &["GET /x"])]);
    fixture.others.push((PartKey::ApiSchemas("a0".into()), Part::ApiSchemas(schemas)));
    fixture
}

#[test]
fn a_contract_is_made_where_messages_are_checked_and_anew_when_its_schemas_change() {
    let mut builder = Builder::default();
    let (snapshot, diagnostics) = builder.build(&checking(r#""Order":{"type":"object"}"#));
    assert_eq!(diagnostics, []);
    let contract = snapshot.api(ApiIndex(0)).operations()[0].contract().unwrap();
    assert!(contract.has_schemas && contract.body_schemas().all(|schema| schema.problem().is_none()));
    assert!(snapshot.api(ApiIndex(1)).operations()[0].contract().is_none(), "nothing checks its messages");
    let (before, other) = (Arc::clone(&snapshot.apis[0]), Arc::clone(&snapshot.apis[1]));
    let (snapshot, diagnostics) = builder.build(&checking(r#""Other":{}"#));
    assert!(!Arc::ptr_eq(&before, &snapshot.apis[0]) && Arc::ptr_eq(&other, &snapshot.apis[1]));
    let [finding] = &*diagnostics else { panic!("{diagnostics:?}") };
    assert_eq!((finding.code.as_str(), finding.scope.as_str()), ("schema-unusable", "/apis/a0/operations/POST /x"));
    assert_eq!(finding.message, "the schema has no definition `Order`");
}

#[test]
fn schemas_of_xml_are_compiled_when_programs_are_linked_and_what_is_wrong_is_reported() {
    let content = |rest: &str| {
        format!(
            "<validate-content unspecified-content-type-action='prevent' max-size='9' size-exceeded-action='prevent'>\
             <content type='text/xml' validate-as='soap' {rest} action='prevent'/></validate-content>"
        )
    };
    let schema = |body: &str| format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n{body}</xs:schema>");
    let document = |name: &str, body: &str| postern_bundle::SchemaDocument {
        name: name.into(),
        is_json: false,
        text: schema(body),
    };
    let with = |policies: &str, documents: Vec<postern_bundle::SchemaDocument>, global: &str| {
        let mut checking = api("a0", "a0", &["POST /x", "POST /y"]);
        checking.policy = policy(policies);
        for operation in &mut checking.operations {
            operation.request.representations.push(postern_bundle::Representation {
                content_type: "text/xml".into(),
                ..postern_bundle::Representation::default()
            });
        }
        let schemas = postern_bundle::ApiSchemas { api: "a0".into(), documents };
        let mut fixture = Fixture::of([checking]);
        fixture.others.push((PartKey::ApiSchemas("a0".into()), Part::ApiSchemas(schemas)));
        fixture.others.push((PartKey::Schema("g".into()), Part::Schema(document("g", global))));
        fixture
    };
    let include = "<xs:include schemaLocation='b.xsd'/><xs:element name='a' type='T'/>";
    let part = "<xs:simpleType name='T'><xs:restriction base='xs:int'/></xs:simpleType>";
    let both = content("") + &content("schema-id='g'");
    // Whether it is of XML or JSON, the document says.
    let any = both.clone() + &content("schema-id='g'").replace("'soap'", "'@(context.Api.Name)'");
    let good = with(&any, vec![document("a", include), document("b", part)], "<xs:element name='g'/>");
    let mut builder = Builder::default();
    let (snapshot, diagnostics) = builder.build(&good);
    assert_eq!(diagnostics, []);
    let [one, other] = [0, 1].map(|index| {
        let contract = snapshot.api(ApiIndex(0)).operations()[index].contract().unwrap();
        contract.xml.clone().unwrap()
    });
    assert_eq!((one.is_xml(), one.name()), (true, "schemas"));
    assert!(Arc::ptr_eq(&one, &other), "the set is compiled once");
    let clash = vec![document("a", part), document("b", part)];
    let (_, diagnostics) = Builder::default().build(&with(&both, clash, "<xs:element name='g'/>"));
    let told: Vec<&str> = diagnostics.iter().map(|one| one.scope.as_str()).collect();
    assert_eq!(told, ["/apis/a0"], "{diagnostics:?}");
    let bad = with(&both, vec![document("a", include)], "<xs:element name='g' type='none'/>");
    let mut builder = Builder::default();
    let (_, diagnostics) = builder.build(&bad);
    let told: Vec<(&str, &str, &str)> =
        diagnostics.iter().map(|one| (one.code.as_str(), one.scope.as_str(), one.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "schema-unusable",
                "/schemas/g",
                "the schema of `g` cannot be used: /schemas/g, line 2, position 2: Type 'none' is not declared."
            ),
            (
                "schema-unusable",
                "/apis/a0",
                "the schema of `a` cannot be used: /apis/a0/schemas/a, line 2, position 2: Cannot resolve the 'schemaLocation' attribute: there is no schema \
                 `b.xsd`. /apis/a0/schemas/a, line 2, position 38: Type 'T' is not declared."
            ),
        ]
    );
}

#[test]
fn what_policies_and_backends_name_and_is_not_there_is_reported_until_it_comes() {
    let names = r#"<authentication-certificate certificate-id="C"/><authentication-certificate thumbprint="CA 06:F5"/><log-to-eventhub logger-id="L">x</log-to-eventhub>
<validate-content unspecified-content-type-action="prevent" max-size="9" size-exceeded-action="prevent">
<content type="a/b" validate-as="json" schema-id="G" action="prevent"/></validate-content>"#;
    let mut naming = api("a0", "a0", &["POST /x"]);
    naming.policy = policy(names);
    let mut fixture = Fixture::of([naming]);
    let mut builder = Builder::default();
    let codes = |diagnostics: &[Diagnostic]| diagnostics.iter().map(|d| d.code.clone()).collect::<Vec<_>>();
    let (_, diagnostics) = builder.build(&fixture);
    assert_eq!(codes(&diagnostics), ["schema-unknown", "certificate-unknown", "certificate-unknown", "logger-unknown"]);
    assert_eq!(
        diagnostics[2].message,
        "a policy names the certificate with the thumbprint `CA 06:F5`, which does not exist"
    );
    let logger = Logger { name: "l".into(), target: postern_bundle::LoggerTarget::AzureMonitor };
    let schema = postern_bundle::SchemaDocument { name: "g".into(), is_json: true, text: "{}".into() };
    let broken = postern_bundle::Certificate {
        name: "c".into(),
        thumbprint: String::new(),
        data: postern_bundle::Secret::new("***"),
        password: postern_bundle::Secret::new(""),
    };
    fixture.others.extend([
        (PartKey::Logger("l".into()), Part::Logger(logger)),
        (PartKey::Schema("g".into()), Part::Schema(schema)),
        (PartKey::Certificate("c".into()), Part::Certificate(broken)),
    ]);
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert_eq!(codes(&diagnostics), ["certificate", "certificate-unknown", "certificate-unknown"]);
    assert_eq!(snapshot.left_out(), [PartKey::Certificate("c".into())]);
    assert!(snapshot.logger("L").is_some() && snapshot.api(ApiIndex(0)).global_schema("g", "").is_some());
    let credentials = BackendCredentials { certificate: Some("c".into()), ..BackendCredentials::default() };
    let backend = Backend { name: "b".into(), url: "https://b".into(), tls: BackendTls::default(), credentials };
    fixture.others.push((PartKey::Backend("b".into()), Part::Backend(backend)));
    let (snapshot, diagnostics) = builder.build(&fixture);
    assert!(codes(&diagnostics).contains(&"backend".to_owned()) && snapshot.backend("b").is_none());
}

#[test]
fn what_cannot_be_used_is_reported_by_every_generation_that_has_it() {
    let mut fixture = Fixture::of([api("a", "a", &["GET /x"])]);
    let certificate = postern_bundle::Certificate {
        name: "c".to_owned(),
        thumbprint: String::new(),
        data: postern_bundle::Secret::new("AA=="),
        password: postern_bundle::Secret::new(""),
    };
    let hostname = postern_bundle::Hostname {
        name: "h".to_owned(),
        host: "a.test".to_owned(),
        certificate: "c".to_owned(),
        negotiate_client_certificate: false,
    };
    let authority = postern_bundle::Authority { name: "c".to_owned(), is_trusted: true };
    fixture.others = vec![
        (PartKey::Certificate("c".to_owned()), Part::Certificate(certificate)),
        (PartKey::Authority("c".to_owned()), Part::Authority(authority)),
        (PartKey::Hostname("h".to_owned()), Part::Hostname(hostname)),
    ];
    let mut builder = Builder::default();
    for _ in 0..2 {
        let (snapshot, diagnostics) = builder.build(&fixture);
        let scopes: Vec<&str> = diagnostics.iter().map(|diagnostic| &*diagnostic.scope).collect();
        assert_eq!(scopes, ["/certificates/c", "/hostnameConfigurations/h", "/certificateAuthorities/c"]);
        assert_eq!(snapshot.left_out.len(), 3);
    }
}

#[test]
fn a_part_that_is_no_part_is_left_out_and_reported() {
    let fixture = ten();
    let good = fixture.bundle(1);
    let mut parts = good.parts().clone();
    for key in [PartKey::Api("a1".into()), PartKey::Subscriptions(3), PartKey::Product("p".into())] {
        let garbage = EncodedPart::from_bytes(&key, Arc::from([0xFFu8; 9].as_slice())).unwrap();
        parts.insert(key, garbage);
    }
    let bundle = Bundle::from_encoded(2, parts).unwrap();
    let mut series = Arc::default();
    let (before, _) = Snapshot::build(None, &good, &mut series);
    for previous in [None, Some(&before)] {
        let (snapshot, diagnostics) = Snapshot::build(previous, &bundle, &mut series);
        let expected = [PartKey::Api("a1".into()), PartKey::Product("p".into()), PartKey::Subscriptions(3)];
        assert_eq!(snapshot.left_out(), expected);
        assert_eq!(diagnostics.len(), 3);
        assert_eq!(find(&snapshot, "/a1/x"), Err(NotFound::Api));
        assert_eq!(find(&snapshot, "/a2/x").as_deref(), Ok("a2"));
    }
}

#[test]
fn backends_that_policies_name_are_resolved_beforehand() {
    let mut fixture = ten();
    fixture.apis[0].policy = policy(r#"<set-backend-service base-url="https://other.example:8443/api" />"#);
    let snapshot = fixture.snapshot();
    let url = BackendTarget::BaseUrl("https://other.example:8443/api".into());
    let upstream = snapshot.upstream(ApiIndex(0), &url).unwrap();
    assert_eq!((&*upstream.host, upstream.port, &*upstream.base_path), ("other.example", 8443, &b"/api"[..]));
    assert!(snapshot.upstream(ApiIndex(1), &url).is_none());
    assert_eq!(&*snapshot.api(ApiIndex(1)).upstream().unwrap().base_path, b"/base");
}

/// Everything a request could notice of a snapshot, as text.
fn observed(snapshot: &Snapshot) -> String {
    let mut text = format!("{:?}\n", snapshot.left_out());
    for path in ["/a0/x", "/a1/x", "/a2/y", "/a3/x", "/a4/x", "/a5/x", "/moved/x", "/a1;rev=2/x", "/"] {
        text += &format!("{path}: {:?}\n", find(snapshot, path));
    }
    for api in &*snapshot.apis {
        text += &format!("{} {} {:?} {:?}\n", api.id(), api.name(), api.open_product(), api.urls);
        let contexts = std::iter::once(None).chain(api.products().map(|(index, _)| Some(index)));
        for product in contexts {
            let name = product.map(|index| api.products[index.0 as usize].id());
            for operation in 0..api.operations().len() {
                let operation = OperationIndex(operation as u32);
                let series = api.operation(operation).series();
                text += &format!("{name:?} {series:?} {:?}\n", api.program(Some(operation), product));
            }
            text += &format!("{:?}\n", api.program(None, product));
        }
    }
    for key in ["s0", "s1-2", "s2", "changed"] {
        let found: Vec<_> = snapshot.subscriptions_with_key(key.as_bytes()).map(|(_, found)| found).collect();
        text += &format!("{key}: {found:?}\n");
    }
    text + &format!("{:?}", snapshot.service_program())
}

/// One random edit.
fn edit(fixture: &mut Fixture, random: &mut crate::route::random::Random) {
    let policies = [
        None,
        policy(""),
        policy(HEADER),
        policy(r#"<include-fragment fragment-id="f" />"#),
        policy(r#"<set-backend-service base-url="http://other.example" />"#),
        policy("<set-header>"),
    ];
    let choice = policies[random.below(policies.len())].clone();
    let which = random.below(fixture.apis.len().max(1));
    let product = random.below(fixture.products.len());
    match (random.below(11), fixture.apis.get_mut(which)) {
        (0, Some(api)) => api.policy = choice,
        (1, Some(api)) => api.operations[random.below(2)].policy = choice,
        (2, Some(api)) => api.path = random.pick(&["moved", "a1", "a2", ""]).into(),
        (3, Some(_)) => drop(fixture.apis.remove(which)),
        (4, _) => {
            let names = ["a0", "a1", "a1;rev=2", "a2", "a3", "a4", "a5"];
            let name = names[random.below(names.len())];
            if !fixture.apis.iter().any(|api| api.name == name) {
                fixture.apis.push(api(name, name.split(';').next().unwrap(), &["GET /x", "GET /y"]));
            }
        }
        (5, _) => fixture.products[product].policy = choice,
        (6, _) => {
            let apis = &mut fixture.products[product].apis;
            let name = random.pick(&["a0", "a1", "a2", "a3"]).to_owned();
            match apis.binary_search(&name) {
                Ok(index) => drop(apis.remove(index)),
                Err(index) => apis.insert(index, name),
            }
        }
        (7, _) => {
            let contents = ["", HEADER, "<set-header>"];
            fixture.others = match random.below(4) {
                3 => Vec::new(),
                content => vec![fragment("f", contents[content])],
            };
        }
        (8, _) if random.below(3) == 0 => {
            let texts = [None, global_policy(HEADER), global_policy(r#"<include-fragment fragment-id="f" />"#)];
            let policy = texts[random.below(texts.len())].clone();
            fixture.service = Some(Service { policy, ..Service::default() });
        }
        (9, _) => {
            let subscription = random.below(fixture.subscriptions.len());
            let keys = ["changed", "s0", "s2"];
            fixture.subscriptions[subscription].primary_key = Some(postern_bundle::Secret::new(random.pick(&keys)));
        }
        _ => fixture.products[product].subscription_required = random.below(2) == 0,
    }
}

#[test]
fn a_snapshot_built_on_another_is_the_same_as_one_built_from_nothing() {
    let mut random = crate::route::random::Random::new(11);
    for _ in 0..20 {
        let mut fixture = ten();
        fixture.apis.truncate(6);
        fixture.subscriptions = ["s0", "s1", "s2"].map(|name| subscription(name, SubscriptionScope::AllApis)).into();
        let mut builder = Builder::default();
        for step in 0..40 {
            for _ in 0..=random.below(2) {
                edit(&mut fixture, &mut random);
            }
            let mut series = Arc::clone(&builder.series);
            let (grown, diagnostics) = builder.build(&fixture);
            let grown = observed(grown);
            let (fresh, expected) = Snapshot::build(None, &fixture.bundle(step), &mut series);
            assert_eq!(diagnostics, expected, "step {step}");
            assert_eq!(grown, observed(&fresh), "step {step}");
        }
    }
}
