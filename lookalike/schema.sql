-- The tables of a workspace. `users.row` joins them; `user_id` is text, exactly as imported.
-- Vectors live in one table a snapshot (`embeddings_<id>`, `item_embeddings_<id>`), so that each
-- has its own fixed dimension and a snapshot can be dropped at once; attributes of users and
-- engagement metrics are columns that imports add.

CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);

CREATE TABLE users (
    row INTEGER NOT NULL,
    user_id VARCHAR NOT NULL,
    country VARCHAR,
    last_active TIMESTAMP
);

CREATE TABLE items (item_id VARCHAR NOT NULL, title VARCHAR, category VARCHAR);

CREATE TABLE interactions (
    row INTEGER NOT NULL,
    item_id VARCHAR NOT NULL,
    ts TIMESTAMP,
    kind VARCHAR,
    value DOUBLE
);

CREATE TABLE features (row INTEGER NOT NULL, feature VARCHAR NOT NULL, value DOUBLE NOT NULL);

CREATE TABLE engagement (row INTEGER NOT NULL);

-- kind: count (or amount), or rate; decides the transform of a weighting metric.
CREATE TABLE metrics (name VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL CHECK (kind IN ('count', 'rate')));

CREATE TABLE snapshots (
    id INTEGER NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('imported', 'learned')),
    dim INTEGER NOT NULL,
    users BIGINT NOT NULL,
    created TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    how JSON NOT NULL
);

CREATE TABLE seed_lists (
    id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    report JSON NOT NULL
);

-- values: the file's own numeric columns, by name; moment: its column of dates.
CREATE TABLE seed_members (
    list INTEGER NOT NULL,
    row INTEGER NOT NULL,
    "values" MAP(VARCHAR, DOUBLE),
    moment TIMESTAMP
);

CREATE TABLE runs (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    spec JSON NOT NULL,
    status VARCHAR NOT NULL
        CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    message VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    finished TIMESTAMP,
    metrics JSON NOT NULL
);

CREATE TABLE epochs (run VARCHAR NOT NULL, epoch INTEGER NOT NULL, loss DOUBLE NOT NULL);

CREATE TABLE curves (
    run VARCHAR NOT NULL,
    seed_list VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    k DOUBLE NOT NULL,
    recall DOUBLE NOT NULL,
    low DOUBLE,
    high DOUBLE,
    precision DOUBLE
);

CREATE TABLE audiences (
    id INTEGER NOT NULL,
    run VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    spec JSON NOT NULL,
    users BIGINT NOT NULL,
    file_hash VARCHAR NOT NULL
);

CREATE TABLE audience_members (
    audience INTEGER NOT NULL,
    row INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    score FLOAT NOT NULL,
    holdout BOOLEAN NOT NULL
);

CREATE TABLE experiments (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    fingerprint VARCHAR NOT NULL,
    spec JSON NOT NULL,
    readout JSON NOT NULL
);

CREATE TABLE audit (moment TIMESTAMP NOT NULL, who VARCHAR NOT NULL, what VARCHAR NOT NULL, detail JSON NOT NULL);

-- what a comparison found out about each list that it is through with, so that it can go on
CREATE TABLE compared_lists (run VARCHAR NOT NULL, seed_list VARCHAR NOT NULL, facts JSON NOT NULL);

-- what was learned from past campaigns, for the embeddings of one snapshot; its numbers are a file
CREATE TABLE general_models (
    id INTEGER NOT NULL,
    snapshot INTEGER NOT NULL,
    created TIMESTAMP NOT NULL,
    campaigns INTEGER NOT NULL,
    how JSON NOT NULL
);
