//! `context`, and the parts that say where a request stands: API, operation, product, subscription, user, deployment, last error.

use postern_dotnet::Text;
use postern_dotnet::date::{DateTime, DateTimeKind, TimeSpan};

use super::{Library, Part, context_type, part, text};
use crate::exchange::{ProductDetails, SubscriptionDetails, UserDetails};
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::last_error::LastError;

/// A member of a class that has one part only: `this` needs no look.
type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library.enumeration("Microsoft.Azure.ApiManagement.ProductState", &[("NotPublished", 0), ("Published", 1)]);
    library.enumeration(
        "Microsoft.Azure.ApiManagement.CarbonIntensityCategory",
        &[("NotAvailable", 0), ("VeryLow", 1), ("Low", 2), ("Medium", 3), ("High", 4), ("VeryHigh", 5)],
    );
    // Declared first: signatures name them.
    for interface in [
        "interface Microsoft.Azure.ApiManagement.IRequest",
        "interface Microsoft.Azure.ApiManagement.IResponse",
        "interface Microsoft.Azure.ApiManagement.IMessageBody",
        "interface Microsoft.Azure.ApiManagement.IUrl",
    ] {
        library.declare(interface);
    }
    declare_authorization(library);
    declare_context(library);
    super::apis::declare(library);
    declare_operation(library);
    declare_product(library);
    declare_subscription(library);
    declare_user(library);
    declare_deployment(library);
    declare_last_error(library);
}

/// What `get-authorization-context` leaves in its variable.
fn declare_authorization(library: &mut Library) {
    library
        .declare("sealed class Microsoft.Azure.ApiManagement.Authorization")
        .getter("string AccessToken", |call| Ok(Value::String(call.this::<Authorization>()?.access_token.clone())))
        // Nothing gives one yet.
        .getter("IReadOnlyDictionary<string, object> Claims", |_| Ok(Value::Null));
}

/// An `Authorization`: a token that the credential manager gave.
pub(crate) struct Authorization {
    pub(crate) access_token: Text,
}

impl crate::expression::object::Object for Authorization {
    fn of(&self) -> Type {
        context_type("Authorization")
    }

    fn as_any(self: std::rc::Rc<Self>) -> std::rc::Rc<dyn std::any::Any> {
        self
    }
}

fn declare_context(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IWorkspace")
        .getter("string Id", |_| Ok(Value::Null))
        .getter("string Name", |_| Ok(Value::Null));
    library
        .declare("interface Microsoft.Azure.ApiManagement.IBackend")
        .getter("string AzureRegion", |_| Ok(Value::Null))
        .getter("string Id", |_| Ok(Value::Null))
        .getter("string Type", |_| Ok(Value::Null));
    library
        .declare("interface Microsoft.Azure.ApiManagement.IContext")
        .getter("IApi Api", |_| Ok(part(Part::Api)))
        .getter("IDeployment Deployment", |_| Ok(part(Part::Deployment)))
        .getter("TimeSpan Elapsed", |call| Ok(elapsed(call).into()))
        .getter("IGraphQLDataContext GraphQL", |call| {
            Ok(part_if(Part::GraphQl, call.machine.host.exchange.graphql_field().is_some()))
        })
        .getter("ILastError LastError", |call| Ok(part_if(Part::LastError, call.machine.host.last_error.is_some())))
        .getter("IOperation Operation", |_| Ok(part(Part::Operation)))
        .getter("IProduct Product", |call| Ok(part_if(Part::Product, call.machine.host.exchange.product().is_some())))
        .getter("IRequest Request", |_| Ok(part(Part::Request)))
        .getter("Guid RequestId", |call| {
            let id = call.machine.host.exchange.request_id();
            Ok(super::super::guid::parse_value(id))
        })
        .getter("IResponse Response", |call| Ok(part_if(Part::Response, call.machine.host.exchange.has_response())))
        .getter("ISubscription Subscription", |call| {
            Ok(part_if(Part::Subscription, call.machine.host.exchange.subscription().is_some()))
        })
        .getter("DateTime Timestamp", |call| {
            let began = call.machine.host.exchange.unix_time();
            Ok(date_of(began.saturating_sub(call.machine.host.exchange.elapsed()).as_nanos()).into())
        })
        // A gateway of its own has no workspaces, and the backend is chosen after the policies.
        .getter("IWorkspace Workspace", |_| Ok(Value::Null))
        .getter("IBackend Backend", |_| Ok(Value::Null))
        .getter("bool Tracing", |call| Ok(call.machine.host.exchange.is_tracing().into()))
        .getter("IUser User", |call| Ok(part_if(Part::User, call.machine.host.exchange.user().is_some())))
        .getter("IReadOnlyDictionary<string, object> Variables", |_| Ok(part(Part::Variables)))
        .method("void Trace(string message)", |call| {
            let message = call.text(1).cloned().unwrap_or_default();
            call.machine.host.exchange.trace("expression", &message);
            Ok(Value::Null)
        });
}

