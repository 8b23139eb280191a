//! Every member of `context` and every extension method that the fact base names (apim.md sections 3.3 and 3.4): it compiles, and its value
//! is what `tests/csharp/context.json` describes; with `context-bare.json` the parts that may be missing are null.

use super::described::Described;
use super::{Answer, answer, file};
use crate::expression::Form;

/// A token without signature: {"alg":"none","typ":"JWT"}, {"iss":"i","sub":"s","aud":["a","b"],"jti":"7","exp":1714566705,"role":["r","q"]}
const TOKEN: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6WyJhIiwiYiJdLCJqdGkiOiI3IiwiZXhwIjoxNzE0NTY2NzA1LCJyb2xlIjpbInIiLCJxIl19.";

/// Line of the facts, code, and its value as `"" + value` writes it.
const MEMBERS: &[(u32, &str, &str)] = &[
    (669, "context.Elapsed.TotalMilliseconds", "42"),
    (669, "context.RequestId", "0f8fad5b-d9cb-469f-a165-70867728950e"),
    (669, "context.Timestamp.ToString(\"o\")", "2024-05-06T07:08:09.1234567Z"),
    (669, "context.Tracing", "False"),
    (669, "context.Variables.Count > 0", "True"),
    (669, "context.Workspace == null", "True"),
    (669, "context.Workspace?.Id", ""),
    (669, "context.GraphQL == null", "True"),
    (669, "context.Backend == null", "True"),
    (670, "context.Api.Id", "orders-api"),
    (670, "context.Api.IsCurrentRevision", "True"),
    (670, "context.Api.Name", "Orders API"),
    (670, "context.Api.Path", "orders/v1"),
    (670, "context.Api.Revision", "3"),
    (670, "context.Api.ServiceUrl.Host", "backend.example.com"),
    (670, "context.Api.Version", "v1"),
    (670, "string.Join(\",\", context.Api.Protocols)", "https"),
    (670, "context.Api.SubscriptionKeyParameterNames.Header", "Ocp-Apim-Subscription-Key"),
    (670, "context.Api.SubscriptionKeyParameterNames.Query", "subscription-key"),
    (671, "context.Deployment.GatewayId", "gw-1"),
    (671, "context.Deployment.Region", "West Europe"),
    (671, "context.Deployment.ServiceId", "contoso"),
    (671, "context.Deployment.ServiceName", "contoso.azure-api.net"),
    (671, "context.Deployment.Certificates[\"signing\"].HasPrivateKey", "True"),
    (671, "context.Deployment.Certificates.ContainsKey(\"SIGNING\")", "True"),
    (671, "context.Deployment.Gateway.Id", "gw-1"),
    (671, "context.Deployment.Gateway.InstanceId", "inst-1"),
    (671, "context.Deployment.Gateway.IsManaged", "False"),
    (671, "context.Deployment.SustainabilityInfo.CurrentCarbonIntensity", "NotAvailable"),
    (671, "context.Deployment.SustainabilityInfo.CurrentCarbonIntensity >= CarbonIntensityCategory.High", "False"),
    (671, "context.Backend?.AzureRegion + context.Backend?.Type", ""),
    (672, "context.LastError.Source", "validate-jwt"),
    (672, "context.LastError.Reason", "TokenExpired"),
    (672, "context.LastError.Message", "JWT Validation Failed: IDX10223."),
    (672, "context.LastError.Scope", "api"),
    (672, "context.LastError.Section", "inbound"),
    (672, "context.LastError.Path", "choose[1]/when[1]"),
    (672, "context.LastError.PolicyId", "jwt-policy"),
    (672, "context.LastError.HttpErrorCode", "429"),
    (673, "context.Operation.Id", "create-order"),
    (673, "context.Operation.Method", "POST"),
    (673, "context.Operation.Name", "Create order"),
    (673, "context.Operation.UrlTemplate", "/orders/{deployment-id}/items"),
    (674, "context.Product.Apis.Count()", "1"),
    (674, "context.Product.ApprovalRequired", "False"),
    (674, "context.Product.Groups.First().Id + context.Product.Groups.First().Name", "developersDevelopers"),
    (674, "context.Product.Id", "starter"),
    (674, "context.Product.Name", "Starter"),
    (674, "context.Product.State", "Published"),
    (674, "context.Product.State == ProductState.NotPublished", "False"),
    (674, "context.Product.SubscriptionLimit", "1"),
    (674, "context.Product.SubscriptionsLimit", "1"),
    (674, "context.Product.SubscriptionRequired", "True"),
    (675, "context.Request.Body != null", "True"),
    (675, "context.Request.Certificate.Subject.Contains(\"signing.example.com\")", "True"),
    (683, "context.Request.Headers.ContainsKey(\"hOST\")", "True"),
    (675, "context.Request.IpAddress", "10.0.0.7"),
    (675, "context.Request.MatchedParameters[\"deployment-id\"]", "gpt-4o"),
    (675, "context.Request.Method", "POST"),
    (675, "context.Request.OriginalUrl.Host", "gw.example.com"),
    (675, "context.Request.Url.Host", "backend.example.com"),
    (675, "context.Request.PrivateEndpointConnection?.Name", ""),
    (675, "context.Request.PrivateEndpointConnection?.GroupId", ""),
    (675, "context.Request.PrivateEndpointConnection?.MemberName", ""),
    (675, "context.Request.AzureVnetInfo?.VnetTrafficTag", ""),
    (675, "context.Request.AzureVnetInfo?.SubnetId", ""),
    (675, "context.Request.AzureVnetInfo?.PrivateLinkId", ""),
    (675, "context.Request.AzureVnetInfo?.SnatVip", ""),
    (675, "context.Request.Foundry?.Deployment", ""),
    (676, "context.Response.Body.As<string>(true).Length > 0", "True"),
    (676, "context.Response.Headers[\"retry-after\"][0]", "17"),
    (676, "context.Response.StatusCode", "429"),
    (676, "context.Response.StatusReason", "Too Many Requests"),
    (677, "context.Subscription.CreatedDate.ToString(\"s\")", "2023-01-02T03:04:05"),
    (677, "context.Subscription.EndDate == null", "True"),
    (677, "context.Subscription.Id", "sub-1"),
    (677, "context.Subscription.Key", "key-123"),
    (677, "context.Subscription.Name", "Ada's subscription"),
    (677, "context.Subscription.PrimaryKey", "key-123"),
    (677, "context.Subscription.SecondaryKey", "key-456"),
    (677, "context.Subscription.StartDate.Value.ToString(\"s\")", "2023-01-02T00:00:00"),
    (678, "context.User.Email", "ada@example.com"),
    (678, "context.User.FirstName", "Ada"),
    (678, "string.Join(\",\", context.User.Groups.Select(g => g.Name))", "Developers,Beta testers"),
    (678, "context.User.Id", "user-1"),
    (678, "context.User.Identities.Single().Id + context.User.Identities.Single().Provider", "ada@example.comBasic"),
    (678, "context.User.LastName", "Lovelace"),
    (678, "context.User.Note == null", "True"),
    (678, "context.User.RegistrationDate.ToString(\"s\")", "2022-02-03T04:05:06"),
    (679, "context.Request.Url.Path", "/orders/v1/orders/gpt-4o/items"),
    (679, "context.Request.Url.Port", "8443"),
    (679, "context.Request.OriginalUrl.Port", "443"),
    (679, "context.Request.Url.Query[\"multi\"].Length", "2"),
    (679, "context.Request.Url.QueryString", "?client_id=client%201&state=st-1&multi=a&multi=b&empty="),
    (679, "context.Request.Url.Scheme", "https"),
    (680, "context.Response.Body.As<byte[]>(true).Length > 0", "True"),
    (680, "context.Response.Body.As<JObject>(true)[\"model\"]", "gpt-4o"),
    (680, "context.Response.Body.As<JToken>(true)[\"model\"]", "gpt-4o"),
    (680, "context.Response.Body.AsJToken(true)[\"model\"]", "gpt-4o"),
    (680, "context.Response.Body.AsJObject(preserveContent: true)[\"model\"]", "gpt-4o"),
    (680, "context.Response.Body.AsJObject(true, new JsonSerializerSettings())[\"model\"]", "gpt-4o"),
    (686, "context.Request.Url.Query.GetValueOrDefault(\"multi\", \"\")", "a,b"),
    (686, "context.Request.Url.Query.GetValueOrDefault(\"none\", \"d\")", "d"),
    // A document in production (a feature flag filter of a public payment service) reads its flags so.
    (
        686,
        "JsonConvert.DeserializeObject<IDictionary<string, string>>(\"{\\\"a\\\":\\\"1\\\"}\").GetValueOrDefault(\"a\", \"\")",
        "1",
    ),
    (686, "((IDictionary<string, int>)new Dictionary<string, int>()).GetValueOrDefault(\"a\")", "0"),
    (686, "((IDictionary<string, int>)new Dictionary<string, int>()).GetValueOrDefault(\"a\", 7)", "7"),
    (686, "new Dictionary<string, int>().GetValueOrDefault(\"a\", 7)", "7"),
    // Known answers are warnings (CS0184).
    (
        686,
        "(1 is string) + \" \" + (\"a\" is int) + \" \" + (1 is int?) + \" \" + ((object)2 is int?)",
        "False False True True",
    ),
    (686, "context.Request.Headers.GetValueOrDefault(\"X-None\", \"d\")", "d"),
    (686, "context.Variables.GetValueOrDefault<string>(\"token\")", "tok-token"),
    (686, "context.Variables.GetValueOrDefault<int>(\"none\", 7)", "7"),
    (686, "context.Variables.GetValueOrDefault<int>(\"none\")", "0"),
    (
        687,
        "\"Basic dTpw\".AsBasic().UserId + \"Basic dTpw\".AsBasic().Username + \"Basic dTpw\".AsBasic().Password",
        "uup",
    ),
    (687, "\"no\".AsBasic() == null", "True"),
    (688, "\"no\".AsJwt() == null", "True"),
    (688, "\"TOKEN\".AsJwt().Algorithm", "none"),
    (688, "string.Join(\",\", \"TOKEN\".AsJwt().Audiences)", "a,b"),
    (688, "\"TOKEN\".AsJwt().Claims[\"role\"].Length", "2"),
    (686, "\"TOKEN\".AsJwt().Claims.GetValueOrDefault(\"role\", \"\")", "r,q"),
    (688, "\"TOKEN\".AsJwt().ExpirationTime.Value.ToString(\"s\")", "2024-05-01T12:31:45"),
    (688, "\"TOKEN\".AsJwt().Id", "7"),
    (688, "\"TOKEN\".AsJwt().Issuer", "i"),
    (688, "\"TOKEN\".AsJwt().IssuedAt == null", "True"),
    (688, "\"TOKEN\".AsJwt().NotBefore == null", "True"),
    (688, "\"TOKEN\".AsJwt().Subject", "s"),
    (688, "\"TOKEN\".AsJwt().Type", "JWT"),
    (
        689,
        "new Dictionary<string, IList<string>> { { \"a b\", new[] { \"1\", \"&\" } } }.ToFormUrlEncodedContent()",
        "a+b=1&a+b=%26",
    ),
    (
        689,
        "new Dictionary<string, IList<string>> { { \"a\", new[] { \"1\" } }, { \"b\", new[] { \"2\" } } }.ToQueryString().Contains(\"a=1&b=2\")",
        "True",
    ),
    (
        689,
        "Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(\"hello\").Encrypt(\"Aes\", new byte[16], new byte[16]).Decrypt(\"Aes\", new byte[16], new byte[16]))",
        "hello",
    ),
    (689, "context.Deployment.Certificates[\"signing\"].VerifyNoRevocation()", "False"),
    (690, "context.Response.Body.As<JObject>(true).SelectToken(\"usage.total_tokens\")", "33"),
    (690, "(string)context.Response.Body.As<JObject>(true)[\"model\"]", "gpt-4o"),
];

