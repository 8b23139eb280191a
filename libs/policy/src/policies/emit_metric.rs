//! `emit-metric`: adds a value to a metric of the document's own.
//!
//! `<emit-metric name="n" namespace="API Management" value="1"><dimension name="n" value="v"/>*</emit-metric>` – name required, literal like the
//! namespace; names and values of dimensions may be expressions, as may its own value; all sections; up to 10 dimensions. `API ID`, `Operation ID`,
//! `Product ID`, `User ID`, `Subscription ID`, `Location`, `Gateway ID` and `Backend ID` need no value. `Backend ID` is the backend chosen by its id so
//! far, and empty for a URL; all are empty where there is none.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::exchange::{Exchange, Metric};
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

/// Most dimensions of a document's own that one metric may have (APIM).
const CUSTOM_MAX: usize = 10;
/// Most dimensions of one metric: those, and each that the gateway knows once.
pub(super) const DIMENSIONS_MAX: usize = CUSTOM_MAX + KNOWN.len();
pub(super) const NAMESPACE: &str = "API Management";

/// Dimensions that the gateway knows the value of.
pub(super) const KNOWN: &[&str] =
    &["API ID", "Operation ID", "Product ID", "User ID", "Subscription ID", "Location", "Gateway ID", BACKEND_ID];
/// The only one that policies behind this one may still change.
pub(super) const BACKEND_ID: &str = "Backend ID";

