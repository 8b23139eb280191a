//! Parts: the unit that is addressed by hash, sent and reused.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    api::Api, backend::Backend, certificate::Certificate, hash::Hash, hostname::Authority, hostname::Hostname, limits,
    logger::Logger, product::Product, schema::ApiSchemas, schema::SchemaDocument, service::Fragment, service::Service,
    subscription::Subscription, user::User,
};

/// Names a part of a bundle. The order of the variants is the order in which parts are sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PartKey {
    /// The service: exactly one in each bundle.
    Service,
    /// A policy fragment by name.
    Fragment(String),
    /// A certificate by name.
    Certificate(String),
    /// An authority of callers' certificates by name.
    Authority(String),
    /// A host name by the name of its resource.
    Hostname(String),
    /// A logger by name.
    Logger(String),
    /// A schema of the service by name.
    Schema(String),
    /// A backend by name.
    Backend(String),
    /// The schemas of an API revision by the API's name.
    ApiSchemas(String),
    /// An API revision by name (`name` or `name;rev=n`).
    Api(String),
    /// A product by name.
    Product(String),
    /// A shard of the subscriptions, 0..256 ([`crate::shard_of`]).
    Subscriptions(u16),
    /// A shard of the users, 0..256 ([`crate::shard_of`]).
    Users(u16),
}

impl PartKey {
    /// The name inside the key; empty for parts without one.
    pub fn name(&self) -> &str {
        match self {
            PartKey::Fragment(name)
            | PartKey::Certificate(name)
            | PartKey::Authority(name)
            | PartKey::Hostname(name)
            | PartKey::Logger(name)
            | PartKey::Schema(name)
            | PartKey::Backend(name)
            | PartKey::ApiSchemas(name)
            | PartKey::Api(name)
            | PartKey::Product(name) => name,
            PartKey::Service | PartKey::Subscriptions(_) | PartKey::Users(_) => "",
        }
    }

    /// Checks what a peer may not choose freely: the length of the name and the shard number.
    pub(crate) fn check(&self) -> Result<(), PartError> {
        if self.name().len() > limits::NAME_BYTES_MAX {
            return Err(PartError::NameTooLong { length: self.name().len() });
        }
        match self {
            PartKey::Subscriptions(shard) | PartKey::Users(shard) if *shard >= limits::SHARDS => {
                Err(PartError::NoSuchShard { shard: *shard })
            }
            _ => Ok(()),
        }
    }
}

/// The key as an ARM id relative to the service (`/apis/x`, `/apis/x/schemas`); shards as `/subscriptions#17`.
impl fmt::Display for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartKey::Service => f.write_str("/"),
            PartKey::Fragment(name) => write!(f, "/policyFragments/{name}"),
            PartKey::Certificate(name) => write!(f, "/certificates/{name}"),
            PartKey::Authority(name) => write!(f, "/certificateAuthorities/{name}"),
            PartKey::Hostname(name) => write!(f, "/hostnameConfigurations/{name}"),
            PartKey::Logger(name) => write!(f, "/loggers/{name}"),
            PartKey::Schema(name) => write!(f, "/schemas/{name}"),
            PartKey::Backend(name) => write!(f, "/backends/{name}"),
            PartKey::ApiSchemas(name) => write!(f, "/apis/{name}/schemas"),
            PartKey::Api(name) => write!(f, "/apis/{name}"),
            PartKey::Product(name) => write!(f, "/products/{name}"),
            PartKey::Subscriptions(shard) => write!(f, "/subscriptions#{shard}"),
            PartKey::Users(shard) => write!(f, "/users#{shard}"),
        }
    }
}

/// The content of a part.
#[allow(clippy::large_enum_variant, reason = "one at a time, while it is written or read")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// For [`PartKey::Service`].
    Service(Service),
    /// For [`PartKey::Fragment`].
    Fragment(Fragment),
    /// For [`PartKey::Certificate`].
    Certificate(Certificate),
    /// For [`PartKey::Authority`].
    Authority(Authority),
    /// For [`PartKey::Hostname`].
    Hostname(Hostname),
    /// For [`PartKey::Logger`].
    Logger(Logger),
    /// For [`PartKey::Schema`].
    Schema(SchemaDocument),
    /// For [`PartKey::Backend`].
    Backend(Backend),
    /// For [`PartKey::ApiSchemas`].
    ApiSchemas(ApiSchemas),
    /// For [`PartKey::Api`].
    Api(Api),
    /// For [`PartKey::Product`].
    Product(Product),
    /// For [`PartKey::Subscriptions`]; sorted by name.
    Subscriptions(Vec<Subscription>),
    /// For [`PartKey::Users`].
    Users(Vec<User>),
}

