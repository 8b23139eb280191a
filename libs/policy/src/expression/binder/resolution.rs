//! Overload resolution: which of several members takes the arguments best (C# specification, §12.6.4).

use crate::expression::conversion::is_same;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::{Candidate, Target};
use super::classify::Conv;
use super::operand::Operand;

/// A member chosen for arguments.
#[derive(Debug, Clone)]
pub(super) struct Resolution {
    pub(super) candidate: Candidate,
    /// Type arguments: those of the class, then its own.
    pub(super) types: Vec<Type>,
    /// Where the value of each parameter comes from.
    pub(super) sources: Vec<Source>,
    /// For each argument, what it becomes.
    pub(super) targets: Vec<Type>,
    /// For each argument, how.
    pub(super) conversions: Vec<Conv>,
    /// Whether the last arguments are put into an array.
    pub(super) is_expanded: bool,
}

/// Where the value of a parameter comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    Argument(usize),
    Default,
    /// An array of these arguments.
    Params(Vec<usize>),
}

/// Why a candidate does not take the arguments.
#[derive(Debug, Clone)]
pub(super) enum Misfit {
    /// More arguments than parameters.
    TooMany,
    /// This parameter gets no value.
    Missing(Box<str>),
    /// No parameter has the name of this argument.
    NoSuchName(usize),
    /// The parameter of this named argument has a value already.
    NamedTwice(usize),
    /// The type arguments do not follow; perhaps because this lambda has errors, given these parameter types.
    NotInferred(Option<(crate::expression::ast::ExprId, Vec<Type>)>),
    /// Another number of type arguments is written.
    TypeArguments,
    /// The members' own type parameter does not take this type: it is no number.
    NoNumber(Type),
    /// This argument does not become this type.
    Argument(usize, Type),
    /// This argument is passed with or without `out`, wrongly.
    Passing(usize),
}

/// Why nothing was chosen.
#[derive(Debug)]
pub(super) enum Failure {
    /// For each candidate, what is wrong with it.
    NoneFits(Vec<Misfit>),
    /// These two do equally well.
    Ambiguous(Box<(Candidate, Candidate)>),
}

impl Resolution {
    /// What the call gives.
    pub(super) fn returns(&self) -> Type {
        self.candidate.returns.substitute(&self.types)
    }

    /// Type of a parameter.
    pub(super) fn parameter_type(&self, index: usize) -> Type {
        self.candidate.parameters.get(index).map_or(Type::Object, |parameter| parameter.of.substitute(&self.types))
    }
}

impl Binder<'_> {
    /// Chooses among candidates.
    pub(super) fn resolve(
        &mut self,
        candidates: &[Candidate],
        arguments: &[Argument],
        type_arguments: &[Type],
    ) -> Result<Resolution, Failure> {
        let mut fitting: Vec<Resolution> = Vec::new();
        let mut misfits = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            match self.fit(candidate, arguments, type_arguments) {
                Ok(found) => fitting.push(found),
                Err(misfit) => misfits.push(misfit),
            }
        }
        // What a more derived class declares hides what its bases declare.
        let nearest = fitting.iter().map(|found| found.candidate.depth).min().unwrap_or(0);
        fitting.retain(|found| found.candidate.depth == nearest || is_interface_member(found));
        let yields = |found: &Resolution| matches!(&found.candidate.target, Target::Member(_, member) if member.yields);
        if !fitting.iter().all(yields) {
            fitting.retain(|found| !yields(found));
        }
        match fitting.len() {
            0 => Err(Failure::NoneFits(misfits)),
            1 => fitting.pop().ok_or(Failure::NoneFits(misfits)),
            _ => self.best(fitting, arguments),
        }
    }

    /// The one that is better than each other.
    fn best(&mut self, mut fitting: Vec<Resolution>, arguments: &[Argument]) -> Result<Resolution, Failure> {
        // One that loses to some other is not the best; the last one left has to win against all.
        let mut best = 0;
        for other in 1..fitting.len() {
            if let (Some(one), Some(two)) = (fitting.get(best), fitting.get(other))
                && self.compare(two, one, arguments) == super::better::Better::First
            {
                best = other;
            }
        }
        for other in 0..fitting.len() {
            let (Some(one), Some(two)) = (fitting.get(best), fitting.get(other)) else { continue };
            if other != best && self.compare(one, two, arguments) != super::better::Better::First {
                return Err(Failure::Ambiguous(Box::new((one.candidate.clone(), two.candidate.clone()))));
            }
        }
        Ok(fitting.swap_remove(best))
    }

    /// Whether and how a candidate takes the arguments: as declared or, with `params`, spread out.
    pub(super) fn fit(
        &mut self,
        candidate: &Candidate,
        arguments: &[Argument],
        type_arguments: &[Type],
    ) -> Result<Resolution, Misfit> {
        let normal = self.fit_form(candidate, arguments, type_arguments, false);
        if normal.is_ok() || !candidate.parameters.last().is_some_and(|parameter| parameter.is_params) {
            return normal;
        }
        self.fit_form(candidate, arguments, type_arguments, true)
    }

    fn fit_form(
        &mut self,
        candidate: &Candidate,
        arguments: &[Argument],
        type_arguments: &[Type],
        is_expanded: bool,
    ) -> Result<Resolution, Misfit> {
        let sources = map_arguments(candidate, arguments, is_expanded)?;
        let parameter_types = types_by_argument(candidate, &sources, arguments.len(), is_expanded);
        let mut types: Vec<Type> = candidate.class_arguments.to_vec();
        if candidate.type_parameter_count > 0 {
            if type_arguments.len() == candidate.type_parameter_count {
                types.extend_from_slice(type_arguments);
            } else if type_arguments.is_empty() {
                let open: Vec<Type> = parameter_types.iter().map(|of| of.substitute(&types)).collect();
                let inferred = self.infer(types.len(), candidate.type_parameter_count, &open, arguments);
                types.extend(inferred.map_err(Misfit::NotInferred)?);
            } else {
                return Err(Misfit::TypeArguments);
            }
        } else if !type_arguments.is_empty() {
            return Err(Misfit::TypeArguments);
        }
        if let Target::Member(_, member) = &candidate.target
            && member.takes_numbers
            && let Some(other) = types.iter().find(|of| !matches!(of, Type::Number(_) | Type::Char | Type::Dynamic))
        {
            return Err(Misfit::NoNumber(other.clone()));
        }
        let targets: Vec<Type> = parameter_types.iter().map(|of| of.substitute(&types)).collect();
        let mut conversions = Vec::with_capacity(arguments.len());
        for (index, (argument, target)) in arguments.iter().zip(&targets).enumerate() {
            let is_out = is_out(candidate, &sources, index);
            let conversion = self.fit_argument(index, &argument.operand, target, is_out)?;
            if index == 0 && candidate.is_extension && !matches!(conversion, Conv::Identity | Conv::Upcast) {
                return Err(Misfit::Argument(index, target.clone()));
            }
            conversions.push(conversion);
        }
        Ok(Resolution { candidate: candidate.clone(), types, sources, targets, conversions, is_expanded })
    }

    fn fit_argument(&mut self, index: usize, operand: &Operand, target: &Type, is_out: bool) -> Result<Conv, Misfit> {
        match (operand, is_out) {
            (Operand::Out(out), true) => match &out.of {
                Some(of) if !is_same(of, target) => Err(Misfit::Argument(index, target.clone())),
                _ => Ok(Conv::Out),
            },
            (Operand::Out(_), false) | (_, true) => Err(Misfit::Passing(index)),
            _ => self.implicit(operand, target).ok_or_else(|| Misfit::Argument(index, target.clone())),
        }
    }
}

