//! `cors`.
use crate::exchange::Exchange;
use crate::program::Program;
use crate::run::{Preflight, RunState};

#[derive(Debug)]
pub(crate) struct Cors;

pub(crate) fn preflight(_program: &Program, _exchange: &mut dyn Exchange, _state: &mut RunState) -> Preflight {
    Preflight::NotHandled
}
