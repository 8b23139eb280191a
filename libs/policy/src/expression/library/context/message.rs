//! `context.Request`, `context.Response`, and responses of requests that policies sent.

use std::rc::Rc;

use postern_dotnet::crypto::Certificate;

use super::response::{StoredBody, StoredHeaders, StoredResponse};
use super::{Library, Part, part, text, text_of};
use crate::exchange::Side;
use crate::expression::library::CertificateObject;
use crate::expression::value::Value;

/// What there is in Azure's own network only. Nothing ever is one, but code that asks for `?.Name` compiles.
fn declare_azure(library: &mut Library) {
    for (interface, members) in [
        (
            "interface Microsoft.Azure.ApiManagement.IPrivateEndpointConnection",
            &["string Name", "string GroupId", "string MemberName"][..],
        ),
        (
            "interface Microsoft.Azure.ApiManagement.IAzureVnetInfo",
            &["string VnetTrafficTag", "string SubnetId", "string PrivateLinkId", "string SnatVip"],
        ),
        ("interface Microsoft.Azure.ApiManagement.IFoundry", &["string Deployment"]),
    ] {
        let mut class = library.declare(interface);
        for member in members {
            class = class.getter(member, |_| Ok(Value::Null));
        }
    }
}

pub(super) fn declare(library: &mut Library) {
    declare_azure(library);
    library
        .declare("interface Microsoft.Azure.ApiManagement.IRequest")
        .getter("IMessageBody Body", |call| {
            Ok(if call.machine.host.exchange.has_body(Side::Request) {
                part(Part::Body(Side::Request))
            } else {
                Value::Null
            })
        })
        .getter("X509Certificate2 Certificate", |call| {
            let certificate = call.machine.host.exchange.client_certificate();
            let certificate = certificate.and_then(|der| Certificate::from_der(der).ok());
            Ok(certificate.map_or(Value::Null, |certificate| Value::object(CertificateObject(certificate))))
        })
        .getter("IReadOnlyDictionary<string, string[]> Headers", |_| Ok(part(Part::Headers(Side::Request))))
        .getter("string IpAddress", |call| {
            Ok(call.machine.host.exchange.caller_ip().map(|address| address.to_string()).into())
        })
        .getter("IReadOnlyDictionary<string, string> MatchedParameters", |_| Ok(part(Part::MatchedParameters)))
        .getter("string Method", |call| Ok(text_of(call.machine.host.exchange.method())))
        .getter("IUrl OriginalUrl", |_| Ok(part(Part::OriginalUrl)))
        .getter("IUrl Url", |_| Ok(part(Part::Url)))
        // Of Azure's own network only: null on any other gateway.
        .getter("IPrivateEndpointConnection PrivateEndpointConnection", |_| Ok(Value::Null))
        .getter("IAzureVnetInfo AzureVnetInfo", |_| Ok(Value::Null))
        .getter("IFoundry Foundry", |_| Ok(Value::Null));
    library
        .declare("interface Microsoft.Azure.ApiManagement.IResponse")
        .getter("IMessageBody Body", |call| match call.object::<StoredResponse>(0) {
            Some(response) => Ok(Value::object(StoredBody(response))),
            None => Ok(part(Part::Body(Side::Response))),
        })
        .getter("IReadOnlyDictionary<string, string[]> Headers", |call| match call.object::<StoredResponse>(0) {
            Some(response) => Ok(Value::object(StoredHeaders(response))),
            None => Ok(part(Part::Headers(Side::Response))),
        })
        .getter("int StatusCode", |call| {
            let stored = call.argument(0).downcast_ref::<StoredResponse>().map(|response| response.response.status);
            Ok(i32::from(stored.unwrap_or_else(|| call.machine.host.exchange.status())).into())
        })
        .getter("string StatusReason", |call| match call.object::<StoredResponse>(0) {
            Some(response) => Ok(text(&Rc::clone(&response).response.reason)),
            None => Ok(text(call.machine.host.exchange.reason())),
        });
}