/// Members of several interfaces do not hide each other.
fn is_interface_member(found: &Resolution) -> bool {
    matches!(&found.candidate.target, Target::Member(class, _) if super::candidate::is_interface(class))
}

/// Whether the parameter of an argument is an `out` parameter.
fn is_out(candidate: &Candidate, sources: &[Source], argument: usize) -> bool {
    let index = sources.iter().position(|source| *source == Source::Argument(argument));
    index.and_then(|index| candidate.parameters.get(index)).is_some_and(|parameter| parameter.is_out)
}

/// Which argument each parameter gets.
fn map_arguments(candidate: &Candidate, arguments: &[Argument], is_expanded: bool) -> Result<Vec<Source>, Misfit> {
    let parameters = &candidate.parameters;
    let spread = parameters.len().saturating_sub(1);
    let mut sources: Vec<Option<Source>> = vec![None; parameters.len()];
    for (index, argument) in arguments.iter().enumerate() {
        let position = match &argument.name {
            None => index,
            Some((name, _)) => {
                let found = parameters.iter().position(|parameter| parameter.name == *name);
                found.ok_or(Misfit::NoSuchName(index))?
            }
        };
        if is_expanded && position >= spread {
            match sources.get_mut(spread) {
                Some(Some(Source::Params(items))) => items.push(index),
                Some(slot) => *slot = Some(Source::Params(vec![index])),
                None => return Err(Misfit::TooMany),
            }
            continue;
        }
        match sources.get_mut(position) {
            None => return Err(Misfit::TooMany),
            Some(slot @ None) => *slot = Some(Source::Argument(index)),
            Some(Some(_)) => return Err(Misfit::NamedTwice(index)),
        }
    }
    let fill = |(index, source): (usize, Option<Source>)| match source {
        Some(source) => Ok(source),
        None if is_expanded && index == spread => Ok(Source::Params(Vec::new())),
        None => match parameters.get(index) {
            Some(parameter) if parameter.default.is_some() => Ok(Source::Default),
            Some(parameter) => Err(Misfit::Missing(parameter.name.clone())),
            None => Err(Misfit::TooMany),
        },
    };
    sources.into_iter().enumerate().map(fill).collect()
}

/// The declared type that each argument is given to.
fn types_by_argument(candidate: &Candidate, sources: &[Source], count: usize, is_expanded: bool) -> Vec<Type> {
    let mut types = vec![Type::Object; count];
    for (source, parameter) in sources.iter().zip(candidate.parameters.iter()) {
        match source {
            Source::Argument(index) => {
                if let Some(slot) = types.get_mut(*index) {
                    *slot = parameter.of.clone();
                }
            }
            Source::Params(indexes) if is_expanded => {
                let element = match &parameter.of {
                    Type::Array(element, _) => (**element).clone(),
                    other => other.clone(),
                };
                for index in indexes {
                    if let Some(slot) = types.get_mut(*index) {
                        *slot = element.clone();
                    }
                }
            }
            _ => {}
        }
    }
    types
}
