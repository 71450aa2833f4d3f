-- Whose turn it is: the tenant that was served longest ago.
ALTER TABLE tenant ADD COLUMN served_at BIGINT; -- milliseconds since 1970 by the database's clock; when one of its jobs was last begun
