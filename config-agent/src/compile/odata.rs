//! What an API of type `odata` has besides: its model, and the operations that all of them have.
//!
//! An API whose model cannot be read is served without: what it answers does not depend on the model, and no policy may ask for it.

use postern_bundle::{Diagnostic, Operation, Request};
use postern_odata::Model;

use super::{api::Build, file_of, placed};

/// A service is asked for as a whole: which of its resources exist, its model says.
pub(super) fn operations() -> Vec<Operation> {
    let operation = |name: &str, url_template: &str| Operation {
        name: name.to_owned(),
        display_name: "OData".to_owned(),
        method: "*".to_owned(),
        url_template: url_template.to_owned(),
        template_parameters: Vec::new(),
        policy: None,
        request: Request::default(),
        responses: Vec::new(),
    };
    vec![operation("odata-resource", "/*"), operation("odata-root", "/")]
}

impl Build<'_> {
    /// The text of the schema that is CSDL, if it can be used.
    pub(super) fn odata(&mut self) -> Option<String> {
        let inventory = self.inventory;
        let others = || inventory.schemas_of(self.name).filter(|(_, schema)| !schema.properties.is_json);
        let found = others().find(|(_, schema)| Model::is_csdl(&schema.properties.text)).or_else(|| others().next());
        let Some((name, resource)) = found else {
            let message = "the API has no schema, so URLs are not checked against one";
            self.findings.push(Diagnostic::warning("odata-schema-missing", format!("/apis/{}", self.name), message));
            return None;
        };
        let text = &resource.properties.text;
        let Err(problems) = Model::parse(text) else { return Some(text.clone()) };
        let id = format!("/apis/{}/schemas/{name}", self.name);
        for problem in problems {
            let finding = Diagnostic::warning("odata-schema-invalid", id.clone(), problem.message);
            let file = file_of(&resource.origin, &id);
            self.findings.push(placed(finding, file, (problem.line, problem.column)));
        }
        None
    }
}
