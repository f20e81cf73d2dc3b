//! Events between services: an embedded log and NATS JetStream behind one contract.
