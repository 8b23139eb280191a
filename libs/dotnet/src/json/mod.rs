//! Newtonsoft.Json: tokens with reference semantics, reading, writing, JSONPath.
