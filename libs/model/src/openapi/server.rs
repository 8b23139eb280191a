//! Servers of a document and the service URL that follows from them.

use std::collections::HashMap;

use url::Url;

use super::error::{ImportError, Reason};
use super::import::Import;
use super::reference::Node;

/// One server with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Absolute, without a trailing slash.
    pub(super) url: String,
    pub(super) scheme: String,
}

/// The document's servers that are absolute URLs; a relative one counts when the document's own address is known.
pub(super) fn servers(import: &mut Import<'_>) -> Result<Vec<Server>, ImportError> {
    let root = import.root.clone();
    let listed = root.member(if import.is_swagger() { "x-servers" } else { "servers" });
    let mut servers = Vec::new();
    if let Some(listed) = listed {
        for node in listed.elements()? {
            let template = node.text("url").ok_or_else(|| node.error(Reason::Missing { field: "url" }))?;
            let url = fill(template, &node)?;
            servers.extend(server(import, &node, &url));
        }
    } else if import.is_swagger() {
        for url in swagger_urls(&root)? {
            servers.extend(server(import, &root, &url));
        }
    }
    Ok(servers)
}

/// `schemes`, `host` and `basePath` (Swagger 2.0). Without schemes APIM takes https.
fn swagger_urls(root: &Node<'_>) -> Result<Vec<String>, ImportError> {
    let Some(host) = root.text("host").filter(|host| !host.is_empty()) else { return Ok(Vec::new()) };
    let base_path = root.text("basePath").unwrap_or("");
    let schemes = match root.member("schemes") {
        Some(schemes) => schemes.elements()?,
        None => Vec::new(),
    };
    let mut schemes: Vec<&str> = schemes.iter().filter_map(|scheme| scheme.value.as_str()).collect();
    if schemes.is_empty() {
        schemes.push("https");
    }
    Ok(schemes.iter().map(|scheme| format!("{scheme}://{host}/{}", base_path.trim_start_matches('/'))).collect())
}

/// Replaces `{variable}` by the variable's default (OpenAPI 3: the default is required). A variable without one stays,
/// and the URL is then dropped as no URL.
fn fill(template: &str, server: &Node<'_>) -> Result<String, ImportError> {
    let mut values = HashMap::new();
    if let Some(variables) = server.member("variables") {
        for (name, variable) in variables.entries()? {
            if let Some(value) = variable.value.get("default").and_then(super::import::scalar) {
                values.insert(name, value);
            }
        }
    }
    let mut url = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        url.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            url.push('{');
            rest = after;
            continue;
        };
        match values.get(name) {
            Some(value) => url.push_str(value),
            None => url.push_str(&format!("{{{name}}}")),
        }
        rest = behind;
    }
    url.push_str(rest);
    Ok(url)
}

fn server(import: &mut Import<'_>, node: &Node<'_>, url: &str) -> Option<Server> {
    let base = import.options.document_url.as_deref().and_then(|base| Url::parse(base).ok());
    let parsed = match Url::parse(url) {
        Err(url::ParseError::RelativeUrlWithoutBase) => base.and_then(|base| base.join(url).ok()),
        other => other.ok(),
    };
    let parsed = parsed.filter(|parsed| parsed.has_host() && !url.contains(['{', '}']));
    let Some(parsed) = parsed else {
        import.warn(node.pointer.clone(), format!("server `{url}` is no absolute URL and was left out"));
        return None;
    };
    Some(Server { scheme: parsed.scheme().to_owned(), url: parsed.as_str().trim_end_matches('/').to_owned() })
}

/// The first https server; with none the service URL stays empty, as in APIM.
pub(super) fn service_url(import: &mut Import<'_>, servers: &[Server]) -> Option<String> {
    let https = servers.iter().find(|server| server.scheme == "https");
    if https.is_none() && !servers.is_empty() {
        import.warn("", "no server uses https, so the service URL stays empty: set `serviceUrl`");
    }
    https.map(|server| server.url.clone())
}

pub(super) fn protocols(servers: &[Server]) -> Vec<String> {
    let mut protocols: Vec<String> = Vec::new();
    for server in servers {
        if matches!(server.scheme.as_str(), "http" | "https" | "ws" | "wss") && !protocols.contains(&server.scheme) {
            protocols.push(server.scheme.clone());
        }
    }
    if protocols.is_empty() {
        protocols.push("https".to_owned());
    }
    protocols
}
