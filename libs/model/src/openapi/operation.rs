//! Paths and methods of the document turned into operations.

use std::collections::HashSet;

use super::error::{ImportError, Reason};
use super::import::{Import, cut};
use super::imported::{Dialect, ImportedOperation, Parameter, Request, Response};
use super::limits::{DESCRIPTION_CHARS_MAX, DISPLAY_NAME_CHARS_MAX, OPERATIONS_MAX, URL_TEMPLATE_CHARS_MAX};
use super::name::Names;
use super::parameter::{self, Declared, Place};
use super::reference::Node;
use super::{RequiredQuery, representation, template};

/// Fixed fields of a path item that are methods, in the order of the specification.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Every operation of `paths` and of Azure's `x-ms-paths` (paths told apart by their query).
pub(super) fn operations(import: &mut Import<'_>) -> Result<Vec<ImportedOperation>, ImportError> {
    let root = import.root.clone();
    let mut all = Collected::default();
    // OpenAPI 3.1 makes `paths` optional (a document may hold webhooks only).
    if root.member("paths").is_none() && import.dialect != Dialect::OpenApi31 {
        return Err(root.error(Reason::Missing { field: "paths" }));
    }
    for section in ["paths", "x-ms-paths"] {
        let Some(paths) = root.member(section) else { continue };
        for (path, item) in paths.entries()? {
            if path.starts_with("x-") {
                continue;
            }
            if !path.starts_with('/') {
                return Err(item.error(Reason::PathWithoutSlash));
            }
            path_item(import, &mut all, path, &item.resolved(root.value)?)?;
        }
    }
    Ok(all.operations)
}

#[derive(Default)]
struct Collected {
    operations: Vec<ImportedOperation>,
    names: Names,
    /// Method and template in lower case: matching ignores case, so two such operations would be one.
    matched: HashSet<String>,
}

fn path_item<'a>(import: &mut Import<'a>, all: &mut Collected, path: &str, item: &Node<'a>) -> Result<(), ImportError> {
    if item.member("servers").is_some() {
        import.warn(item.pointer.clone(), "servers of a path are not supported; the API's service URL is used");
    }
    for method in METHODS {
        let Some(node) = item.member(method) else { continue };
        if !node.value.is_object() {
            return Err(node.error(Reason::WrongType { expected: "an object" }));
        }
        let parameters = parameter::declared(import, item, &node)?;
        let (url_template, template_parameters, query) = url_template(import, path, &node, &parameters)?;
        let method = method.to_ascii_uppercase();
        if !all.matched.insert(format!("{method} {url_template}").to_lowercase()) {
            import.warn(node.pointer.clone(), format!("{method} {url_template} is defined twice; the first is used"));
            continue;
        }
        if all.operations.len() >= OPERATIONS_MAX {
            return Err(node.error(Reason::TooManyOperations { max: OPERATIONS_MAX }));
        }
        let mut operation = operation(import, &node, &parameters, &method)?;
        operation.request.query_parameters = query;
        let claimed = all.names.claim(node.text("operationId"), &method, &url_template);
        operation.name = claimed.ok_or_else(|| node.error(Reason::NoFreeName(operation.display_name.clone())))?;
        operation.url_template = url_template;
        operation.template_parameters = template_parameters;
        all.operations.push(operation);
    }
    Ok(())
}

