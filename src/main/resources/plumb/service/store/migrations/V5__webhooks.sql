-- Where tenants want to be told of their jobs' ends.
CREATE TABLE webhook (
    id         VARCHAR(64) PRIMARY KEY,
    tenant     VARCHAR(64) NOT NULL REFERENCES tenant (name),
    created_at BIGINT NOT NULL,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    types      TEXT NOT NULL,       -- of events, with spaces between them
    secret     VARCHAR(64) NOT NULL -- signs, so it is kept as it is
);
CREATE INDEX webhook_of_tenant ON webhook (tenant, id);
CREATE INDEX job_by_end ON job (tenant, finished_at);

-- A job's end on its way to a webhook. What is due is sent; what was sent, or given up, is not due.
CREATE TABLE delivery (
    id       VARCHAR(64) PRIMARY KEY,
    webhook  VARCHAR(64) NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    job      VARCHAR(64) NOT NULL REFERENCES job (id),
    attempts INTEGER NOT NULL,
    due_at   BIGINT,
    UNIQUE (webhook, job)
);
CREATE INDEX delivery_due ON delivery (due_at);