impl Part {
    /// Whether this content may stand under `key`: the same kind and the same name.
    pub fn matches(&self, key: &PartKey) -> bool {
        match (self, key) {
            (Part::Service(_), PartKey::Service)
            | (Part::Subscriptions(_), PartKey::Subscriptions(_))
            | (Part::Users(_), PartKey::Users(_)) => true,
            (Part::Fragment(part), PartKey::Fragment(name)) => part.name == *name,
            (Part::Certificate(part), PartKey::Certificate(name)) => part.name == *name,
            (Part::Authority(part), PartKey::Authority(name)) => part.name == *name,
            (Part::Hostname(part), PartKey::Hostname(name)) => part.name == *name,
            (Part::Logger(part), PartKey::Logger(name)) => part.name == *name,
            (Part::Schema(part), PartKey::Schema(name)) => part.name == *name,
            (Part::Backend(part), PartKey::Backend(name)) => part.name == *name,
            (Part::ApiSchemas(part), PartKey::ApiSchemas(name)) => part.api == *name,
            (Part::Api(part), PartKey::Api(name)) => part.name == *name,
            (Part::Product(part), PartKey::Product(name)) => part.name == *name,
            _ => false,
        }
    }
}

/// A part as it travels: its encoding and the address of that encoding. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPart {
    hash: Hash,
    bytes: Arc<[u8]>,
}

impl EncodedPart {
    /// Encodes `part` for `key`.
    pub fn encode(key: &PartKey, part: &Part) -> Result<EncodedPart, PartError> {
        key.check()?;
        if !part.matches(key) {
            return Err(PartError::OtherKey { key: key.clone() });
        }
        let bytes = postcard::to_stdvec(part).map_err(|error| PartError::Encoding { key: key.clone(), error })?;
        EncodedPart::from_bytes(key, bytes.into())
    }

    /// Takes an encoding as it is, without looking inside; the address is computed here.
    pub fn from_bytes(key: &PartKey, bytes: Arc<[u8]>) -> Result<EncodedPart, PartError> {
        key.check()?;
        if bytes.len() > limits::PART_BYTES_MAX {
            return Err(PartError::TooLarge { key: key.clone(), bytes: bytes.len() });
        }
        Ok(EncodedPart { hash: Hash::of(&bytes), bytes })
    }

    /// Decodes the content; fails when it is not what `key` promises.
    pub fn decode(&self, key: &PartKey) -> Result<Part, PartError> {
        let part: Part =
            postcard::from_bytes(&self.bytes).map_err(|error| PartError::Encoding { key: key.clone(), error })?;
        if part.matches(key) { Ok(part) } else { Err(PartError::OtherKey { key: key.clone() }) }
    }

    /// The address.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The encoding.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

/// Parts hold keys and policies, so only the size and the address are shown.
impl fmt::Debug for EncodedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedPart({:?}, {} bytes)", self.hash, self.bytes.len())
    }
}

/// Why something cannot be a part.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PartError {
    /// The encoding is over [`limits::PART_BYTES_MAX`].
    #[error("{key} takes {bytes} bytes, more than the {max} a part may have", max = limits::PART_BYTES_MAX)]
    TooLarge {
        /// The part.
        key: PartKey,
        /// Its size.
        bytes: usize,
    },
    /// The bytes are no part.
    #[error("{key} is not a valid encoding")]
    Encoding {
        /// The part.
        key: PartKey,
        /// What the decoder said.
        #[source]
        error: postcard::Error,
    },
    /// The content is of another kind or has another name.
    #[error("the content sent as {key} belongs to another key")]
    OtherKey {
        /// The key it stood under.
        key: PartKey,
    },
    /// The name in the key is over [`limits::NAME_BYTES_MAX`].
    #[error("a name of {length} bytes is longer than {max}", max = limits::NAME_BYTES_MAX)]
    NameTooLong {
        /// Length of the name in bytes.
        length: usize,
    },
    /// The shard number is not below [`limits::SHARDS`].
    #[error("there is no shard {shard}")]
    NoSuchShard {
        /// The number.
        shard: u16,
    },
    /// More than [`limits::PARTS_MAX`] parts.
    #[error("a bundle may have {max} parts at most", max = limits::PARTS_MAX)]
    TooMany,
}
