//! A gateway and a management plane that do what the protocols say and nothing more, for tests of the real agent.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

pub(crate) mod gateway;
pub(crate) mod management;
pub(crate) mod process;
