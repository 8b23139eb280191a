use std::sync::Arc;

use crate::contract::{Contract, Parameter, ResponseContract, Schema};
use crate::testing::{Expect, MemoryExchange, check};

const REFUSED: &str = "{ \"statusCode\": 502, \"message\": \"The request could not be processed due to an internal error. Contact the API owner.\" }";

/// The response 200 has `X-Count`, an integer that must be there.
fn counting(headers: &[(&str, &str)]) -> MemoryExchange {
    let count = Parameter { name: "X-Count".into(), required: true, schema: Arc::new(Schema::of_type("integer", &[])) };
    let contract = Contract {
        responses: vec![ResponseContract { status: 200, headers: vec![count], bodies: Vec::new() }],
        ..Contract::default()
    };
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    MemoryExchange {
        contract: Some(Arc::new(contract)),
        backend_response: (200, headers, b"b".to_vec()),
        ..MemoryExchange::get("/")
    }
}

#[test]
fn headers_of_the_response_conform_to_their_definition() {
    let all = "specified-header-action='prevent' unspecified-header-action='prevent'";
    for (attributes, children, headers, message) in [
        (all, "", &[("X-Count", "5"), ("Content-Length", "1")][..], None),
        (
            all,
            "",
            &[("x-count", "five")],
            Some(
                "Value of the header X-Count couldn't be parsed according to the definition. Could not convert string to integer: five.",
            ),
        ),
        (
            all,
            "",
            &[("X-Count", "1"), ("X-Count", "2")],
            Some("Response cannot contain multiple values for the header X-Count."),
        ),
        (all, "", &[], Some("Response does not contain the required header X-Count.")),
        (all, "", &[("X-Count", "1"), ("Server", "x")], Some("Unspecified header Server is not allowed.")),
        (all, "<header name='server' action='ignore'/>", &[("X-Count", "1"), ("Server", "x")], None),
        (all, "<header name='x-count' action='detect'/>", &[("X-Count", "x")], None),
        ("specified-header-action='ignore' unspecified-header-action='@(\"detect\")'", "", &[("Server", "x")], None),
    ] {
        let policy = format!(
            "<policies><outbound><validate-headers {attributes}>{children}</validate-headers></outbound></policies>"
        );
        let response = if message.is_some() { (502, REFUSED) } else { (200, "b") };
        let error = message.map(|message| ("Response not allowed", message));
        let expected = [Expect::Codes(&[]), Expect::Response(response.0, response.1), Expect::LastError(error)];
        check(&policy, counting(headers), &expected);
    }
}

#[test]
fn wrong_documents_are_refused() {
    for (policy, code) in [
        ("<validate-headers specified-header-action='prevent'/>", "attribute-missing"),
        ("<validate-headers specified-header-action='log' unspecified-header-action='ignore'/>", "value-invalid"),
    ] {
        let policy = format!("<policies><outbound>{policy}</outbound></policies>");
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
    }
}