/// Everything of an operation but its name and its URL.
fn operation<'a>(
    import: &mut Import<'a>,
    node: &Node<'a>,
    parameters: &[Declared<'a>],
    method: &str,
) -> Result<ImportedOperation, ImportError> {
    if node.member("servers").is_some() {
        import.warn(node.pointer.clone(), "servers of an operation are not supported; the API's service URL is used");
    }
    let text = |key: &str| node.text(key).map(str::trim).filter(|text| !text.is_empty());
    let path = || node.pointer.rsplit('/').nth(1).unwrap_or("").replace("~1", "/").replace("~0", "~");
    let display_name =
        text("summary").or(text("operationId")).map_or_else(|| format!("{method} {}", path()), str::to_owned);
    let tags = match node.member("tags") {
        Some(tags) => tags.elements()?.iter().filter_map(|tag| tag.value.as_str()).map(str::to_owned).collect(),
        None => Vec::new(),
    };
    Ok(ImportedOperation {
        name: String::new(),
        tags,
        display_name: cut(&display_name, DISPLAY_NAME_CHARS_MAX),
        method: method.to_owned(),
        url_template: String::new(),
        description: text("description").map(|text| cut(text, DESCRIPTION_CHARS_MAX)),
        template_parameters: Vec::new(),
        request: request(import, node, parameters, method)?,
        responses: responses(import, node)?,
    })
}

/// The URL template, its parameters in order of appearance, and the query parameters that stay outside it.
fn url_template<'a>(
    import: &mut Import<'a>,
    path: &str,
    node: &Node<'a>,
    parameters: &[Declared<'a>],
) -> Result<(String, Vec<Parameter>, Vec<Parameter>), ImportError> {
    let mut url_template = path.to_owned();
    let in_path: Vec<String> =
        template::placeholders(path).map_err(|reason| node.error(reason))?.into_iter().map(str::to_owned).collect();
    let mut query = Vec::new();
    for declared in parameters.iter().filter(|declared| declared.place == Place::Query) {
        let name = declared.name;
        if template::has_query(path, name) {
            continue;
        }
        let wanted = declared.is_required() && import.options.required_query == RequiredQuery::Template;
        if wanted && in_path.iter().any(|other| other == name) {
            import.warn(
                declared.node.pointer.clone(),
                format!("`{name}` is a path parameter too, so it cannot be part of the URL template"),
            );
        } else if wanted && !template::can_carry(name) {
            import.warn(
                declared.node.pointer.clone(),
                format!("`{name}` cannot be part of a URL template; it stays a query parameter"),
            );
        } else if wanted {
            template::add_query(&mut url_template, name);
            continue;
        }
        query.push(parameter::contract(import, declared)?);
    }
    let chars = url_template.chars().count();
    if chars > URL_TEMPLATE_CHARS_MAX {
        return Err(node.error(Reason::TemplateTooLong { chars, max: URL_TEMPLATE_CHARS_MAX }));
    }
    let template_parameters = template_parameters(import, &url_template, node, parameters)?;
    Ok((url_template, template_parameters, query))
}

fn template_parameters<'a>(
    import: &mut Import<'a>,
    url_template: &str,
    node: &Node<'a>,
    parameters: &[Declared<'a>],
) -> Result<Vec<Parameter>, ImportError> {
    let mut found = Vec::new();
    for name in template::placeholders(url_template).map_err(|reason| node.error(reason))? {
        let of = |place: Place| parameters.iter().find(|known| known.place == place && known.name == name);
        let mut contract = match of(Place::Path).or_else(|| of(Place::Query)) {
            Some(declared) => parameter::contract(import, declared)?,
            None => {
                import.warn(
                    node.pointer.clone(),
                    format!("`{name}` is in the path but not among the parameters; taken as text"),
                );
                Parameter { name: name.to_owned(), type_name: "string".to_owned(), ..Parameter::default() }
            }
        };
        contract.required = true;
        found.push(contract);
    }
    for declared in parameters.iter().filter(|declared| declared.place == Place::Path) {
        if !found.iter().any(|parameter| parameter.name == declared.name) {
            import.warn(declared.node.pointer.clone(), format!("`{}` is not in the path; left out", declared.name));
        }
    }
    Ok(found)
}

