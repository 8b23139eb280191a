//! Execution of a query whose fields are resolved by somebody else: it says which fields it needs, is given their results, and in the end
//! writes the answer.
//!
//! The algorithm of the specification is run from the start for each round, over the results there are; a field without one asks for it and is
//! left out of that round. So all fields that can be resolved at the same time are asked for together, and nothing here waits. A mutation's
//! root fields are asked for one after another, as the specification wants it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use apollo_compiler::executable::Operation;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::{Execution as Rounds, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{GraphQLError, JsonMap, JsonValue, ResponseDataPathSegment};
use apollo_compiler::schema::Type;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name};
use serde::Serialize;

use crate::coerce;
use crate::error::GraphqlError;
use crate::limits;
use crate::query::Query;
use crate::request::Request;
use crate::schema::Schema;

/// A query under way.
#[derive(Debug)]
pub struct Execution {
    document: Valid<ExecutableDocument>,
    operation_name: Option<String>,
    variables: Valid<JsonMap>,
    /// Results by the path of their field in the answer.
    results: HashMap<String, Result<JsonValue, String>>,
    result_bytes: usize,
}

/// What an execution wants.
#[derive(Debug)]
pub enum Progress {
    /// Results of these fields, each to be given by [`Execution::answer`]; at least one.
    Resolve(Vec<Resolve>),
    /// Nothing any more: the answer as JSON.
    Done(Vec<u8>),
}

/// A field to be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// Where it stands in the answer.
    pub path: String,
    /// The object type it is a field of.
    pub type_name: String,
    /// Its name.
    pub field: String,
    /// Its arguments, a JSON object.
    pub arguments: String,
    /// The object it is a field of, as JSON; `null` for an operation.
    pub parent: String,
}

impl Execution {
    /// Begins a query that has been checked against the schema.
    ///
    /// # Errors
    /// The query does not agree with the schema, variables are missing or wrong, or it is a subscription.
    pub fn new(schema: &Schema, query: &Query, request: &Request) -> Result<Execution, Vec<GraphqlError>> {
        let checked = query.document.to_executable_validate(&schema.inner);
        let document = checked.map_err(|found| GraphqlError::list(&found.errors))?;
        let operation_name = request.operation_name.clone();
        let operation = match document.operations.get(operation_name.as_deref()) {
            Ok(operation) => operation,
            Err(error) => return Err(vec![error.to_graphql_error(&document.sources).into()]),
        };
        if operation.is_subscription() {
            return Err(vec![GraphqlError::new("Subscriptions are not supported.")]);
        }
        let variables = coerce_variable_values(&schema.inner, operation, &request.variables)
            .map_err(|error| vec![error.to_graphql_error(&document.sources).into()])?;
        apollo_compiler::introspection::check_max_depth(&document, operation)
            .map_err(|error| vec![error.to_graphql_error(&document.sources).into()])?;
        Ok(Execution { document, operation_name, variables, results: HashMap::new(), result_bytes: 0 })
    }

    /// Goes as far as the results there are allow. `has_resolver` says for which fields of which types somebody answers; others are properties
    /// of the object they are fields of.
    pub fn advance(&mut self, schema: &Schema, has_resolver: &dyn Fn(&str, &str) -> bool) -> Progress {
        let Ok(operation) = self.document.operations.get(self.operation_name.as_deref()) else {
            return Progress::Done(Vec::new());
        };
        let round = Round {
            results: &self.results,
            has_resolver,
            is_mutation: operation.is_mutation(),
            wanted: RefCell::default(),
            failed: RefCell::default(),
            values: Cell::new(0),
            is_over: Cell::new(false),
        };
        let answer = self.run(schema, operation, &round);
        let wanted = round.wanted.into_inner();
        if wanted.is_empty() { Progress::Done(answer) } else { Progress::Resolve(wanted) }
    }

