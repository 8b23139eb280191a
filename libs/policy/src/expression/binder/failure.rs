//! Why a call was not possible, in the words of the C# compiler.

use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::{Candidate, MethodGroup};
use super::delegate::Signature;
use super::error::Reported;
use super::operand::Operand;
use super::resolution::{Failure, Misfit};
use super::suggestion::nearest_member;

/// What was called, for messages.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) is_delegate: bool,
    pub(super) is_constructor: bool,
}

impl Called {
    pub(super) fn method(group: &MethodGroup) -> Called {
        Called { name: group.name.to_string(), span: group.name_span, is_delegate: false, is_constructor: false }
    }

    pub(super) fn constructor(of: &Type, span: Span) -> Called {
        Called { name: of.to_string(), span, is_delegate: false, is_constructor: true }
    }
}

/// How much a misfit says about what was meant: the greatest is reported.
fn weight(misfit: &Misfit) -> u8 {
    match misfit {
        Misfit::Argument(..) => 7,
        Misfit::Passing(_) | Misfit::NoNumber(_) => 6,
        Misfit::NotInferred(_) => 5,
        Misfit::NoSuchName(_) | Misfit::NamedTwice(_) => 4,
        Misfit::TypeArguments => 3,
        Misfit::Missing(_) => 2,
        Misfit::TooMany => 1,
    }
}

