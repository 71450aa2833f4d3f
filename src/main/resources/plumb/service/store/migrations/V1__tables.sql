-- What SQLite and PostgreSQL both understand. Ids sort by the time they were made; times are seconds since 1970.
CREATE TABLE tenant (
    name       VARCHAR(64) PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_key (
    hash       VARCHAR(64) PRIMARY KEY, -- SHA-256 of the key, which is kept nowhere
    tenant     VARCHAR(64) NOT NULL REFERENCES tenant (name),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE TABLE file (
    id         VARCHAR(64) PRIMARY KEY,
    tenant     VARCHAR(64) NOT NULL REFERENCES tenant (name),
    created_at BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    filename   TEXT NOT NULL,
    purpose    VARCHAR(32) NOT NULL,
    expires_at BIGINT
);
CREATE INDEX file_of_tenant ON file (tenant, id);

CREATE TABLE job (
    id               VARCHAR(64) PRIMARY KEY,
    tenant           VARCHAR(64) NOT NULL REFERENCES tenant (name),
    created_at       BIGINT NOT NULL,
    request          TEXT NOT NULL,  -- JSON: what was asked for
    request_hash     VARCHAR(64) NOT NULL,
    status           VARCHAR(32) NOT NULL,
    resolved         TEXT,           -- JSON: hyper-parameters with nothing left to "auto"
    error            TEXT,           -- JSON: code, message, param
    fine_tuned_model TEXT,
    finished_at      BIGINT,
    trained_tokens   BIGINT,
    attempts         INTEGER NOT NULL
);
CREATE INDEX job_of_tenant ON job (tenant, id);
CREATE INDEX job_by_status ON job (status, id);

CREATE TABLE event (
    id         VARCHAR(64) PRIMARY KEY,
    job        VARCHAR(64) NOT NULL REFERENCES job (id),
    created_at BIGINT NOT NULL,
    level      VARCHAR(16) NOT NULL,
    type       VARCHAR(32) NOT NULL,
    message    TEXT NOT NULL,
    data       TEXT,
    once       VARCHAR(64) NOT NULL, -- what happened, so that it is told once however often it is seen
    UNIQUE (job, once)
);
CREATE INDEX event_of_job ON event (job, id);

CREATE TABLE checkpoint (
    id         VARCHAR(64) PRIMARY KEY,
    job        VARCHAR(64) NOT NULL REFERENCES job (id),
    created_at BIGINT NOT NULL,
    step       BIGINT NOT NULL,
    model      TEXT NOT NULL,
    metrics    TEXT NOT NULL,
    UNIQUE (job, step)
);

CREATE TABLE model (
    name       VARCHAR(255) PRIMARY KEY,
    tenant     VARCHAR(64) NOT NULL REFERENCES tenant (name),
    created_at BIGINT NOT NULL,
    base       TEXT NOT NULL,
    job        VARCHAR(64) NOT NULL REFERENCES job (id),
    step       BIGINT NOT NULL,
    listed     INTEGER NOT NULL, -- 1 for the model that was released, 0 for checkpoints
    deleted_at BIGINT
);
CREATE INDEX model_of_tenant ON model (tenant, created_at);
