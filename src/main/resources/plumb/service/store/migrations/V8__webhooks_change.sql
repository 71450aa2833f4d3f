-- What can be changed about a webhook.
ALTER TABLE webhook ADD COLUMN updated_at BIGINT;      -- none: never
ALTER TABLE webhook ADD COLUMN told_since BIGINT;      -- ends before this are not told; none: before it was made
ALTER TABLE webhook ADD COLUMN old_secret VARCHAR(64); -- signs, too, for a while
ALTER TABLE webhook ADD COLUMN old_until BIGINT;       -- until when