static DIMENSION: ElementRule = ElementRule {
    element: "dimension",
    attributes: &[
        required("name", Expression::Allowed, ValueRule::NonEmpty),
        optional("value", Expression::Allowed, ValueRule::Text),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "emit-metric",
        attributes: &[
            required("name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("namespace", Expression::Forbidden, ValueRule::NonEmpty),
            optional("value", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Children(&[ChildRule { rule: &DIMENSION, occurs: Occurs::Any }]),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build,
};

/// Name and value of a dimension.
type Dimension = (Box<str>, Option<Box<str>>);

#[derive(Debug)]
struct EmitMetric {
    name: Box<str>,
    namespace: Box<str>,
    value: f64,
    /// `None`: the gateway knows it.
    dimensions: Box<[Dimension]>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let value = match element.literal("value").map(str::parse::<f64>) {
        // Not there, or an expression that is known later.
        None => 1.0,
        Some(Ok(value)) if value.is_finite() => value,
        Some(_) => {
            builder.error(element.offset, "value-invalid", "attribute `value` of `<emit-metric>` must be a number");
            return None;
        }
    };
    let mut dimensions = Vec::new();
    let mut custom = 0;
    for dimension in element.children_named("dimension") {
        let name = dimension.owned("name")?;
        let value = dimension.owned("value");
        let is_known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&name));
        if dimension.attribute("value").is_none() && !is_known {
            let message = format!("dimension `{name}` needs a value; only these do not: {}", KNOWN.join(", "));
            builder.error(dimension.offset, "attribute-missing", message);
            return None;
        }
        custom += usize::from(!is_known);
        dimensions.push((name, value));
    }
    if custom > CUSTOM_MAX || dimensions.len() > DIMENSIONS_MAX {
        let message = format!(
            "`<emit-metric>` has more than {CUSTOM_MAX} dimensions besides those that need no value, or more than {DIMENSIONS_MAX} in all"
        );
        builder.error(element.offset, "too-many-elements", message);
        return None;
    }
    Built::policy(EmitMetric {
        name: element.owned("name")?,
        namespace: element.owned("namespace").unwrap_or_else(|| NAMESPACE.into()),
        value,
        dimensions: dimensions.into(),
    })
}

/// The value of a dimension that is given without one.
pub(super) fn known(exchange: &dyn Exchange, name: &str) -> Box<str> {
    let deployment = exchange.deployment();
    let value = match name.to_ascii_lowercase().as_str() {
        "api id" => exchange.api_id(),
        "operation id" => exchange.operation_id(),
        "product id" => exchange.product().map_or("", |product| product.id),
        "user id" => exchange.user().map_or("", |user| user.id),
        "subscription id" => exchange.subscription_id().unwrap_or_default(),
        "location" => deployment.region,
        "gateway id" => deployment.gateway_id,
        "backend id" => exchange.backend_id(),
        _ => "",
    };
    value.into()
}

impl Policy for EmitMetric {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let exchange = &mut *context.exchange;
        let value = |(name, value): &(Box<str>, Option<Box<str>>)| {
            (name.clone(), value.clone().unwrap_or_else(|| known(exchange, name)))
        };
        let dimensions: Vec<(Box<str>, Box<str>)> = self.dimensions.iter().map(value).collect();
        exchange.emit_metric(&Metric {
            namespace: &self.namespace,
            name: &self.name,
            value: self.value,
            dimensions: &dimensions,
        });
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::run::Run;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    #[test]
    fn values_and_dimensions_are_emitted() {
        for (attributes, dimensions, expected) in [
            ("", "<dimension name='API ID'/>", "API Management/m 1 API ID=echo"),
            ("value='2'", "", "API Management/m 2"),
            ("value='2.5' namespace='n'", "<dimension name='x' value='y'/>", "n/m 2.5 x=y"),
            ("", "<dimension name='@(context.Api.Id)' value='y'/>", "API Management/m 1 echo=y"),
            ("", "<dimension name='@(\"API\" + \" ID\")'/>", "API Management/m 1 API ID=echo"),
            ("value='@(3 * 2)'", "<dimension name='x' value='@(\"a\" + 1)'/>", "API Management/m 6 x=a1"),
            (
                "",
                "<dimension name='operation id'/><dimension name='Subscription ID'/><dimension name='Product ID'/>",
                "API Management/m 1 operation id=get-item Subscription ID=sub-1 Product ID=",
            ),
            ("", "<dimension name='Backend ID'/>", "API Management/m 1 Backend ID="),
        ] {
            let policy = format!("<emit-metric name='m' {attributes}>{dimensions}</emit-metric>");
            let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
            assert_eq!(diagnostics, [], "{policy}");
            let mut exchange = MemoryExchange::get("/");
            drive(&program, &mut exchange, &mut Run::new());
            assert_eq!(exchange.emitted, [expected]);
        }
    }

    #[test]
    fn the_backend_id_is_that_of_the_backend_chosen_last() {
        let metric = "<emit-metric name='m'><dimension name='backend id'/></emit-metric>";
        for (policies, expected) in [
            ("<set-backend-service backend-id='b'/>", "backend id=b"),
            ("<set-backend-service backend-id='@(\"b\" + 1)'/>", "backend id=b1"),
            ("<set-backend-service backend-id='b'/><set-backend-service base-url='http://a'/>", "backend id="),
        ] {
            let expected = [format!("API Management/m 1 {expected}")];
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            check(&format!("{policies}{metric}"), MemoryExchange::get("/"), &[Expect::Emitted(&expected)]);
        }
    }

    #[test]
    fn wrong_values_and_dimensions_are_refused() {
        let many = "<dimension name='x' value='y'/>".repeat(11);
        let known = "<dimension name='API ID'/>".repeat(19);
        for (policy, codes) in [
            ("<emit-metric/>".to_owned(), &["attribute-missing"][..]),
            ("<emit-metric name='m'><dimension name='x'/></emit-metric>".to_owned(), &["attribute-missing"]),
            ("<emit-metric name='m' value='x'><dimension name='API ID'/></emit-metric>".to_owned(), &["value-invalid"]),
            (format!("<emit-metric name='m'>{many}</emit-metric>"), &["too-many-elements"]),
            (format!("<emit-metric name='m'>{known}</emit-metric>"), &["too-many-elements"]),
        ] {
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
