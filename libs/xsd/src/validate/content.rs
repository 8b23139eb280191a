//! What is in an element: children that its content model takes, and text.

use postern_dotnet::xml::XName;

use super::{Checker, Mode, STEPS_PER_CANDIDATE, message};
use crate::component::{Content, Given, Type, TypeId};
use crate::document::Place;
use crate::model::{Refused, Taken};

impl Checker<'_> {
    /// What takes a child, if anything does.
    pub(super) fn taken(&mut self, of_parent: TypeId, name: &XName, place: Place) -> Option<Taken> {
        let schemas = self.schemas;
        let parent = self.state.frames.last_mut()?;
        let parent_name = &self.document.element(parent.index)?.name;
        let child = || message::in_namespace(name);
        let given = parent.declaration.and_then(|id| schemas.element(id)).and_then(|element| element.given.as_ref());
        let is_fixed = matches!(given, Some(Given::Fixed(_)));
        let is_mixed = schemas.complex(of_parent).is_some_and(|complex| complex.mixed);
        if parent.nil || is_fixed && is_mixed {
            let parent = message::qualified(parent_name);
            let message = if is_fixed {
                format!(
                    "Although the '{parent}' element's content type is mixed, it cannot have element children, because it has a fixed value constraint in the schema."
                )
            } else {
                format!("Element '{parent}' must have no character or element children.")
            };
            self.wrong(place, message);
            self.wrong(place, format!("The '{}' element is not declared.", message::qualified(name)));
            return None;
        }
        let model = match schemas.types.get(of_parent.0 as usize)? {
            Type::Complex(complex) => match &complex.content {
                Content::Elements(model) => model,
                Content::Empty => {
                    parent.broken = true;
                    let (shown, child) = (message::in_namespace(parent_name), child());
                    self.wrong(place, format!("The element {shown} cannot contain child element {child} because the parent element's content model is empty."));
                    return None;
                }
                Content::Simple(_) => {
                    parent.broken = true;
                    self.wrong(place, text_only(&message::in_namespace(parent_name), &child()));
                    return None;
                }
            },
            Type::Simple(_) => {
                parent.broken = true;
                self.wrong(place, text_only(&message::in_namespace(parent_name), &child()));
                return None;
            }
        };
        let mut steps = 0;
        let taken = model.take(&mut parent.progress, name, &mut steps);
        self.state.budget.take(steps * STEPS_PER_CANDIDATE);
        let message = match taken {
            Ok(taken) => return Some(taken),
            Err(Refused::Repeated) => {
                format!(
                    "Element '{}' cannot appear more than once if content model type is \"all\".",
                    message::qualified(name)
                )
            }
            Err(Refused::Unexpected) => {
                parent.broken = true;
                let mut steps = 0;
                let expected = message::expected(&model.expected(&parent.progress, false, &mut steps));
                self.state.budget.take(steps * STEPS_PER_CANDIDATE);
                format!(
                    "The element {} has invalid child element {}.{expected}",
                    message::in_namespace(parent_name),
                    child()
                )
            }
        };
        self.wrong(place, message);
        None
    }

    pub(super) fn text(&mut self, text: &str, place: Place) {
        let schemas = self.schemas;
        let Some(frame) = self.state.frames.last_mut() else { return };
        let Mode::Checked(of) = frame.mode else { return };
        // Callers choose how many texts there are: what would be said again is not made again.
        if frame.text_reported {
            return;
        }
        let Some(name) = self.document.element(frame.index).map(|element| &element.name) else { return };
        let is_blank = text.bytes().all(|byte| b" \t\r\n".contains(&byte));
        let message = if frame.nil {
            format!("Element '{}' must have no character or element children.", message::qualified(name))
        } else {
            match schemas.types.get(of.0 as usize) {
                Some(Type::Complex(complex)) => match &complex.content {
                    Content::Simple(_) => return frame.text.push_str(text),
                    _ if complex.mixed => {
                        let has_value = frame
                            .declaration
                            .and_then(|id| schemas.element(id))
                            .is_some_and(|element| element.given.is_some());
                        if has_value {
                            frame.text.push_str(text);
                        }
                        return;
                    }
                    Content::Empty if is_blank => {
                        "The element cannot contain white space. Content model is empty.".to_owned()
                    }
                    Content::Empty => "The element cannot contain text. Content model is empty.".to_owned(),
                    Content::Elements(_) if is_blank => return,
                    Content::Elements(model) => {
                        let mut steps = 0;
                        let expected = message::expected(&model.expected(&frame.progress, false, &mut steps));
                        self.state.budget.take(steps * STEPS_PER_CANDIDATE);
                        format!("The element {} cannot contain text.{expected}", message::in_namespace(name))
                    }
                },
                _ => return frame.text.push_str(text),
            }
        };
        frame.text_reported = true;
        self.wrong(place, message);
    }
}

fn text_only(parent: &str, child: &str) -> String {
    format!(
        "The element {parent} cannot contain child element {child} because the parent element's content model is text only."
    )
}
