-- A key that a client gave its request: it starts one job, however often and however simultaneously it is sent.
ALTER TABLE job ADD COLUMN request_key VARCHAR(64); -- SHA-256; none once it may be used again
CREATE UNIQUE INDEX job_of_request_key ON job (tenant, request_key);
