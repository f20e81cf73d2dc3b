//! The API seam, whole: a client through the gateway to a service, in one process and over mutual TLS
//! to two replicas. Every test of `calls`, `streams` and `rights` runs in both shapes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abuse;
mod calls;
mod connections;
mod echo;
mod inside;
mod replicas;
mod rights;
mod streams;
mod web;
mod world;

/// Runs each of the named facts in both shapes.
#[macro_export]
macro_rules! in_both_shapes {
    ($($fact:ident),+ $(,)?) => {
        mod in_process {
            $(#[tokio::test]
            async fn $fact() {
                let world = $crate::world::World::in_process().await;
                super::$fact(&world).await;
                world.close().await;
            })+
        }

        mod by_mutual_tls {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $fact() {
                let world = $crate::world::World::by_mutual_tls().await;
                super::$fact(&world).await;
                world.close().await;
            })+
        }
    };
}