/// What is null without product, subscription, user, error and response.
const ABSENT: &[(u32, &str)] = &[
    (683, "context.User"),
    (683, "context.Product"),
    (683, "context.Subscription"),
    (672, "context.LastError"),
    (676, "context.Response"),
    (675, "context.Request.Body"),
    (675, "context.Request.Certificate"),
];

#[test]
fn every_member_of_the_facts_has_the_value_described() {
    let described = Described::read(&file("context.json"));
    let mut problems = Vec::new();
    for (line, code, expected) in MEMBERS {
        let code = format!("\"\" + ({})", code.replace("TOKEN", TOKEN));
        let quoted = format!("\"{expected}\"");
        match answer(&code, Form::Expression, &described) {
            Answer::Value(_, text) if text == *expected || text == quoted => {}
            other => problems.push(format!("line {line}: {code}: {}", other.shown())),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_a_request_does_not_have_is_null() {
    let described = Described::read(&file("context-bare.json"));
    for (line, code) in ABSENT {
        match answer(&format!("{code} == null"), Form::Expression, &described) {
            Answer::Value(_, text) => assert_eq!(text.to_lowercase(), "true", "line {line}: {code}"),
            other => panic!("line {line}: {code}: {}", other.shown()),
        }
    }
}

#[test]
fn wrong_types_of_variables_are_errors() {
    let described = Described::read(&file("context.json"));
    let code = "context.Variables.GetValueOrDefault<int>(\"token\")";
    assert!(
        matches!(answer(code, Form::Expression, &described), Answer::Exception(class, _) if class.ends_with("InvalidCastException"))
    );
    let code = "BasicAuthCredentials basic; Jwt jwt; return \"Basic dTpw\".TryParseBasic(out basic) && basic.UserId == \"u\" \
                && !\"no\".TryParseBasic(out basic) && basic == null && !\"no\".TryParseJwt(out jwt) && jwt == null;";
    let shown = answer(code, Form::Statements, &described).shown();
    assert!(shown.to_lowercase().ends_with("true"), "{shown}");
}
