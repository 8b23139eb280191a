//! `IApi` and `ISubscriptionKeyParameterNames`: of the API of the request, and of those in its product.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Text;

use super::super::Library;
use super::{Part, context_type, part, text};
use crate::exchange::{ApiDetails, Exchange, ListedApi};
use crate::expression::array::Array;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IApi")
        .getter("string Id", |call| Ok(api(call, |api| text(api.id))))
        .getter("string Name", |call| Ok(api(call, |api| text(api.name))))
        .getter("string Path", |call| Ok(api(call, |api| text(api.details.path))))
        .getter("IEnumerable<string> Protocols", |call| {
            Ok(api(call, |api| Value::object(Array::texts(api.protocols.iter().map(Text::new)))))
        })
        .getter("IUrl ServiceUrl", |call| Ok(api(call, |api| super::url::parsed(&Text::new(api.details.service_url)))))
        .getter("ISubscriptionKeyParameterNames SubscriptionKeyParameterNames", |call| {
            Ok(match call.argument(0).downcast_ref::<Listed>() {
                Some(api) => {
                    Value::object(KeyNames { header: (&*api.key_header).into(), query: (&*api.key_query).into() })
                }
                None => part(Part::KeyNames),
            })
        })
        .getter("bool IsCurrentRevision", |call| Ok(api(call, |api| api.details.is_current_revision.into())))
        .getter("string Revision", |call| Ok(api(call, |api| text(api.details.revision))))
        .getter("string Version", |call| {
            Ok(api(call, |api| match api.details.version {
                "" => Value::Null,
                version => text(version),
            }))
        });
    library
        .declare("interface Microsoft.Azure.ApiManagement.ISubscriptionKeyParameterNames")
        .getter("string Header", |call| {
            Ok(match call.argument(0).downcast_ref::<KeyNames>() {
                Some(names) => Value::String(names.header.clone()),
                None => text(call.machine.host.exchange.api().key_header),
            })
        })
        .getter("string Query", |call| {
            Ok(match call.argument(0).downcast_ref::<KeyNames>() {
                Some(names) => Value::String(names.query.clone()),
                None => text(call.machine.host.exchange.api().key_query),
            })
        });
}

/// A member of the API that `this` is: one of a product, else that of the request.
fn api(call: &Call<'_, '_>, get: impl FnOnce(ListedApi<'_>) -> Value) -> Value {
    if let Some(listed) = call.argument(0).downcast_ref::<Listed>() {
        return get(listed.view());
    }
    let exchange = &call.machine.host.exchange;
    get(ListedApi {
        id: exchange.api_id(),
        name: exchange.api_name(),
        details: exchange.api(),
        protocols: exchange.api_protocols(),
    })
}

/// `IProduct.Apis`.
pub(super) fn of_product(exchange: &dyn Exchange) -> Value {
    let mut apis = Vec::new();
    exchange.product_apis(&mut |api| apis.push(Value::object(Listed::from(api))));
    Value::object(Array::values(context_type("IApi"), apis))
}

/// An API that is not that of the request.
struct Listed {
    id: Box<str>,
    name: Box<str>,
    path: Box<str>,
    version: Box<str>,
    revision: Box<str>,
    is_current_revision: bool,
    service_url: Box<str>,
    key_header: Box<str>,
    key_query: Box<str>,
    protocols: Box<[Box<str>]>,
}

impl From<ListedApi<'_>> for Listed {
    fn from(api: ListedApi<'_>) -> Self {
        let ApiDetails { path, version, revision, is_current_revision, service_url, key_header, key_query } =
            api.details;
        Self {
            id: api.id.into(),
            name: api.name.into(),
            path: path.into(),
            version: version.into(),
            revision: revision.into(),
            is_current_revision,
            service_url: service_url.into(),
            key_header: key_header.into(),
            key_query: key_query.into(),
            protocols: api.protocols.into(),
        }
    }
}

impl Listed {
    fn view(&self) -> ListedApi<'_> {
        let details = ApiDetails {
            path: &self.path,
            version: &self.version,
            revision: &self.revision,
            is_current_revision: self.is_current_revision,
            service_url: &self.service_url,
            key_header: &self.key_header,
            key_query: &self.key_query,
        };
        ListedApi { id: &self.id, name: &self.name, details, protocols: &self.protocols }
    }
}

impl Object for Listed {
    fn of(&self) -> Type {
        context_type("IApi")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

struct KeyNames {
    header: Text,
    query: Text,
}

impl Object for KeyNames {
    fn of(&self) -> Type {
        context_type("ISubscriptionKeyParameterNames")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
