//! The ARM REST API: reading requests, finding the resource, and the life of a resource, all driven by one table.

pub mod crud;
pub mod dispatch;
pub mod etag;
pub mod filter;
pub mod identity;
pub mod list;
pub mod property;
pub mod request;
pub mod table;
pub mod target;
pub mod view;
