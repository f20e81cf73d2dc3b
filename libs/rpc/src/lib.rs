//! How a client reaches a service: Endpoint, the tower stack, authentication, the accept loop.
