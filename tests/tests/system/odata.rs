//! OData APIs over real sockets: URLs checked against the schema that the operator gave, on their way to the service.

use postern_tests::chain::{Chain, GATEWAY};
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, response};
use postern_tests::wait;
use serde_json::json;

const MODEL: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="Example.Library" Alias="L" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="Book">
        <Key><PropertyRef Name="ISBN"/></Key>
        <Property Name="ISBN" Type="Edm.String" Nullable="false"/>
        <Property Name="Title" Type="Edm.String"/>
        <Property Name="Pages" Type="Edm.Int32"/>
        <NavigationProperty Name="Authors" Type="Collection(L.Author)"/>
      </EntityType>
      <EntityType Name="Author">
        <Key><PropertyRef Name="ID"/></Key>
        <Property Name="ID" Type="Edm.Int32" Nullable="false"/>
        <Property Name="Name" Type="Edm.String"/>
      </EntityType>
      <EntityContainer Name="Service">
        <EntitySet Name="Books" EntityType="L.Book"/>
        <EntitySet Name="Authors" EntityType="L.Author"/>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>"#;

const POLICY: &str = "<policies><inbound><base/><validate-odata-request max-odata-version=\"4.01\" max-size=\"20\"/></inbound>\
    <backend><base/></backend><outbound><base/></outbound><on-error><base/></on-error></policies>";

fn schema(text: &str) -> serde_json::Value {
    json!({ "contentType": "application/vnd.ms-azure-apim.odata.schema", "document": { "value": text } })
}

fn refusal(details: &str) -> String {
    format!("{{ \"statusCode\": 400, \"message\": \"{details}\" }}")
}

on_both_drivers! {
    fn urls_are_checked_against_the_schema_of_the_api(driver) {
        let origin = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[("Content-Type", "application/json")], b"{\"value\":[]}"))
        });
        let chain = Chain::start(driver, |arm| {
            let url = origin.url();
            arm.put("/apis/library", &json!({
                "displayName": "Library", "path": "v1/library", "type": "odata", "protocols": ["http", "https"],
                "subscriptionRequired": false, "serviceUrl": url,
            }));
            arm.put("/apis/library/schemas/odata", &schema(MODEL));
            arm.put_policy("/apis/library", POLICY);
            arm.put(&format!("/gateways/{GATEWAY}/apis/library"), &json!({}));
        });
        let good = [
            "/v1/library/",
            "/v1/library/$metadata",
            "/v1/library/Books?$filter=Pages%20gt%20100%20and%20Authors/any(a:a/Name%20eq%20'O''Neil')&$top=3",
            "/v1/library/Books('1-2-3')/Authors?$select=Name&$orderby=Name%20desc&custom=x",
            "/v1/library/Books/$count",
        ];
        for target in good {
            let answer = chain.gateway.get(target, &[]);
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        }
        let sent: Vec<String> = origin.seen().iter().map(|seen| seen.target()).collect();
        let expected: Vec<String> = good.iter().map(|target| target.replace("/v1/library", "")).collect();
        assert_eq!(sent, expected);

        let option = |name: &str, position: usize, what: &str| {
            format!("Value of query parameter {name} is not valid at position {position}: {what}.")
        };
        for (target, details) in [
            ("/v1/library/Magazines", "Request's path is not valid at position 0: the service has no `Magazines`.".to_owned()),
            (
                "/v1/library/Authors('x')",
                "Request's path is not valid at position 0: a value of type Edm.Int32 is expected in the key, not Edm.String.".to_owned(),
            ),
            (
                "/v1/library/Books?$filter=Page%20gt%20100",
                option("$filter", 0, "the type Example.Library.Book has no property `Page`"),
            ),
            ("/v1/library/Books?$top=many", option("$top", 0, "a whole number expected, not `m`")),
            ("/v1/library/Books?$page=2", option("$page", 0, "it is no system query option")),
        ] {
            let answer = chain.gateway.get(target, &[]);
            assert_eq!((answer.status, answer.text()), (400, refusal(&details)), "{target}");
        }
        let answer = chain.gateway.get("/v1/library/Books", &[("OData-Version", "5.0")]);
        assert_eq!((answer.status, answer.text()), (400, refusal("OData version 5.0 is not allowed.")));
        let body = b"{\"ISBN\":\"1\",\"Pages\":100}";
        let answer = chain.gateway.client().request("POST", "/v1/library/Books", &[("Content-Type", "application/json")], body);
        let details = "Request's body is 24 bytes long and it exceeds the limit of 20 bytes.";
        assert_eq!((answer.status, answer.text()), (400, refusal(details)));
        assert_eq!(origin.seen().len(), good.len(), "what is refused is not sent");

        chain.arm().put("/apis/library/schemas/odata", &schema(&MODEL.replace("Name=\"Pages\"", "Name=\"Page\"")));
        wait::until("the new schema", || {
            (chain.gateway.get("/v1/library/Books?$filter=Page%20gt%20100", &[]).status == 200).then_some(())
        });
    }
}
