//! Reads OpenAPI documents as API definitions.
