//! The ARM REST API and the configuration endpoint as clients meet them: requests in, answers out, on the real router with a
//! store of its own for every test.

mod bad_input;
mod conditions;
mod feed;
mod gateways;
mod heartbeat;
mod import;
mod lists;
mod persistence;
mod policies;
mod policy_needs;
mod resolvers;
mod resources;
mod revisions;
mod scale;
mod subscriptions;
mod support;
mod users;