fn request<'a>(
    import: &mut Import<'a>,
    node: &Node<'a>,
    parameters: &[Declared<'a>],
    method: &str,
) -> Result<Request, ImportError> {
    let mut request = Request::default();
    for declared in parameters {
        match declared.place {
            Place::Header if import.is_swagger() || !is_described_elsewhere(declared.name) => {
                request.headers.push(parameter::contract(import, declared)?);
            }
            Place::Cookie => {
                import.warn(declared.node.pointer.clone(), "cookie parameters are not supported; left out");
            }
            Place::Body => request.description = declared.node.text("description").map(str::to_owned),
            Place::Header | Place::Path | Place::Query | Place::FormData => {}
        }
    }
    let body = match node.member("requestBody") {
        Some(body) if !import.is_swagger() => Some(body.resolved(import.root.value)?),
        _ => None,
    };
    if let Some(body) = &body {
        request.description = body.text("description").map(str::to_owned);
    }
    request.representations = match body {
        Some(body) => match body.member("content") {
            Some(content) => representation::from_content(import, &content)?,
            None => Vec::new(),
        },
        None if import.is_swagger() => representation::from_swagger_request(import, node, parameters)?,
        None => Vec::new(),
    };
    if matches!(method, "GET" | "HEAD" | "OPTIONS") && !request.representations.is_empty() {
        import.warn(node.pointer.clone(), format!("a {method} request has no body; its description was left out"));
        request.representations.clear();
        request.description = None;
    }
    Ok(request)
}

/// Headers that OpenAPI 3 describes by other means and says to ignore as parameters (3.0.3 §4.7.12.1).
fn is_described_elsewhere(name: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|header| header.eq_ignore_ascii_case(name))
}

fn responses<'a>(import: &mut Import<'a>, node: &Node<'a>) -> Result<Vec<Response>, ImportError> {
    let entries = match node.member("responses") {
        Some(responses) => responses.entries()?,
        None => return Ok(Vec::new()),
    };
    let codes: Vec<_> = entries.into_iter().filter(|(code, _)| !code.starts_with("x-")).collect();
    let alone = codes.len() == 1;
    let mut responses: Vec<Response> = Vec::new();
    // Exact codes first, so that a range never takes the place of one.
    let (exact, other): (Vec<_>, Vec<_>) = codes.into_iter().partition(|(code, _)| code.parse::<u16>().is_ok());
    for (code, entry) in exact.into_iter().chain(other) {
        let Some(status_code) = status_code(code, alone).map_err(|reason| entry.error(reason))? else { continue };
        if responses.iter().any(|known| known.status_code == status_code) {
            continue;
        }
        responses.push(response(import, node, &entry, status_code)?);
    }
    responses.sort_by_key(|response| response.status_code);
    Ok(responses)
}

/// ARM knows numbers only: a range stands for its first code, and `default` for 200 when it is all there is; else
/// `default` means every other code and has no number.
fn status_code(code: &str, alone: bool) -> Result<Option<u16>, Reason> {
    let bad = || Reason::BadStatusCode(code.to_owned());
    match code.as_bytes() {
        b"default" => Ok(alone.then_some(200)),
        [class @ b'1'..=b'5', b'X' | b'x', b'X' | b'x'] => Ok(Some(u16::from(class - b'0') * 100)),
        _ => {
            let number: u16 = code.parse().map_err(|_| bad())?;
            if (100..=599).contains(&number) { Ok(Some(number)) } else { Err(bad()) }
        }
    }
}

fn response<'a>(
    import: &mut Import<'a>,
    operation: &Node<'a>,
    entry: &Node<'a>,
    status_code: u16,
) -> Result<Response, ImportError> {
    let node = entry.resolved(import.root.value)?;
    let representations = if import.is_swagger() {
        representation::from_swagger_response(import, operation, &node)?
    } else {
        match node.member("content") {
            Some(content) => representation::from_content(import, &content)?,
            None => Vec::new(),
        }
    };
    let mut headers = Vec::new();
    if let Some(listed) = node.member("headers") {
        for (name, header) in listed.entries()? {
            headers.push(parameter::header(import, name, &header)?);
        }
    }
    let description = node.text("description").filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Response { status_code, description, representations, headers })
}
