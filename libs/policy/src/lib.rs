//! The policy language of API Management: documents become flat programs, programs run on an [`Exchange`].
//!
//! Nothing here does I/O, knows a clock or a runtime. The way of a document: text → [`substitute_named_values`] → [`parse_document`] →
//! [`compile`] with the documents of the other scopes → [`Program`]. The way of a request: [`Run::enter`] a [`Section`],
//! [`Run::advance`], perform the [`Effect`] it asks for, [`Run::resume`].
#![forbid(unsafe_code)]

mod builder;
mod cached;
mod charset;
mod compile;
pub mod contract;
mod counted_quotas;
mod counter_key;
mod deferred;
mod definition;
mod diagnostic;
mod document;
mod effect;
mod exchange;
pub mod expression;
mod given;
mod graphql;
mod last_error;
mod late;
pub mod limits;
mod liquid;
mod llm;
mod named_values;
mod policies;
mod policy;
mod program;
mod reader;
mod response;
mod run;
mod section;
pub mod testing;
mod turn_length;
mod url;
mod variables;

pub use cached::{CacheHit, CacheItem, CachedResponse, CachedValue};
pub use compile::{Compiler, FragmentLookup, Scope, compile};
pub use diagnostic::{Diagnostic, Severity, has_errors, nearest};
pub use document::{
    Document, DocumentKind, Named, NamedKind, check_scope, expression_ranges, fragment_references, parse_document,
    unset_responses,
};
pub use effect::{
    Advance, ClientCertificate, CountRequest, CountResult, CountSome, Effect, Embedding, Encoding, Event,
    ForwardFailure, ForwardOptions, HttpProxy, HttpRequest, HttpResponse, Job, JobKind, KeysRequest, Lead, Limit,
    Nearest, Offload, Outcome, ProviderKeys, PutNearest, Quota, QuotaKind, QuotaRequest, QuotaResult, SendFailure,
    TokenBalance, TokenLimit, TokenRate, TokenRequest, TokenSpend, TokenTexts, TokensCounted,
};
pub use exchange::{
    ApiDetails, BackendTarget, DeploymentDetails, Exchange, ListedApi, Metric, MockExample, OperationDetails,
    ProductDetails, Revocation, Side, SubscriptionDetails, TraceEvent, TraceSeverity, UrlParts, UserDetails,
};
pub use graphql::{GraphqlApi, GraphqlField, Resolvers};
pub use last_error::LastError;
pub use llm::meter::Meter;
pub use named_values::{named_value_references, substitute_named_values};
pub use policies::DAPR_PORT;
pub use postern_dotnet::crypto::Certificate;
pub use program::{GlobalNeed, Program, ProgramTraits, SchemaNeeds};
pub use response::{write_error_body, write_internal_error_body};
pub use run::{Preflight, Run};
pub use section::{ScopeName, Section, Sections};
pub use variables::Variables;