    /// Gives the result of a field: JSON, or why there is none.
    pub fn answer(&mut self, path: String, result: Result<&[u8], String>) {
        let result = result.and_then(|body| {
            self.result_bytes = self.result_bytes.saturating_add(body.len());
            if self.result_bytes > limits::RESULTS_BYTES_MAX {
                return Err("The results of the resolvers are too long.".to_owned());
            }
            Ok(read(body))
        });
        self.results.insert(path, result);
    }

    fn run(&self, schema: &Schema, operation: &Operation, round: &Round<'_>) -> Vec<u8> {
        #[derive(Serialize)]
        struct Answer<'a> {
            data: Option<&'a JsonMap>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [GraphQLError],
        }
        let root = Node {
            type_name: operation.object_type().to_string(),
            value: &JsonValue::Null,
            path: String::new(),
            round,
        };
        let execution = Rounds::new(&schema.inner, &self.document)
            .implementers_map(&schema.implementers)
            .operation(operation)
            .coerced_variable_values(&self.variables)
            .enable_schema_introspection(true);
        match execution.execute_sync(&root) {
            // An unfinished answer is thrown away.
            Ok(_) if !round.wanted.borrow().is_empty() => Vec::new(),
            Ok(mut answer) => {
                answer.errors.extend(round.failed.borrow_mut().drain(..).map(|failed| failed.error(&self.document)));
                answer.errors.truncate(limits::ERRORS_MAX);
                for error in &mut answer.errors {
                    if let Some(message) = error.message.strip_prefix("resolver error: ") {
                        error.message = message.to_owned();
                    }
                }
                let answer = Answer { data: answer.data.as_ref(), errors: &answer.errors };
                serde_json::to_vec(&answer).unwrap_or_default()
            }
            Err(error) => {
                let error = GraphqlError::from(error.to_graphql_error(&self.document.sources));
                crate::error::errors_json(&[error]).into_bytes()
            }
        }
    }
}

/// A result as JSON; what is none is a text, and nothing at all is null.
fn read(body: &[u8]) -> JsonValue {
    if body.trim_ascii().is_empty() {
        return JsonValue::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| JsonValue::from(String::from_utf8_lossy(body).into_owned()))
}

/// One way through the query.
struct Round<'r> {
    results: &'r HashMap<String, Result<JsonValue, String>>,
    has_resolver: &'r dyn Fn(&str, &str) -> bool,
    is_mutation: bool,
    wanted: RefCell<Vec<Resolve>>,
    /// Elements of lists that are null because of an error: the engine would make the whole list null, whatever its elements may be.
    failed: RefCell<Vec<FailedElement>>,
    /// Fields and elements looked at.
    values: Cell<usize>,
    /// A limit has been reached.
    is_over: Cell<bool>,
}

impl<'r> Round<'r> {
    fn charge(&self, count: usize) -> Result<(), FieldError> {
        let values = self.values.get().saturating_add(count);
        self.values.set(values);
        if values > limits::VALUES_MAX || self.is_over.get() {
            self.is_over.set(true);
            return Err(error("The answer is too large."));
        }
        Ok(())
    }

    /// Asks for a field. An error: there have been too many.
    fn want(&self, info: &ResolveInfo<'_>, node: &Node<'_>, path: String) -> Result<(), FieldError> {
        let mut wanted = self.wanted.borrow_mut();
        if self.results.len() + wanted.len() >= limits::RESOLUTIONS_MAX {
            return Err(error("The query needs too many calls of resolvers."));
        }
        wanted.push(Resolve {
            path,
            type_name: node.type_name.clone(),
            field: info.field_name().to_owned(),
            arguments: serde_json::to_string(info.arguments()).unwrap_or_default(),
            parent: serde_json::to_string(node.value).unwrap_or_default(),
        });
        Ok(())
    }

