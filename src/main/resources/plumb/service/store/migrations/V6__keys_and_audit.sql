-- What a key may do, and who did what.
ALTER TABLE api_key ADD COLUMN scopes VARCHAR(64);  -- read, train, answer, with commas; none: all of them
ALTER TABLE api_key ADD COLUMN revoked_at BIGINT;

CREATE TABLE audit (
    id      VARCHAR(64) PRIMARY KEY,
    at      BIGINT NOT NULL,
    tenant  VARCHAR(64),           -- none: nobody's key, or the operator
    api_key VARCHAR(16),           -- the beginning of the key's SHA-256
    address VARCHAR(64) NOT NULL,  -- where the request came from
    action  VARCHAR(512) NOT NULL, -- POST /v1/files
    status  INTEGER NOT NULL
);
CREATE INDEX audit_of_tenant ON audit (tenant, id);