impl Binder<'_> {
    /// Reports why none of some candidates could be called.
    pub(super) fn report_failure(
        &mut self,
        candidates: &[Candidate],
        arguments: &[Argument],
        failure: Failure,
        called: &Called,
    ) -> Reported {
        let misfits = match failure {
            Failure::Ambiguous(two) => {
                let message = format!(
                    "The call is ambiguous between the following methods or properties: '{}' and '{}'",
                    two.0.describe(),
                    two.1.describe()
                );
                return self.diagnostics.error("CS0121", called.span, message);
            }
            Failure::NoneFits(misfits) => misfits,
        };
        // The first of the most telling ones; of wrong arguments the one that is wrong last. Who writes a lambda means a delegate.
        let is_lambda =
            |index: usize| arguments.get(index).is_some_and(|argument| matches!(argument.operand, Operand::Lambda(..)));
        let rank = |misfit: &Misfit| match misfit {
            Misfit::Argument(index, to) if is_lambda(*index) && Signature::of(to).is_none() => (0, 0),
            Misfit::Argument(index, _) => (weight(misfit), *index),
            _ => (weight(misfit), 0),
        };
        let mut worst: Option<(&Candidate, &Misfit)> = None;
        for (candidate, misfit) in candidates.iter().zip(&misfits) {
            if worst.is_none_or(|(_, known)| rank(misfit) > rank(known)) {
                worst = Some((candidate, misfit));
            }
        }
        let Some((candidate, misfit)) = worst else { return self.wrong_count(arguments.len(), called) };
        if self.is_at_run_time && matches!(misfit, Misfit::Argument(..) | Misfit::NotInferred(_)) {
            let message =
                format!("The best overloaded method match for '{}' has some invalid arguments", candidate.describe());
            return self.diagnostics.error("CS1502", called.span, message);
        }
        self.report_misfit(candidate, misfit, candidates.len(), arguments, called)
    }

    /// Reports a type argument that is no number.
    fn no_number(&mut self, candidate: &Candidate, of: &Type, span: Span) -> Reported {
        let (code, why) = match of {
            Type::Nullable(_) => (
                "CS0313",
                format!(
                    "The nullable type '{of}' does not satisfy the constraint of 'System.Numerics.INumberBase<{of}>'. Nullable types can not \
                     satisfy any interface constraints."
                ),
            ),
            of if of.is_value_type() => {
                ("CS0315", format!("There is no boxing conversion from '{of}' to 'System.Numerics.INumberBase<{of}>'."))
            }
            of => (
                "CS0311",
                format!(
                    "There is no implicit reference conversion from '{of}' to 'System.Numerics.INumberBase<{of}>'."
                ),
            ),
        };
        let method = candidate.describe();
        let message = format!(
            "The type '{of}' cannot be used as type parameter 'TOther' in the generic type or method '{method}'. {why}"
        );
        self.diagnostics.error(code, span, message)
    }

    /// Reports why one candidate does not take the arguments; `count` says how many candidates there were.
    fn report_misfit(
        &mut self,
        candidate: &Candidate,
        misfit: &Misfit,
        count: usize,
        arguments: &[Argument],
        called: &Called,
    ) -> Reported {
        match misfit {
            Misfit::Argument(index, to) => self.wrong_argument(arguments, *index, to),
            Misfit::NoNumber(of) => self.no_number(candidate, of, called.span),
            Misfit::Passing(index) => self.wrong_passing(arguments, *index),
            Misfit::NotInferred(Some((lambda, types))) => self.report_lambda(*lambda, types),
            Misfit::NotInferred(None) => self.not_inferred(candidate, called.span),
            Misfit::Missing(parameter) if count == 1 && !called.is_delegate => {
                let whole = match &candidate.target {
                    super::candidate::Target::Function(..) => format!("{}{}", called.name, candidate.describe()),
                    _ => candidate.describe(),
                };
                let message = format!(
                    "There is no argument given that corresponds to the required formal parameter '{parameter}' of '{whole}'"
                );
                self.diagnostics.error("CS7036", called.span, message)
            }
            Misfit::NoSuchName(index) => {
                let Some((name, span)) = arguments.get(*index).and_then(|argument| argument.name.clone()) else {
                    return Reported;
                };
                let message =
                    format!("The best overload for '{}' does not have a parameter named '{name}'", called.name);
                self.diagnostics.error("CS1739", span, message)
            }
            Misfit::NamedTwice(index) => {
                let Some((name, span)) = arguments.get(*index).and_then(|argument| argument.name.clone()) else {
                    return self.wrong_count(arguments.len(), called);
                };
                let message = format!(
                    "Named argument '{name}' specifies a parameter for which a positional argument has already been given"
                );
                self.diagnostics.error("CS1744", span, message)
            }
            Misfit::TypeArguments if candidate.type_parameter_count == 0 => {
                let message =
                    format!("The non-generic method '{}' cannot be used with type arguments", candidate.describe());
                self.diagnostics.error("CS0308", called.span, message)
            }
            Misfit::TypeArguments => {
                let message = format!(
                    "Using the generic method '{}' requires {} type arguments",
                    candidate.describe(),
                    candidate.type_parameter_count
                );
                self.diagnostics.error("CS0305", called.span, message)
            }
            Misfit::Missing(_) | Misfit::TooMany => self.wrong_count(arguments.len(), called),
        }
    }

    fn wrong_count(&mut self, count: usize, called: &Called) -> Reported {
        let (code, message) = if self.is_at_run_time && !called.is_delegate {
            ("CS1501", format!("No overload for method '{}' takes '{count}' arguments", called.name))
        } else if called.is_delegate {
            ("CS1593", format!("Delegate '{}' does not take {count} arguments", called.name))
        } else if called.is_constructor {
            ("CS1729", format!("'{}' does not contain a constructor that takes {count} arguments", called.name))
        } else {
            ("CS1501", format!("No overload for method '{}' takes {count} arguments", called.name))
        };
        self.diagnostics.error(code, called.span, message)
    }

    fn wrong_argument(&mut self, arguments: &[Argument], index: usize, to: &Type) -> Reported {
        let Some(operand) = arguments.get(index).map(|argument| &argument.operand) else { return Reported };
        match operand {
            Operand::Lambda(id, _) if Signature::of(to).is_some() => {
                return self.lambda_does_not_fit(*id, to);
            }
            Operand::Switch(_) => return self.no_conversion(operand, to),
            _ => {}
        }
        let from = if operand.is_null() { "<null>".to_owned() } else { operand.describe() };
        let (from, to) = match operand {
            Operand::Out(_) => (format!("out {from}"), format!("out {to}")),
            _ => (from, to.to_string()),
        };
        let message = format!("Argument {}: cannot convert from '{from}' to '{to}'", index + 1);
        self.diagnostics.error("CS1503", operand.span(), message)
    }

    fn wrong_passing(&mut self, arguments: &[Argument], index: usize) -> Reported {
        let Some(operand) = arguments.get(index).map(|argument| &argument.operand) else { return Reported };
        let (code, word) = match operand {
            Operand::Out(_) => ("CS1615", "may not"),
            _ => ("CS1620", "must"),
        };
        let message = format!("Argument {} {word} be passed with the 'out' keyword", index + 1);
        self.diagnostics.error(code, operand.span(), message)
    }

    fn not_inferred(&mut self, candidate: &Candidate, span: Span) -> Reported {
        let message = format!(
            "The type arguments for method '{}' cannot be inferred from the usage. Try specifying the type arguments explicitly.",
            candidate.describe()
        );
        self.diagnostics.error("CS0411", span, message)
    }

    /// A type has no member of a name, and no extension method makes up for it.
    pub(super) fn no_member(&mut self, of: &Type, name: &str, span: Span) -> Reported {
        if self.is_at_run_time {
            let message = format!("'{}' does not contain a definition for '{name}'", super::text::full_type(of));
            return self.diagnostics.error_with("CS0117", span, message, || nearest_member(of, name));
        }
        let message = format!(
            "'{of}' does not contain a definition for '{name}' and no accessible extension method '{name}' accepting a first argument \
             of type '{of}' could be found (are you missing a using directive or an assembly reference?)"
        );
        self.diagnostics.error_with("CS1061", span, message, || nearest_member(of, name))
    }

    /// A type has no static member of a name, or an object that is made none to be set.
    pub(super) fn no_static_member(&mut self, of: &Type, name: &str, span: Span) -> Reported {
        let message = format!("'{of}' does not contain a definition for '{name}'");
        self.diagnostics.error_with("CS0117", span, message, || nearest_member(of, name))
    }

    /// No extension method takes the receiver or, if some does, the other arguments.
    pub(super) fn report_extension_failure(
        &mut self,
        candidates: &[Candidate],
        arguments: &[Argument],
        failure: Failure,
        called: &Called,
        receiver: &Type,
    ) -> Reported {
        let Failure::NoneFits(misfits) = failure else {
            return self.report_failure(candidates, arguments, failure, called);
        };
        let open = |candidate: &Candidate| candidate.type_parameter_count > 0;
        let takes_receiver: Vec<bool> = candidates
            .iter()
            .map(|candidate| match candidate.parameters.first().map(|parameter| &parameter.of) {
                Some(of) => match arguments.first() {
                    Some(receiver) if open(candidate) => {
                        let first = candidate.class_arguments.len();
                        self.receiver_fits(first, candidate.type_parameter_count, of, receiver)
                    }
                    _ => crate::expression::conversion::is_subtype(receiver, of),
                },
                None => false,
            })
            .collect();
        if !takes_receiver.contains(&true) {
            return self.no_member(receiver, &called.name, called.span);
        }
        let keep = |index: &usize| takes_receiver.get(*index).copied().unwrap_or(false);
        let kept: Vec<usize> = (0..candidates.len()).filter(keep).collect();
        let candidates: Vec<Candidate> = kept.iter().filter_map(|index| candidates.get(*index).cloned()).collect();
        let misfits: Vec<Misfit> = kept
            .iter()
            .filter_map(|index| misfits.get(*index))
            .map(|misfit| match misfit {
                Misfit::Missing(_) if candidates.len() > 1 => Misfit::TooMany,
                other => other.clone(),
            })
            .collect();
        let only_counts = misfits.iter().all(|misfit| matches!(misfit, Misfit::TooMany));
        if only_counts {
            // The receiver is not counted as an argument.
            return self.wrong_count(arguments.len().saturating_sub(1), called);
        }
        self.report_failure(&candidates, arguments, Failure::NoneFits(misfits), called)
    }
}
