-- One row: `epoch` tells this data file from every other, `sequence` counts write transactions,
-- `forgotten` is the newest sequence whose deletions may be forgotten.
CREATE TABLE clock (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    epoch     TEXT    NOT NULL,
    sequence  INTEGER NOT NULL,
    forgotten INTEGER NOT NULL,
    created   TEXT    NOT NULL      -- when this data file was made
);

-- Every resource of the service, whatever its kind. `key` is the relative id in lower case.
CREATE TABLE resources (
    key        TEXT    PRIMARY KEY,
    id         TEXT    NOT NULL,     -- relative id as written
    kind       TEXT    NOT NULL,     -- ARM type below the service, e.g. apis/operations
    collection TEXT    NOT NULL,     -- key without its last segment
    properties TEXT    NOT NULL,     -- JSON object; never holds a secret
    secrets    TEXT    NOT NULL,     -- JSON object
    version    INTEGER NOT NULL,     -- sequence of the last change: the ETag
    sequence   INTEGER NOT NULL,     -- sequence at which readers of the feed must see it (again)
    created    TEXT    NOT NULL,
    updated    TEXT    NOT NULL
);
CREATE INDEX resources_by_collection ON resources (collection, key);
CREATE INDEX resources_by_sequence ON resources (sequence);

-- What is gone, for readers of the feed that still have it.
CREATE TABLE tombstones (
    key      TEXT    PRIMARY KEY,
    id       TEXT    NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE INDEX tombstones_by_sequence ON tombstones (sequence);

-- Last heartbeat of every gateway instance.
CREATE TABLE instances (
    gateway  TEXT    NOT NULL,       -- lower case
    instance TEXT    NOT NULL,
    heard_ms INTEGER NOT NULL,       -- Unix time
    report   TEXT    NOT NULL,       -- JSON
    PRIMARY KEY (gateway, instance)
);

-- A key must open one subscription only; looked up on every PUT of a subscription.
CREATE INDEX subscriptions_by_primary_key ON resources (json_extract(secrets, '$.primaryKey')) WHERE kind = 'subscriptions';
CREATE INDEX subscriptions_by_secondary_key ON resources (json_extract(secrets, '$.secondaryKey')) WHERE kind = 'subscriptions';
