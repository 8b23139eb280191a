//! The config-agent: fetches configuration, compiles it, pushes it to the gateway, keeps a backup and reports back.
//!
//! A [`source`] gives resources as an operator wrote them; [`compile`] turns them into a bundle; [`push`] brings the bundle to the
//! gateway; [`backup`] keeps the last one for times without a source; [`heartbeat`] tells management how it went. [`agent`] is
//! the loop that holds these together.
//!
//! What always holds: a gateway that serves something is never made to serve nothing; one bad resource never holds up the others;
//! every connection is opened from here; secrets reach the gateway and the encrypted backup, never a log.

#![forbid(unsafe_code)]

pub mod agent;
pub mod backoff;
pub mod backup;
pub mod check;
pub mod compile;
pub mod events;
pub mod files;
pub mod heartbeat;
pub mod limits;
pub mod logging;
pub mod push;
pub mod report;
pub mod run;
pub mod settings;
pub mod source;
pub mod token;
