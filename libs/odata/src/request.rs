//! A request's URL: taken apart, decoded, and checked part by part.

use std::rc::Rc;

use crate::cursor::is_identifier;
use crate::error::{Fault, OdataError, Place};
use crate::expression::{Context, Parser, Scope};
use crate::limits;
use crate::model::Model;
use crate::options::SystemOption;
use crate::path::{Resource, Segment, resource};
use crate::types::{Item, Ty};
use crate::version::Version;

/// The parts of a request that are checked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The path below the service's root, percent-encoded, with or without a slash at its beginning.
    pub path: &'a [u8],
    /// The query without `?`, percent-encoded; empty: none.
    pub query: &'a [u8],
    /// The version that the caller speaks.
    pub version: Version,
}

/// An option of the query, decoded.
struct Given {
    name: Box<str>,
    value: String,
    meaning: Meaning,
}

#[derive(PartialEq)]
enum Meaning {
    System(SystemOption),
    Alias,
}

/// Checks a URL, against a model if there is one.
///
/// # Errors
/// The first thing that does not conform.
pub fn check(request: &Request<'_>, model: Option<&Model>) -> Result<(), OdataError> {
    if request.path.len() + request.query.len() > limits::URL_BYTES_MAX {
        let message = format!("the URL has more than {} bytes", limits::URL_BYTES_MAX);
        return Err(Fault::new(0, message).at(Place::Path));
    }
    let context = Context { model, version: request.version };
    let segments = segments(request.path).map_err(|fault| fault.at(Place::Path))?;
    let (resource, ty) = resource(&segments, context).map_err(|fault| fault.at(Place::Path))?;
    let options = options(request.query, request.version)?;
    for given in &options {
        if let Meaning::System(option) = given.meaning
            && !option.may_stand_on(&resource)
        {
            let message = format!("`{}` cannot stand on {}", given.name, what(&resource));
            return Err(Fault::new(0, message).at(Place::Option(given.name.clone())));
        }
    }
    if matches!(resource, Resource::EntityId { .. }) && find(&options, SystemOption::Id).is_none() {
        return Err(Fault::new(0, "`$entity` needs the option `$id`").at(Place::Path));
    }
    values(&options, &resource, ty, context)
}

fn find(options: &[Given], option: SystemOption) -> Option<&Given> {
    options.iter().find(|given| given.meaning == Meaning::System(option))
}

/// The values of all options. Those that give names to values come first.
fn values(options: &[Given], resource: &Resource, ty: Ty, context: Context<'_>) -> Result<(), OdataError> {
    let mut scope = Scope::of(ty);
    let mut on = ty;
    if let Resource::Crossjoin(sets) = resource {
        scope.names.extend(sets.iter().map(|(name, ty)| (Rc::from(&**name), *ty)));
    }
    if let Some(given) = find(options, SystemOption::Apply) {
        value(given, on, &scope, context)?;
        // Nobody knows what has become of the instances.
        on = Ty { item: Item::Unknown, ..on };
        scope = Scope::of(on);
    }
    if let Some(given) = find(options, SystemOption::Compute) {
        scope = value(given, on, &scope, context)?;
    }
    for given in options {
        if !matches!(given.meaning, Meaning::System(SystemOption::Apply | SystemOption::Compute)) {
            value(given, on, &scope, context)?;
        }
    }
    Ok(())
}

/// The value of one option; returns the names that are known behind it.
fn value(given: &Given, on: Ty, scope: &Scope, context: Context<'_>) -> Result<Scope, OdataError> {
    // An alias may be used anywhere, so nothing is known of the instance around it.
    let scope = if given.meaning == Meaning::Alias { Scope::of(Ty::UNKNOWN) } else { scope.clone() };
    let mut parser = Parser::new(&given.value, context, scope);
    let read = match given.meaning {
        Meaning::System(option) => parser.option(option, on),
        Meaning::Alias => parser.expression().map(|_| ()),
    };
    let read = read.and_then(|()| parser.cursor.finish());
    read.map_err(|fault| fault.at(Place::Option(given.name.clone())))?;
    Ok(parser.scope)
}

/// What messages call a resource.
fn what(resource: &Resource) -> &'static str {
    match resource {
        Resource::Unknown => "this resource",
        Resource::Service => "the service document",
        Resource::Metadata => "`$metadata`",
        Resource::Batch => "`$batch`",
        Resource::EntityId { .. } => "`$entity`",
        Resource::Crossjoin(_) => "`$crossjoin`",
        Resource::Structured { many: true } => "a collection",
        Resource::Structured { many: false } => "a single instance",
        Resource::Primitive { many: true } => "a collection of primitive values",
        Resource::Primitive { many: false } => "a primitive value",
        Resource::Count => "`$count`",
        Resource::Raw => "a raw value",
        Resource::Reference { .. } => "`$ref`",
        Resource::Nothing => "an action without result",
    }
}