    /// An element that may be null is null alone (specification, section 6.4.4); any other takes the list with it.
    fn failed<'a>(
        &self,
        info: &ResolveInfo<'_>,
        ty: &Type,
        path: String,
        error: FieldError,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        if ty.is_non_null() || self.is_over.get() {
            return Err(error);
        }
        let mut failed = self.failed.borrow_mut();
        if failed.len() < limits::ERRORS_MAX {
            let place = info.field_selections().first().and_then(|field| field.name.location());
            failed.push(FailedElement { message: error.message, path, place });
        }
        Ok(ResolvedValue::null())
    }

    /// A value of a type: objects become nodes, lists lists of such.
    fn resolved<'a>(
        &'a self,
        info: &ResolveInfo<'_>,
        ty: &Type,
        value: &'a JsonValue,
        path: String,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        self.charge(1)?;
        if value.is_null() {
            return Ok(ResolvedValue::null());
        }
        if let Type::List(inner) | Type::NonNullList(inner) = ty {
            let JsonValue::Array(elements) = value else {
                return Err(error("The resolver gave no list."));
            };
            self.charge(elements.len())?;
            let made: Vec<_> = elements
                .iter()
                .enumerate()
                .map(|(index, element)| {
                    let made = self.resolved(info, inner, element, format!("{path}/{index}"));
                    made.or_else(|error| self.failed(info, inner, format!("{path}/{index}"), error))
                })
                .collect();
            return Ok(ResolvedValue::List(Box::new(made.into_iter())));
        }
        let type_name = ty.inner_named_type();
        let schema = info.schema();
        let is_object = schema.get_object(type_name).is_some();
        if !is_object && schema.get_interface(type_name).is_none() && schema.get_union(type_name).is_none() {
            return Ok(ResolvedValue::leaf(coerce::leaf(value, type_name)));
        }
        let JsonValue::Object(members) = value else {
            return Err(error("The resolver gave no object."));
        };
        let concrete = match members.get("__typename").and_then(JsonValue::as_str) {
            Some(name) if !is_object => name.to_owned(),
            None if !is_object => return Err(error("The resolver gave an object without \"__typename\".")),
            _ => type_name.to_string(),
        };
        Ok(ResolvedValue::object(Node { type_name: concrete, value, path, round: self }))
    }
}

/// An element that is null because of an error.
struct FailedElement {
    message: String,
    path: String,
    place: Option<SourceSpan>,
}

impl FailedElement {
    fn error(self, document: &ExecutableDocument) -> GraphQLError {
        let mut error = GraphQLError::new(self.message, self.place, &document.sources);
        // Names do not begin with digits.
        let segment = |segment: &str| match segment.parse() {
            Ok(index) => Some(ResponseDataPathSegment::ListIndex(index)),
            Err(_) => Name::new(segment).ok().map(ResponseDataPathSegment::Field),
        };
        error.path = self.path.split('/').filter_map(segment).collect();
        error
    }
}

fn error(message: &str) -> FieldError {
    FieldError { message: message.to_owned() }
}

/// An object of the answer.
struct Node<'r> {
    type_name: String,
    value: &'r JsonValue,
    path: String,
    round: &'r Round<'r>,
}

impl ObjectValue for Node<'_> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let round = self.round;
        round.charge(1)?;
        let Some(selection) = info.field_selections().first() else { return Ok(ResolvedValue::null()) };
        let path = format!("{}/{}", self.path, selection.response_key());
        let ty = &info.field_definition().ty;
        if !(round.has_resolver)(&self.type_name, info.field_name()) {
            let property = self.value.as_object().and_then(|members| members.get(info.field_name()));
            return round.resolved(info, ty, property.unwrap_or(&JsonValue::Null), path);
        }
        match round.results.get(&path) {
            Some(Ok(value)) => round.resolved(info, ty, value, path),
            Some(Err(message)) => Err(error(message)),
            // The field before this one of a mutation has not ended.
            None if round.is_mutation && self.path.is_empty() && !round.wanted.borrow().is_empty() => {
                Ok(ResolvedValue::SkipForPartialExecution)
            }
            None => round.want(info, self, path).map(|()| ResolvedValue::SkipForPartialExecution),
        }
    }
}

#[cfg(test)]
mod tests;
