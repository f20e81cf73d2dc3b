//! The database: connect, the command runner, idempotency, event log, paging, CEL, search, secrets.