/// Splits a path before decoding it, as section 2 asks for.
fn segments(path: &[u8]) -> Result<Vec<Segment>, Fault> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    // The root of a service ends with a slash, and many write one behind other paths too.
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let mut segments: Vec<Segment> = Vec::new();
    if path.is_empty() {
        return Ok(segments);
    }
    let mut position = 0;
    // The segment before is `$filter(…)` and not complete.
    let mut open: Option<OpenFilter> = None;
    for part in path.split(|byte| *byte == b'/') {
        let text = decode(part).map_err(|message| Fault::new(position, message))?;
        let length = text.len() + 1;
        match (open.take(), segments.last_mut()) {
            (Some(mut filter), Some(last)) => {
                open = filter.is_open_behind(&text).then_some(filter);
                last.text.push('/');
                last.text.push_str(&text);
            }
            _ if text.is_empty() => return Err(Fault::new(position, "a segment is empty")),
            _ => {
                let mut filter = OpenFilter::default();
                let is_open = text.starts_with("$filter(") && filter.is_open_behind(&text);
                open = is_open.then_some(filter);
                segments.push(Segment { text, position });
            }
        }
        if segments.len() > limits::SEGMENTS_MAX {
            return Err(Fault::new(position, format!("more than {} segments", limits::SEGMENTS_MAX)));
        }
        position += length;
    }
    Ok(segments)
}

/// The parentheses of a segment `$filter(…)`, piece by piece: its expression has slashes of its own.
#[derive(Default)]
struct OpenFilter {
    depth: usize,
    is_quoted: bool,
}

impl OpenFilter {
    /// Whether parentheses are open behind another piece.
    fn is_open_behind(&mut self, piece: &str) -> bool {
        for byte in piece.bytes() {
            match byte {
                b'\'' => self.is_quoted = !self.is_quoted,
                b'(' if !self.is_quoted => self.depth += 1,
                b')' if !self.is_quoted => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.depth > 0
    }
}

/// System options and aliases of a query; others are nobody's business.
fn options(query: &[u8], version: Version) -> Result<Vec<Given>, OdataError> {
    let mut options: Vec<Given> = Vec::new();
    for (index, part) in query.split(|byte| *byte == b'&').enumerate() {
        if index >= limits::OPTIONS_MAX {
            let message = format!("more than {} query options", limits::OPTIONS_MAX);
            return Err(Fault::new(0, message).at(Place::Option("".into())));
        }
        let end = part.iter().position(|byte| *byte == b'=');
        let (name, value) = part.split_at_checked(end.unwrap_or(part.len())).unwrap_or((part, b""));
        let refused = |name: &str, message: &str| Err(Fault::new(0, message).at(Place::Option(name.into())));
        let name = match decode(name) {
            Ok(name) => name,
            Err(message) => return refused(&String::from_utf8_lossy(name), message),
        };
        let meaning = match (SystemOption::named(&name, version), name.strip_prefix('@')) {
            (Some(SystemOption::Levels), _) if name.starts_with('$') => {
                return refused(&name, "it stands in parentheses behind an expanded property only");
            }
            (Some(SystemOption::Levels), _) => continue,
            (Some(option), _) => Meaning::System(option),
            (None, Some(alias)) if is_identifier(alias) => Meaning::Alias,
            (None, Some(_)) => return refused(&name, "it is no name of a parameter alias"),
            (None, None) if name.starts_with('$') => return refused(&name, "it is no system query option"),
            (None, None) => continue,
        };
        let is_known = options.iter().any(|known| match (&known.meaning, &meaning) {
            (Meaning::Alias, Meaning::Alias) => *known.name == *name,
            (known, new) => known == new,
        });
        if is_known {
            return refused(&name, "it is given twice");
        }
        match decode(value.strip_prefix(b"=").unwrap_or(value)) {
            Ok(value) if end.is_some() => options.push(Given { name: name.into(), value, meaning }),
            Ok(_) => return refused(&name, "it has no value"),
            Err(message) => return refused(&name, message),
        }
    }
    Ok(options)
}

/// Takes percent-encoding off.
fn decode(text: &[u8]) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digit = |index: usize| after.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else { return Err("`%` without two hexadecimal digits") };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        rest = after.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).map_err(|_| "the text is no UTF-8")
}
