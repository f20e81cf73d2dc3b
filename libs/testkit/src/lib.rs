//! What tests use: World, a moved clock, fault points, private servers.
