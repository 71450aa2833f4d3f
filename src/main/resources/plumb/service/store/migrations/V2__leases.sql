-- Several servers, one queue: who works on a job, and until when it is theirs.
ALTER TABLE job ADD COLUMN owner VARCHAR(64);   -- a server; none: nobody's
ALTER TABLE job ADD COLUMN leased_until BIGINT; -- milliseconds since 1970 by the database's clock; after it, the job is nobody's
ALTER TABLE job ADD COLUMN rests_until BIGINT;  -- likewise; before it, nobody takes the job

-- The folder that belongs to these rows: one row, once a server has begun.
CREATE TABLE folder (
    id VARCHAR(64) PRIMARY KEY
);