fn part_if(of: Part, exists: bool) -> Value {
    if exists { part(of) } else { Value::Null }
}

fn elapsed(call: &Call<'_, '_>) -> TimeSpan {
    let ticks = call.machine.host.exchange.elapsed().as_nanos() / 100;
    TimeSpan::from_ticks(i64::try_from(ticks).unwrap_or(i64::MAX))
}

/// A time in UTC from nanoseconds since 1970; the end of the calendar if it is past it.
fn date_of(unix_ns: u128) -> DateTime {
    let ticks = i64::try_from(unix_ns / 100).unwrap_or(i64::MAX);
    let date = DateTime::UNIX_EPOCH.add_span(TimeSpan::from_ticks(ticks));
    date.unwrap_or(DateTime::MAX.with_kind(DateTimeKind::Utc))
}

fn date_or_null(unix_s: Option<i64>) -> Value {
    match unix_s.map(u128::try_from) {
        Some(Ok(seconds)) => date_of(seconds.saturating_mul(1_000_000_000)).into(),
        _ => Value::Null,
    }
}

fn declare_operation(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IOperation")
        .getter("string Id", |call| Ok(text(call.machine.host.exchange.operation_id())))
        .getter("string Method", |call| Ok(text(call.machine.host.exchange.operation().method)))
        .getter("string Name", |call| Ok(text(call.machine.host.exchange.operation_name())))
        .getter("string UrlTemplate", |call| Ok(text(call.machine.host.exchange.operation().url_template)));
}

