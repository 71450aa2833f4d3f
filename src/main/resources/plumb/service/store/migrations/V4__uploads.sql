-- Files that come in parts. The bytes of a part are in a file of its name.
CREATE TABLE upload (
    id         VARCHAR(64) PRIMARY KEY,
    tenant     VARCHAR(64) NOT NULL REFERENCES tenant (name),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    bytes      BIGINT NOT NULL, -- of the whole file, as announced
    filename   TEXT NOT NULL,
    purpose    VARCHAR(32) NOT NULL,
    life       BIGINT,          -- seconds the file is kept
    status     VARCHAR(16) NOT NULL,
    file       VARCHAR(64)
);
CREATE INDEX upload_by_status ON upload (status, expires_at);

CREATE TABLE upload_part (
    id     VARCHAR(64) PRIMARY KEY,
    upload VARCHAR(64) NOT NULL REFERENCES upload (id),
    bytes  BIGINT NOT NULL
);
CREATE INDEX part_of_upload ON upload_part (upload, id);
