//! Requests that change something: their idempotency key, the version they rest on, and their body's
//! bytes for the fingerprint.

/// A request with a `request_id`; generated.
pub trait Mutation {
    /// The caller's idempotency key; empty: a repeat is a new command.
    fn request_id(&self) -> &str;

    /// The etag that the caller has seen; empty: whatever the version is, or the request has none.
    fn etag(&self) -> &str;

    /// The request's encoding without its request id and etag. Deterministic: equal requests give equal
    /// bytes, since maps are kept in order of key.
    fn fingerprint_bytes(&self) -> Vec<u8>;
}
