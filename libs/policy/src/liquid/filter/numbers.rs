//! Filters of numbers.

use super::super::DIGITS_MAX;
use super::super::data::Data;
use super::super::render::Renderer;
use super::super::tree::Filter;

impl Renderer<'_> {
    /// `Plus` of texts joins them and `Times` repeats one, as in DotLiquid; everything else computes with the numbers that texts hold.
    pub(super) async fn arithmetic(&mut self, filter: Filter, left: &Data, right: &Data) -> Result<Data, String> {
        match (filter, left, right) {
            (_, Data::Nil, _) | (_, _, Data::Nil) => return Ok(Data::Nil),
            (Filter::Plus, Data::Text(_), _) | (Filter::Plus, _, Data::Text(_)) => {
                let (left, right) = (self.whole_text(left).await?, self.whole_text(right).await?);
                return self.joined(&[&left, &right]).await;
            }
            (Filter::Times, Data::Text(text), Data::Integer(times)) => {
                return self.repeated(text, usize::try_from(*times).unwrap_or(0)).await;
            }
            _ => {}
        }
        let (Some(left), Some(right)) = (left.number(), right.number()) else { return Ok(Data::Nil) };
        let divides = matches!(filter, Filter::DividedBy | Filter::Modulo);
        if divides && right.float() == Some(0.0) {
            return Err("Attempted to divide by zero.".to_owned());
        }
        if let (Data::Integer(left), Data::Integer(right)) = (&left, &right) {
            let whole = match filter {
                Filter::Plus => left.checked_add(*right),
                Filter::Minus => left.checked_sub(*right),
                Filter::Times => left.checked_mul(*right),
                Filter::DividedBy => left.checked_div(*right),
                _ => left.checked_rem(*right),
            };
            if let Some(whole) = whole {
                return Ok(Data::Integer(whole));
            }
        }
        let (left, right) = (left.float().unwrap_or_default(), right.float().unwrap_or_default());
        Ok(Data::Float(match filter {
            Filter::Plus => left + right,
            Filter::Minus => left - right,
            Filter::Times => left * right,
            Filter::DividedBy => left / right,
            _ => left % right,
        }))
    }
}

/// Filters that round and bound. What is no number stays as it is.
pub(super) fn shape(filter: Filter, input: &Data, argument: &Data) -> Data {
    let Some(number) = input.number() else { return input.clone() };
    let bound = argument.number();
    match (filter, &number, bound) {
        (Filter::Abs, Data::Integer(whole), _) => Data::Integer(whole.saturating_abs()),
        (Filter::Abs, Data::Float(float), _) => Data::Float(float.abs()),
        (Filter::AtLeast, _, Some(bound)) if number.float() < bound.float() => bound,
        (Filter::AtMost, _, Some(bound)) if number.float() > bound.float() => bound,
        (Filter::Ceil, Data::Float(float), _) => Data::Float(float.ceil()),
        (Filter::Floor, Data::Float(float), _) => Data::Float(float.floor()),
        (Filter::Round, Data::Float(float), _) => {
            let digits = argument.integer().unwrap_or(0).clamp(0, DIGITS_MAX);
            let scale = 10f64.powi(i32::try_from(digits).unwrap_or(0));
            let rounded = (float * scale).round_ties_even() / scale;
            Data::Float(if rounded.is_finite() { rounded } else { *float })
        }
        _ => number,
    }
}