/// A member of the product; the default if the request has none any more, which cannot be.
fn product(call: &Call<'_, '_>, get: impl FnOnce(ProductDetails<'_>) -> Value) -> Answer {
    Ok(call.machine.host.exchange.product().map_or(Value::Null, get))
}

fn declare_product(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IProduct")
        .getter("IEnumerable<IApi> Apis", |call| Ok(super::apis::of_product(&*call.machine.host.exchange)))
        .getter("bool ApprovalRequired", |call| product(call, |product| product.approval_required.into()))
        .getter("IEnumerable<IGroup> Groups", |call| product(call, |product| groups(product.groups)))
        .getter("string Id", |call| product(call, |product| text(product.id)))
        .getter("string Name", |call| product(call, |product| text(product.name)))
        .getter("ProductState State", |call| {
            product(call, |product| match context_type("ProductState") {
                Type::Class(class, _) => Value::object(EnumValue { class, value: product.is_published.into() }),
                _ => Value::Null,
            })
        })
        // The documentation has it in the singular, the policy toolkit in the plural.
        .getter("int? SubscriptionLimit", |call| product(call, subscriptions_limit))
        .getter("int? SubscriptionsLimit", |call| product(call, subscriptions_limit))
        .getter("bool SubscriptionRequired", |call| product(call, |product| product.subscription_required.into()));
}

fn subscriptions_limit(product: ProductDetails<'_>) -> Value {
    product.subscriptions_limit.and_then(|limit| i32::try_from(limit).ok()).into()
}

fn subscription(call: &Call<'_, '_>, get: impl FnOnce(SubscriptionDetails<'_>) -> Value) -> Answer {
    Ok(call.machine.host.exchange.subscription().map_or(Value::Null, get))
}

fn declare_subscription(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.ISubscription")
        .getter("DateTime CreatedDate", |call| {
            subscription(call, |subscription| date_or_null(Some(subscription.created_s.unwrap_or(0))))
        })
        .getter("DateTime? EndDate", |call| subscription(call, |subscription| date_or_null(subscription.end_s)))
        .getter("string Id", |call| subscription(call, |subscription| text(subscription.id)))
        .getter("string Key", |call| subscription(call, |subscription| text(subscription.key)))
        .getter("string Name", |call| subscription(call, |subscription| text(subscription.name)))
        .getter("string PrimaryKey", |call| subscription(call, |subscription| text(subscription.primary_key)))
        .getter("string SecondaryKey", |call| subscription(call, |subscription| text(subscription.secondary_key)))
        .getter("DateTime? StartDate", |call| subscription(call, |subscription| date_or_null(subscription.start_s)));
}

fn user(call: &Call<'_, '_>, get: impl FnOnce(UserDetails<'_>) -> Value) -> Answer {
    Ok(call.machine.host.exchange.user().map_or(Value::Null, get))
}

fn declare_user(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IUser")
        .getter("string Email", |call| user(call, |user| text(user.email)))
        .getter("string FirstName", |call| user(call, |user| text(user.first_name)))
        .getter("IEnumerable<IGroup> Groups", |call| user(call, |user| groups(user.groups)))
        .getter("string Id", |call| user(call, |user| text(user.id)))
        .getter("IEnumerable<IUserIdentity> Identities", |call| {
            user(call, |user| {
                let identities =
                    user.identities.iter().map(|(id, provider)| Value::object(Pair::identity(id, provider)));
                Value::object(Array::values(context_type("IUserIdentity"), identities.collect()))
            })
        })
        .getter("string LastName", |call| user(call, |user| text(user.last_name)))
        .getter("string Note", |call| {
            user(call, |user| if user.note.is_empty() { Value::Null } else { text(user.note) })
        })
        .getter("DateTime RegistrationDate", |call| {
            user(call, |user| date_or_null(Some(user.registration_s.unwrap_or(0))))
        });
    library
        .declare("interface Microsoft.Azure.ApiManagement.IGroup")
        .getter("string Id", |call| Ok(Value::String(call.this::<Pair>()?.id.clone())))
        .getter("string Name", |call| Ok(Value::String(call.this::<Pair>()?.other.clone())));
    library
        .declare("interface Microsoft.Azure.ApiManagement.IUserIdentity")
        .getter("string Id", |call| Ok(Value::String(call.this::<Pair>()?.id.clone())))
        .getter("string Provider", |call| Ok(Value::String(call.this::<Pair>()?.other.clone())));
}

fn groups(groups: &[(Box<str>, Box<str>)]) -> Value {
    let groups = groups.iter().map(|(id, name)| Value::object(Pair::group(id, name)));
    Value::object(Array::values(context_type("IGroup"), groups.collect()))
}

/// An `IGroup` or `IUserIdentity`.
struct Pair {
    class: &'static str,
    id: Text,
    other: Text,
}

impl Pair {
    fn group(id: &str, name: &str) -> Pair {
        Pair { class: "IGroup", id: id.into(), other: name.into() }
    }

    fn identity(id: &str, provider: &str) -> Pair {
        Pair { class: "IUserIdentity", id: id.into(), other: provider.into() }
    }
}

impl crate::expression::object::Object for Pair {
    fn of(&self) -> Type {
        context_type(self.class)
    }

    fn as_any(self: std::rc::Rc<Self>) -> std::rc::Rc<dyn std::any::Any> {
        self
    }
}

fn declare_deployment(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IDeployment")
        .getter("string GatewayId", |call| Ok(text(call.machine.host.exchange.deployment().gateway_id)))
        .getter("string Region", |call| Ok(text(call.machine.host.exchange.deployment().region)))
        .getter("string ServiceId", |call| Ok(text(call.machine.host.exchange.deployment().service_id)))
        .getter("string ServiceName", |call| Ok(text(call.machine.host.exchange.deployment().service_name)))
        .getter("IGateway Gateway", |_| Ok(part(Part::Gateway)))
        .getter("ISustainabilityInfo SustainabilityInfo", |_| Ok(part(Part::Sustainability)))
        .getter("IReadOnlyDictionary<string, X509Certificate2> Certificates", |_| Ok(part(Part::Certificates)));
    // A gateway of its own does not know what grid it runs on.
    library.declare("interface Microsoft.Azure.ApiManagement.ISustainabilityInfo").getter(
        "CarbonIntensityCategory CurrentCarbonIntensity",
        |_| {
            Ok(match context_type("CarbonIntensityCategory") {
                Type::Class(class, _) => Value::object(EnumValue { class, value: 0 }),
                _ => Value::Null,
            })
        },
    );
    library
        .declare("interface Microsoft.Azure.ApiManagement.IGateway")
        .getter("string Id", |call| Ok(text(call.machine.host.exchange.deployment().gateway_id)))
        .getter("string InstanceId", |call| Ok(text(call.machine.host.exchange.deployment().instance_id)))
        .getter("bool IsManaged", |_| Ok(false.into()));
}

fn last_error(call: &Call<'_, '_>, get: impl FnOnce(&LastError) -> Value) -> Answer {
    Ok(call.machine.host.last_error.map_or(Value::Null, get))
}

fn declare_last_error(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.ILastError")
        .getter("string Source", |call| last_error(call, |error| text(&error.source)))
        .getter("string Reason", |call| last_error(call, |error| text(&error.reason)))
        .getter("string Message", |call| last_error(call, |error| text(&error.message)))
        .getter("string Scope", |call| {
            last_error(call, |error| error.scope.map(|scope| Text::new(scope.as_str())).into())
        })
        .getter("string Section", |call| {
            last_error(call, |error| error.section.map(|section| Text::new(section.as_str())).into())
        })
        .getter("string Path", |call| last_error(call, |error| error.path.as_deref().map(Text::new).into()))
        .getter("string PolicyId", |call| last_error(call, |error| error.policy_id.as_deref().map(Text::new).into()))
        .getter("int HttpErrorCode", |call| {
            let status = call.machine.host.exchange.status();
            Ok(i32::from(status).into())
        });
}
