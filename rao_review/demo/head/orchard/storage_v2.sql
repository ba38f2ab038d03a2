-- Payments v2: run once, before the first 2.0 server starts. Old servers do not mind the new columns.

BEGIN;

ALTER TABLE payments ADD COLUMN idempotency_key TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN slot TEXT;

CREATE TABLE requests (
  key TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  cents INTEGER NOT NULL,
  currency TEXT NOT NULL
);

-- 'settled' meant what 'captured' means now.
UPDATE payments SET state = 'captured' WHERE state = 'settled';

CREATE UNIQUE INDEX payments_by_key ON payments (idempotency_key) WHERE idempotency_key <> '';

COMMIT;
